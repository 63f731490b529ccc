package io.holdfast.operation;

import io.holdfast.database.AttemptRows.Version;
import io.holdfast.database.OperationRows.Row;
import io.holdfast.database.OperationRows.State;
import java.time.Instant;
import java.util.Comparator;
import java.util.Optional;

/**
 * What a lane knows of one of its operations; without the request.
 *
 * @param priority lower ones go first
 * @param isOrdered only the oldest of those in order is carried out
 * @param isRunning an attempt has begun, and nobody has written down how it ended
 * @param dueAt empty once it is final
 * @param orderKey of those with the same one, one at a time; empty: its order does not matter
 */
record Item(
    String id,
    int slot,
    String route,
    String method,
    String target,
    int priority,
    boolean isOrdered,
    boolean isRunning,
    long version,
    int attempts,
    Optional<Instant> dueAt,
    Instant deadline,
    String orderKey) {

  /** A node of an earlier build says no order key. */
  Item {
    orderKey = orderKey == null ? "" : orderKey;
  }

  /** Who goes first: the most important, and of those the one that has waited longest. */
  static final Comparator<Item> ORDER =
      Comparator.comparingInt(Item::priority)
          .thenComparing(it -> it.dueAt().orElse(Instant.MAX))
          .thenComparing(Item::id);

  static Item of(Row row) {
    return new Item(
        row.id(),
        row.slot(),
        row.route(),
        row.method(),
        row.target(),
        row.priority(),
        !row.orderKey().isEmpty(),
        row.state() == State.RUNNING,
        row.version(),
        row.attempts(),
        row.dueAt(),
        row.deadline(),
        row.orderKey());
  }

  Version known() {
    return new Version(id, slot, version);
  }
}
