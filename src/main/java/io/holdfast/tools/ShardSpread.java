package io.holdfast.tools;

import java.util.Collection;

/** How evenly a cluster's shards lie on its nodes. */
public final class ShardSpread {
  private ShardSpread() {}

  /**
   * Each node has at least half of an equal share.
   *
   * @param shards of each node
   */
  public static boolean isEven(Collection<Long> shards) {
    long all = shards.stream().mapToLong(Long::longValue).sum();
    return all > 0 && shards.stream().allMatch(it -> 2 * it * shards.size() >= all);
  }
}
