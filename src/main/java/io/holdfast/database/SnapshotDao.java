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

  /**
   * An entity saves its state after so many events. The one before is kept, and all events since: a
   * snapshot that cannot be read is not the end of the entity.
   */
  public static final int EVENTS_BETWEEN = 20;

  /** Saves a snapshot, and removes what it makes superfluous, if the shard is ours. */
  public CompletionStage<WriteOutcome> save(String persistenceId, SnapshotRow snapshot) {
    long obsoleteTo = snapshot.sequenceNr() - EVENTS_BETWEEN;
    return journal.write(new JournalWrite.Snapshot(persistenceId, snapshot, obsoleteTo));
  }

  /** Deletes snapshots by sequence number, both ends included, if the shard is ours. */
  public CompletionStage<WriteOutcome> delete(String persistenceId, long from, long to) {
    return journal.write(new JournalWrite.SnapshotDeletion(persistenceId, from, to));
  }
}
