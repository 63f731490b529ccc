package io.holdfast.database;

import java.time.Instant;

/** A serialized snapshot: the state after the event with this sequence number. */
public record SnapshotRow(
    long sequenceNr, Instant writtenAt, int serializerId, String manifest, byte[] payload) {}
