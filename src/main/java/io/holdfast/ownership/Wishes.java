package io.holdfast.ownership;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Which of the wishes about a slot, to take it or to give it back, is the last: what comes of an
 * earlier one does not count any more. Safe for many threads.
 */
final class Wishes {
  private final AtomicLong count = new AtomicLong();
  private final Map<Integer, Long> last = new ConcurrentHashMap<>();

  /** A new wish, later than every other. */
  long next(int slot) {
    long wish = count.incrementAndGet();
    last.put(slot, wish);
    return wish;
  }

  boolean isLast(int slot, long wish) {
    return last.getOrDefault(slot, 0L) == wish;
  }
}
