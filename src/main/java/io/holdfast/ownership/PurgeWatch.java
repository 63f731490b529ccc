package io.holdfast.ownership;

/**
 * Whoever has to know of purges of stored responses before this node may answer anything as
 * current. A purge's number is part of the proof that it may: so a node that was paused, or cut
 * off, while a purge was made applies it first.
 */
@FunctionalInterface
public interface PurgeWatch {
  /** For nodes that store no responses. */
  PurgeWatch NONE = newest -> {};

  /**
   * Returns once all purges up to that number are applied. Blocks the poll.
   *
   * @throws Exception they are not: the proof that the number came with is not taken in, and the
   *     next poll asks again
   */
  void apply(long newest) throws Exception;
}
