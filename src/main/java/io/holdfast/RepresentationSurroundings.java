package io.holdfast;

import io.holdfast.database.Database;
import io.holdfast.database.Slots;
import io.holdfast.ownership.Ownership;
import io.holdfast.resource.PurgeLog;
import io.holdfast.resource.Representation;
import io.holdfast.resource.Standing;
import io.holdfast.resource.StoredTargets;
import io.holdfast.resource.Warm;
import io.holdfast.telemetry.Tracing;
import java.time.Duration;
import java.time.Instant;

/** What the owners of stored responses on this node may know. */
record RepresentationSurroundings(
    Database database,
    Ownership ownership,
    Slots slots,
    StoredTargets stored,
    PurgeLog purges,
    Warm warm,
    Tracing tracing)
    implements Representation.Surroundings {

  private int slot(String entityId) {
    return slots.slotOf(Slots.Kind.REPRESENTATION, slots.shardOf(entityId));
  }

  @Override
  public Standing standing(String entityId) {
    return switch (ownership.verdict(slot(entityId))) {
      case CURRENT -> isSettled() && ownership.knowsPurges() ? Standing.CURRENT : unproved();
      case LAPSED -> unproved();
      case NOT_OWNED -> Standing.CUT_OFF;
    };
  }

  /** After a promotion another may still answer by what was before. */
  private boolean isSettled() {
    return database.timeline().isSettled();
  }

  private Standing unproved() {
    return database.isUsable() ? Standing.CUT_OFF : Standing.DATABASE_AWAY;
  }

  @Override
  public boolean isCurrentFor(String entityId, Duration time) {
    return isSettled() && ownership.isCurrentFor(slot(entityId), time);
  }

  @Override
  public Duration ownedFor(String entityId) {
    return ownership.ownedFor(slot(entityId));
  }

  @Override
  public Instant now() {
    return database.clock().instant();
  }
}
