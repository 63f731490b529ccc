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
 * @param proofs by slot, the newest proof of each slot that this node holds
 * @param gone this incarnation was written off: nothing may be answered as current, ever again
 */
public record GuardState(Duration ttl, Map<Integer, Moment> proofs, boolean gone) {
  public GuardState {
    proofs = Map.copyOf(proofs);
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
    var proof = proofs.get(slot);
    if (proof == null || gone) {
      return Verdict.NOT_OWNED;
    }
    return proof.isWithin(ttl, now) ? Verdict.CURRENT : Verdict.LAPSED;
  }

  /** The slot is ours by a take-over whose transaction began at {@code sent}. */
  public GuardState acquired(int slot, Moment sent) {
    var next = new HashMap<>(proofs);
    next.put(slot, sent);
    return new GuardState(ttl, next, gone);
  }

  /** The slot is given back; from now on nothing is answered for it. */
  public GuardState released(int slot) {
    var next = new HashMap<>(proofs);
    next.remove(slot);
    return new GuardState(ttl, next, gone);
  }

  /** What a poll found out. */
  public record Polled(GuardState next, Set<Integer> lost) {}

  /**
   * Takes in the answer to a poll sent at {@code sent}: slots found as ours are proved anew; slots
   * acquired before the poll was sent that it did not find are lost.
   */
  public Polled polled(Moment sent, Set<Integer> found, boolean foundGone) {
    var next = new HashMap<Integer, Moment>();
    var lost = new HashSet<Integer>();
    proofs.forEach(
        (slot, proof) -> {
          if (found.contains(slot)) {
            next.put(slot, proof.isBefore(sent) ? sent : proof);
          } else if (proof.isBefore(sent)) {
            lost.add(slot);
          } else {
            next.put(slot, proof);
          }
        });
    return new Polled(new GuardState(ttl, next, gone || foundGone), Set.copyOf(lost));
  }
}
