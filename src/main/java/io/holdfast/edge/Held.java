package io.holdfast.edge;

import io.holdfast.telemetry.Failover;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The exchanges of a node that wait for owners, and the shards of these; and what became of them,
 * to be told once they are over. Safe for many threads.
 */
final class Held {
  /** So long after the last of them no other has begun to wait: they are over. */
  static final Duration QUIET = Duration.ofSeconds(1);

  private final int max;
  private final Failover failover;
  private final Timer answered;
  private final Timer failed;
  private final AtomicInteger count = new AtomicInteger();
  private final Map<Integer, Integer> byShard = new ConcurrentHashMap<>();
  private Story story = Story.NONE;

  /**
   * What became of all that have waited since nobody did.
   *
   * @param held how many had to wait
   * @param failed how many of these, and of those that were turned away for them, got no answer
   * @param longestNanos from its coming to its end
   * @param endedNanos when the last of them ended
   */
  record Story(int held, int failed, long longestNanos, long endedNanos) {
    static final Story NONE = new Story(0, 0, 0, 0);

    private Story with(boolean isAnswered, long nanos, long now) {
      return new Story(held + 1, failed + (isAnswered ? 0 : 1), Math.max(longestNanos, nanos), now);
    }
  }

  /**
   * A story as part of a failover.
   *
   * @param sinceSign of the death, to the end of the last of them
   */
  record Told(Story story, Duration sinceSign) {}

  /**
   * @param max {@code http.held-max}
   */
  Held(int max, MeterRegistry meters, Failover failover) {
    this.max = max;
    this.failover = failover;
    this.answered = timer(meters, "answered");
    this.failed = timer(meters, "failed");
    Gauge.builder("holdfast.requests.held", this, Held::count)
        .description("Requests that wait for an owner")
        .register(meters);
  }

  private static Timer timer(MeterRegistry meters, String outcome) {
    return Timer.builder("holdfast.requests.hold")
        .description("Requests that had to wait for an owner, from their coming to their end")
        .tag("outcome", outcome)
        .register(meters);
  }

  void add(int shard) {
    count.incrementAndGet();
    byShard.merge(shard, 1, Integer::sum);
  }

  /**
   * @param isAnswered by its owner
   * @param nanos for how long it was carried
   */
  synchronized void remove(int shard, boolean isAnswered, long nanos, long now) {
    count.decrementAndGet();
    byShard.computeIfPresent(shard, (it, held) -> held == 1 ? null : held - 1);
    story = story.with(isAnswered, nanos, now);
    (isAnswered ? answered : failed).record(nanos, TimeUnit.NANOSECONDS);
  }

  /** One was turned away, since too many wait. */
  synchronized void turnedAway(long now) {
    story = new Story(story.held(), story.failed() + 1, story.longestNanos(), now);
  }

  /** Ends the story, if it has ended; it is told if it was part of a failover. */
  synchronized Optional<Told> over(long now) {
    boolean isOver =
        story != Story.NONE && count.get() == 0 && now - story.endedNanos() >= QUIET.toNanos();
    if (!isOver) {
      return Optional.empty();
    }
    var ended = story;
    story = Story.NONE;
    return failover
        .done(Failover.Step.ANSWERED, ended.endedNanos())
        .map(since -> new Told(ended, since));
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
