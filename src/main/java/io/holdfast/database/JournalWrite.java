package io.holdfast.database;

import java.util.List;
import java.util.Optional;

/** Something that the owner of a persistence id wants written. All of it is written, or nothing. */
public sealed interface JournalWrite {
  /** Names the entity: {@code <kind>|<entity id>}. */
  String persistenceId();

  /** Rows that the write counts for in the limits of queue and batch. */
  default int rows() {
    return 1;
  }

  /** Bytes of payload. */
  default long bytes() {
    return 0;
  }

  /**
   * Events in the order of their sequence numbers.
   *
   * @param listing how the document appears in its listing after them, if they change that
   */
  record Events(String persistenceId, List<EventRow> events, Optional<ListingRow> listing)
      implements JournalWrite {
    public Events {
      events = List.copyOf(events);
    }

    @Override
    public int rows() {
      return events.size();
    }

    @Override
    public long bytes() {
      return events.stream().mapToLong(event -> event.payload().length).sum();
    }
  }

  /** A row of the listing. */
  record ListingRow(String collection, String id, String etag, boolean deleted) {

    /** The row that a change makes for the document that the persistence id names. */
    static ListingRow of(String persistenceId, ListingChange change) {
      int kindEnd = persistenceId.indexOf('|');
      int collectionEnd = persistenceId.indexOf('/', kindEnd);
      return new ListingRow(
          persistenceId.substring(kindEnd + 1, collectionEnd),
          persistenceId.substring(collectionEnd + 1),
          change.etag(),
          change.deleted());
    }
  }

  /**
   * The state after an event, which makes older ones superfluous.
   *
   * @param obsoleteTo events up to this number are removed with it, and snapshots before it
   */
  record Snapshot(String persistenceId, SnapshotRow snapshot, long obsoleteTo)
      implements JournalWrite {
    public Snapshot {
      if (obsoleteTo >= snapshot.sequenceNr()) {
        throw new IllegalArgumentException("what a snapshot rests on is kept");
      }
    }

    @Override
    public long bytes() {
      return snapshot.payload().length;
    }
  }

  /** Removes the events up to a sequence number, but never the last one. */
  record EventDeletion(String persistenceId, long toSequenceNr) implements JournalWrite {}

  /** Removes snapshots by sequence number, both ends included. */
  record SnapshotDeletion(String persistenceId, long fromSequenceNr, long toSequenceNr)
      implements JournalWrite {}
}
