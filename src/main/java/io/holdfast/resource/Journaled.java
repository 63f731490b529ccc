package io.holdfast.resource;

/** Marks what is written as CBOR: events and snapshots. */
public interface Journaled {}
