package io.holdfast.database;

import java.util.List;
import java.util.Optional;

/**
 * What an entity recovers from, as one statement found it.
 *
 * @param snapshot the newest that was asked for
 * @param highestSequenceNr of events and snapshots; 0 when there are none
 * @param after where the events begin, exclusive: the snapshot, or a later event that was named
 * @param events the first ones behind it, in their order
 */
public record Recovery(
    Optional<SnapshotRow> snapshot, long highestSequenceNr, long after, List<EventRow> events) {
  public Recovery {
    events = List.copyOf(events);
  }

  /** The same without the snapshot, once that has been handed over. */
  Recovery withoutSnapshot() {
    return new Recovery(Optional.empty(), highestSequenceNr, after, events);
  }

  /**
   * Whether every event of a replay is here, both ends included. Then the last of them is, since
   * the last event is never deleted.
   */
  boolean holds(long from, long to, long max) {
    return after < from
        && max >= events.size()
        && !events.isEmpty()
        && events.get(events.size() - 1).sequenceNr() >= to;
  }

  /** Bytes of payload. */
  int bytes() {
    long bytes = events.stream().mapToLong(event -> event.payload().length).sum();
    return (int) Math.min(bytes, Integer.MAX_VALUE);
  }
}
