package io.holdfast.upstream;

import io.holdfast.resilience.Bulkhead;
import io.holdfast.resilience.ConcurrencyLimit;
import io.holdfast.resilience.Priority;
import io.holdfast.upstream.Upstream.Waiter;
import io.holdfast.upstream.UpstreamSettings.Concurrency;
import io.holdfast.upstream.UpstreamSettings.LimitMode;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;

/**
 * How many requests a service is sent at once, and who waits: the limit follows what calls take,
 * where the settings say so. Guarded by the lock of its {@link Upstream}; times are those of {@link
 * System#nanoTime}.
 */
final class Capacity {
  /** What the limit follows is looked at so often. */
  private static final Duration SAMPLE_EVERY = Duration.ofMillis(100);

  /** Fewer calls than these say nothing about latency. */
  private static final int SAMPLE_CALLS_MIN = 5;

  /** One failure in so many calls is a sign of too much load. */
  private static final int FAILURES_PART = 5;

  /** Of a sample the latest so many latencies count. */
  private static final int LATENCIES_MAX = 256;

  private Concurrency settings;
  private final Bulkhead<Waiter> bulkhead;
  private ConcurrencyLimit limit;
  private long sampledAt;
  private final long[] latencies = new long[LATENCIES_MAX];
  private int sampled;
  private int sampledInFlightMax;
  private int sampledFailures;

  Capacity(Concurrency settings, long nowNanos) {
    this.settings = settings;
    this.limit =
        ConcurrencyLimit.between(
            Math.min(settings.min(), settings.max()), settings.max(), nowNanos);
    this.bulkhead = new Bulkhead<>(permits(), settings.queueMax());
    this.sampledAt = nowNanos;
  }

  /** Other settings from now on; what was learned is kept within them. */
  void follow(Concurrency next) {
    settings = next;
    limit = limit.between(next.min(), next.max());
    bulkhead.queue(next.queueMax());
    bulkhead.limit(permits());
  }

  int inFlight() {
    return bulkhead.inFlight();
  }

  int waiting() {
    return bulkhead.waiting();
  }

  int permits() {
    return switch (settings.mode()) {
      case ADAPTIVE -> limit.permits();
      case FIXED -> settings.max();
      case OFF -> Integer.MAX_VALUE;
    };
  }

  /** The limit that was found, if it is found and made use of; else 0. */
  double found() {
    boolean isUsed = bulkhead.inFlight() * 2 >= limit.limit();
    return settings.mode() == LimitMode.ADAPTIVE && isUsed ? limit.limit() : 0;
  }

  /**
   * What other nodes have found.
   *
   * @param others as {@link #found}
   */
  void heard(List<Double> others) {
    var using = others.stream().filter(it -> it > 0).toList();
    if (found() > 0 && !using.isEmpty()) {
      limit = limit.among(using);
      bulkhead.limit(permits());
    }
  }

  Bulkhead.Entry<Waiter> enter(Waiter waiter, Priority priority, long untilNanos) {
    var entry = bulkhead.enter(waiter, priority, untilNanos);
    sampledInFlightMax = Math.max(sampledInFlightMax, bulkhead.inFlight());
    return entry;
  }

  /** One that had room is over: who has it now. */
  List<Waiter> leave() {
    bulkhead.leave();
    bulkhead.limit(permits());
    return bulkhead.admit();
  }

  void withdraw(Waiter waiter) {
    bulkhead.withdraw(waiter);
  }

  /** A call was refused for too much load, or came to no end in time. */
  void overloaded() {
    sampledFailures++;
  }

  /** What a call took, or has taken so far. */
  void took(long latencyNanos, long nowNanos) {
    latencies[sampled++ % LATENCIES_MAX] = latencyNanos;
    boolean due = nowNanos - sampledAt >= SAMPLE_EVERY.toNanos();
    if (due && sampled >= SAMPLE_CALLS_MIN && settings.mode() == LimitMode.ADAPTIVE) {
      learn(nowNanos);
    }
  }

  private void learn(long nowNanos) {
    limit =
        limit.sampled(
            new ConcurrencyLimit.Sample(median(), sampledInFlightMax, isFailing()), nowNanos);
    bulkhead.limit(permits());
    sampledAt = nowNanos;
    sampled = 0;
    sampledInFlightMax = bulkhead.inFlight();
    sampledFailures = 0;
  }

  /** One instance of several that hangs says nothing about how much the service can do. */
  private long median() {
    int count = Math.min(sampled, LATENCIES_MAX);
    var sorted = Arrays.copyOf(latencies, count);
    Arrays.sort(sorted);
    return sorted[count / 2];
  }

  /** Nor do the few calls that it lets down. */
  private boolean isFailing() {
    return sampledFailures * FAILURES_PART >= Math.max(sampled, 1) && sampledFailures > 0;
  }
}
