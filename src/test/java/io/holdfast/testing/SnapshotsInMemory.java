package io.holdfast.testing;

import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.pekko.dispatch.Futures;
import org.apache.pekko.persistence.SelectedSnapshot;
import org.apache.pekko.persistence.SnapshotMetadata;
import org.apache.pekko.persistence.SnapshotSelectionCriteria;
import org.apache.pekko.persistence.snapshot.japi.SnapshotStore;
import scala.concurrent.Future;

/** Pekko's snapshot seam without a database, beside its journal in memory: {@link #CONFIG}. */
public final class SnapshotsInMemory extends SnapshotStore {
  /** Settings under which events and snapshots stay in memory. */
  public static final String CONFIG =
      """
      pekko.persistence.journal.plugin = "pekko.persistence.journal.inmem"
      pekko.persistence.snapshot-store.plugin = "snapshots-in-memory"
      snapshots-in-memory.class = "io.holdfast.testing.SnapshotsInMemory"
      pekko.actor.allow-java-serialization = on
      pekko.actor.warn-about-java-serializer-usage = off
      """;

  private final Map<String, TreeMap<Long, SelectedSnapshot>> all = new ConcurrentHashMap<>();

  private TreeMap<Long, SelectedSnapshot> of(String persistenceId) {
    return all.computeIfAbsent(persistenceId, id -> new TreeMap<>());
  }

  @Override
  public Future<Optional<SelectedSnapshot>> doLoadAsync(
      String persistenceId, SnapshotSelectionCriteria criteria) {
    var newest = of(persistenceId).floorEntry(criteria.maxSequenceNr());
    return Futures.successful(Optional.ofNullable(newest).map(Map.Entry::getValue));
  }

  @Override
  public Future<Void> doSaveAsync(SnapshotMetadata metadata, Object snapshot) {
    of(metadata.persistenceId())
        .put(metadata.sequenceNr(), SelectedSnapshot.create(metadata, snapshot));
    return Futures.successful(null);
  }

  @Override
  public Future<Void> doDeleteAsync(SnapshotMetadata metadata) {
    of(metadata.persistenceId()).remove(metadata.sequenceNr());
    return Futures.successful(null);
  }

  @Override
  public Future<Void> doDeleteAsync(String persistenceId, SnapshotSelectionCriteria criteria) {
    of(persistenceId).headMap(criteria.maxSequenceNr(), true).clear();
    return Futures.successful(null);
  }
}
