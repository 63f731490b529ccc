package io.holdfast;

import io.holdfast.database.Database;
import io.holdfast.database.Slots;
import io.holdfast.ownership.Ownership;
import io.holdfast.resource.Copies;
import io.holdfast.resource.Document;
import io.holdfast.resource.ReadLeases;
import io.holdfast.resource.Residents;
import io.holdfast.resource.Standing;
import io.holdfast.telemetry.Tracing;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;

/** What the documents of this node may know: the guard, the database's health, the time. */
record DocumentSurroundings(
    Database database,
    Ownership ownership,
    Slots slots,
    Map<String, Residents> residents,
    Map<String, Copies> copies,
    ReadLeases leases,
    Tracing tracing)
    implements Document.Surroundings {
  /**
   * Of the probe and the rehearsal, and of a collection that only a peer's configuration has: its
   * documents may be owned here.
   */
  private static final Residents IN_NO_COLLECTION = new Residents(1L << 20);

  private static final Copies OF_NO_COLLECTION = new Copies(1L << 20);

  private int slot(String entityId) {
    return slots.slotOf(Slots.Kind.DOCUMENT, slots.shardOf(entityId));
  }

  @Override
  public Standing standing(String entityId) {
    return switch (ownership.verdict(slot(entityId))) {
      case CURRENT -> database.timeline().isSettled() ? Standing.CURRENT : Standing.DATABASE_AWAY;
      case LAPSED -> database.isUsable() ? Standing.CUT_OFF : Standing.DATABASE_AWAY;
      case NOT_OWNED -> Standing.CUT_OFF;
    };
  }

  @Override
  public boolean isCurrentFor(String entityId, Duration time) {
    return database.timeline().isSettled() && ownership.isCurrentFor(slot(entityId), time);
  }

  @Override
  public Instant knownAt(String entityId) {
    return database.clock().instant().minus(ownership.provedAgo(slot(entityId)));
  }

  @Override
  public Residents residents(String entityId) {
    return residents.getOrDefault(collection(entityId), IN_NO_COLLECTION);
  }

  @Override
  public Copies copies(String entityId) {
    return copies.getOrDefault(collection(entityId), OF_NO_COLLECTION);
  }

  private static String collection(String entityId) {
    return entityId.substring(0, entityId.indexOf('/'));
  }

  @Override
  public boolean databaseAway() {
    return !database.isUsable();
  }

  @Override
  public long generation() {
    return database.timeline().generation();
  }

  @Override
  public Instant now() {
    return database.clock().instant();
  }
}
