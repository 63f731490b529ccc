package io.holdfast.edge;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/** The exchanges of a node that wait for owners, and the shards of these. Safe for many threads. */
final class Held {
  private final int max;
  private final AtomicInteger count = new AtomicInteger();
  private final Map<Integer, Integer> byShard = new ConcurrentHashMap<>();

  /**
   * @param max {@code http.held-max}
   */
  Held(int max) {
    this.max = max;
  }

  void add(int shard) {
    count.incrementAndGet();
    byShard.merge(shard, 1, Integer::sum);
  }

  void remove(int shard) {
    count.decrementAndGet();
    byShard.computeIfPresent(shard, (it, held) -> held == 1 ? null : held - 1);
  }

  int count() {
    return count.get();
  }

  boolean isFull() {
    return count.get() >= max;
  }

  /** Whether one more exchange would have to wait behind others, for whom there is no more room. */
  boolean isTooMuchFor(int shard) {
    return isFull() && byShard.containsKey(shard);
  }
}
