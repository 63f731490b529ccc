package io.holdfast.database;

import java.time.Instant;
import java.util.Optional;
import org.apache.pekko.persistence.SelectedSnapshot;
import org.apache.pekko.persistence.SnapshotMetadata;
import org.apache.pekko.persistence.SnapshotSelectionCriteria;
import org.apache.pekko.persistence.snapshot.japi.SnapshotStore;
import scala.concurrent.Future;

/**
 * Pekko's snapshot seam over {@link Recoveries} and {@link SnapshotDao}. Made by Pekko by its class
 * name.
 */
public final class Snapshots extends SnapshotStore {
  private final DatabaseSetup setup;
  private final Payloads payloads;

  public Snapshots() {
    var system = context().system();
    this.setup = system.settings().setup().get(DatabaseSetup.class).orElseThrow();
    this.payloads = new Payloads(system);
  }

  @Override
  public Future<Optional<SelectedSnapshot>> doLoadAsync(
      String persistenceId, SnapshotSelectionCriteria criteria) {
    var wanted =
        new RecoveryDao.Criteria(
            criteria.minSequenceNr(),
            criteria.maxSequenceNr(),
            criteria.minTimestamp(),
            criteria.maxTimestamp());
    return Journal.future(
        setup
            .recoveries()
            .snapshot(persistenceId, wanted)
            .thenApply(found -> found.map(row -> of(persistenceId, row))));
  }

  private SelectedSnapshot of(String persistenceId, SnapshotRow row) {
    var metadata =
        new SnapshotMetadata(persistenceId, row.sequenceNr(), row.writtenAt().toEpochMilli());
    return SelectedSnapshot.create(
        metadata, payloads.deserialize(row.serializerId(), row.manifest(), row.payload()));
  }

  @Override
  public Future<Void> doSaveAsync(SnapshotMetadata metadata, Object snapshot) {
    var payload = payloads.serialize(snapshot);
    var row =
        new SnapshotRow(
            metadata.sequenceNr(),
            Instant.ofEpochMilli(metadata.timestamp()),
            payload.serializerId(),
            payload.manifest(),
            payload.bytes());
    return Journal.future(Journal.stored(setup.snapshots().save(metadata.persistenceId(), row)));
  }

  @Override
  public Future<Void> doDeleteAsync(SnapshotMetadata metadata) {
    return delete(metadata.persistenceId(), metadata.sequenceNr(), metadata.sequenceNr());
  }

  /** By sequence number only: times of snapshots never differ in order from their numbers. */
  @Override
  public Future<Void> doDeleteAsync(String persistenceId, SnapshotSelectionCriteria criteria) {
    return delete(persistenceId, criteria.minSequenceNr(), criteria.maxSequenceNr());
  }

  private Future<Void> delete(String persistenceId, long from, long to) {
    return Journal.future(Journal.stored(setup.snapshots().delete(persistenceId, from, to)));
  }
}
