package io.holdfast.database;

/** A serialized event, as it lies in the journal. */
public record EventRow(long sequenceNr, int serializerId, String manifest, byte[] payload) {}
