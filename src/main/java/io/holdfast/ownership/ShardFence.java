package io.holdfast.ownership;

import java.util.Map;
import java.util.Set;
import java.util.SortedSet;

/** The rows that decide who owns a shard, as seen by one incarnation. Every call blocks. */
public interface ShardFence {

  /** What became of one slot in a take-over. */
  sealed interface Outcome {
    /** The row is ours, committed. */
    record Taken(TakeOver takeOver) implements Outcome {}

    /** Another live incarnation holds the row, and we were told to be patient with it. */
    record StillHeld(long incarnation) implements Outcome {}

    /** This incarnation was written off; it gets nothing any more. */
    record Refused() implements Outcome {}
  }

  /**
   * What the database says about this incarnation.
   *
   * @param gone it was written off
   * @param slots the rows that name it
   * @param generation of the database's history, in which rows may have gone back
   * @param newestPurge the number of the newest purge of stored responses; 0 if there was none
   */
  record Proof(boolean gone, Set<Integer> slots, long generation, long newestPurge) {}

  /**
   * Takes all slots in one transaction.
   *
   * @param patient slots that are left alone while another live incarnation holds them
   * @throws Exception the database is away, or a row stayed locked: nothing was taken
   */
  Map<Integer, Outcome> takeOver(SortedSet<Integer> slots, Set<Integer> patient) throws Exception;

  /**
   * Notes that the wait for predecessors that may have been alive is over. Until then whoever takes
   * these rows waits too: also this incarnation if it did not learn that it had taken them, and a
   * successor of one that died, or gave the row back, while it waited.
   */
  void settle(Set<Integer> slots) throws Exception;

  /** Gives rows back, if they are still ours. */
  void release(Set<Integer> slots) throws Exception;

  /**
   * Notes that this incarnation, which was written off, will answer nothing as current any more, so
   * that its successors need not wait for the end of its last proof.
   */
  void fallSilent() throws Exception;

  /** Which of these answer nothing as current any more: they have said so, or are dead. */
  Set<Long> silent(Set<Long> incarnations) throws Exception;

  /** Reads what is ours. */
  Proof proof() throws Exception;
}
