package io.holdfast.database;

import java.util.concurrent.CompletionStage;

/**
 * Saves and deletes snapshots, by the journal's writer and in the same batches as events. {@link
 * RecoveryDao} reads them.
 */
public final class SnapshotDao {
  private final JournalDao journal;

  public SnapshotDao(JournalDao journal) {
    this.journal = journal;
  }

  /** Saves a snapshot and forgets all but the two newest, if the shard is ours. */
  public CompletionStage<WriteOutcome> save(String persistenceId, SnapshotRow snapshot) {
    return journal.write(new JournalWrite.Snapshot(persistenceId, snapshot));
  }

  /** Deletes snapshots by sequence number, both ends included, if the shard is ours. */
  public CompletionStage<WriteOutcome> delete(String persistenceId, long from, long to) {
    return journal.write(new JournalWrite.SnapshotDeletion(persistenceId, from, to));
  }
}
