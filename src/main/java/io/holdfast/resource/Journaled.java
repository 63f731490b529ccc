package io.holdfast.resource;

/** Marks what is written as CBOR: events, snapshots, and the messages between nodes. */
public interface Journaled {}
