package io.holdfast.ownership;

import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * What this node can prove about the shards it owns. Immutable; sees no clock.
 *
 * <p>A proof counts from the moment its question was <em>sent</em>, on two clocks: the monotonic
 * one (nobody can set it) and the wall clock (it goes on while a virtual machine is suspended). The
 * proof has lapsed as soon as either says so.
 *
 * @param ttl for how long a proof holds
 * @param held by slot, what is known of each slot that this node holds
 * @param gone this incarnation was written off: nothing may be answered as current, ever again
 */
public record GuardState(Duration ttl, Map<Integer, Holding> held, boolean gone) {
  public GuardState {
    held = Map.copyOf(held);
  }

  /** One instant on both clocks. */
  public record Moment(long monotonicNanos, Instant wall) {
    boolean isWithin(Duration span, Moment later) {
      return later.monotonicNanos - monotonicNanos < span.toNanos()
          && Duration.between(wall, later.wall).compareTo(span) < 0;
    }

    boolean isBefore(Moment other) {
      return monotonicNanos - other.monotonicNanos < 0;
    }
  }

  /**
   * A slot that this node holds.
   *
   * @param since when it was known that the take-over had committed: a poll sent before that may
   *     not have seen it
   * @param proof when the newest proof was asked for
   */
  public record Holding(Moment since, Moment proof) {}

  /** What the node may say about a slot now. */
  public enum Verdict {
    CURRENT,
    LAPSED,
    NOT_OWNED
  }

  /** No slot owned, nothing proved. */
  public static GuardState none(Duration ttl) {
    return new GuardState(ttl, Map.of(), false);
  }

  /** May an answer about this slot, decided at {@code now}, be given as current? */
  public Verdict verdict(int slot, Moment now) {
    var holding = held.get(slot);
    if (holding == null || gone) {
      return Verdict.NOT_OWNED;
    }
    return holding.proof().isWithin(ttl, now) ? Verdict.CURRENT : Verdict.LAPSED;
  }

  /** The slot is ours by a take-over whose transaction began at {@code sent}. */
  public GuardState acquired(int slot, Moment sent, Moment committed) {
    var next = new HashMap<>(held);
    next.put(slot, new Holding(committed, sent));
    return new GuardState(ttl, next, gone);
  }

  /** The slot is given back; from now on nothing is answered for it. */
  public GuardState released(int slot) {
    var next = new HashMap<>(held);
    next.remove(slot);
    return new GuardState(ttl, next, gone);
  }

  /** What a poll found out. */
  public record Polled(GuardState next, Set<Integer> lost) {}

  /**
   * Takes in the answer to a poll sent at {@code sent}: slots found as ours are proved anew; slots
   * known to be ours before the poll was sent that it did not find are lost.
   */
  public Polled polled(Moment sent, Set<Integer> found, boolean foundGone) {
    var next = new HashMap<Integer, Holding>();
    var lost = new HashSet<Integer>();
    held.forEach(
        (slot, holding) -> {
          if (found.contains(slot)) {
            var newest = holding.proof().isBefore(sent) ? sent : holding.proof();
            next.put(slot, new Holding(holding.since(), newest));
          } else if (holding.since().isBefore(sent)) {
            lost.add(slot);
          } else {
            next.put(slot, holding);
          }
        });
    return new Polled(new GuardState(ttl, next, gone || foundGone), Set.copyOf(lost));
  }
}
