package io.holdfast;

import io.holdfast.database.ShardRows;
import io.holdfast.ownership.ShardFence;
import io.holdfast.ownership.TakeOver;
import io.holdfast.ownership.TakeOver.Predecessor;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.SortedSet;

/** The shards' rows in the database, as one incarnation's ownership sees them. */
record RowsOfShards(ShardRows rows, long me) implements ShardFence {
  @Override
  public Map<Integer, Outcome> takeOver(SortedSet<Integer> slots, Set<Integer> patient)
      throws SQLException {
    var outcomes = new HashMap<Integer, Outcome>();
    rows.takeOver(slots, patient, me).forEach((slot, found) -> outcomes.put(slot, outcome(found)));
    return outcomes;
  }

  private Outcome outcome(ShardRows.Outcome found) {
    if (found instanceof ShardRows.Outcome.TakenOver taken) {
      return new Outcome.Taken(new TakeOver(predecessor(taken), awaited(taken)));
    }
    return found instanceof ShardRows.Outcome.Held held
        ? new Outcome.StillHeld(held.incarnation())
        : new Outcome.Refused();
  }

  private Predecessor predecessor(ShardRows.Outcome.TakenOver taken) {
    if (!taken.settled()) {
      return Predecessor.PERHAPS_ALIVE;
    }
    if (taken.previous().isEmpty()) {
      return Predecessor.NOBODY;
    }
    if (taken.previous().get() == me) {
      return Predecessor.MYSELF;
    }
    return taken.previousDead() ? Predecessor.DEAD : Predecessor.PERHAPS_ALIVE;
  }

  /** A row that is not settled may have had several holders who still answer. */
  private static OptionalLong awaited(ShardRows.Outcome.TakenOver taken) {
    return taken.settled() && taken.previous().isPresent()
        ? OptionalLong.of(taken.previous().get())
        : OptionalLong.empty();
  }

  @Override
  public void settle(Set<Integer> slots) throws SQLException {
    rows.settle(slots, me);
  }

  @Override
  public void release(Set<Integer> slots) throws SQLException {
    rows.release(slots, me);
  }

  @Override
  public void fallSilent() throws SQLException {
    rows.fallSilent(me);
  }

  @Override
  public Set<Long> silent(Set<Long> incarnations) throws SQLException {
    return rows.silent(incarnations);
  }

  @Override
  public Proof proof() throws SQLException {
    var proof = rows.proof(me);
    return new Proof(proof.gone(), proof.slots(), proof.generation(), proof.newestPurge());
  }
}
