package io.holdfast.edge;

import io.holdfast.telemetry.Limits;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * How many requests of this node wait for changes. Each is a request in flight, so a part of those
 * is left to requests that do not wait.
 */
final class Watching {
  private static final int PART_OF_IN_FLIGHT = 4;

  private final int max;
  private final Counter turnedAway;
  private final Counter tooSlow;
  private final AtomicInteger now = new AtomicInteger();

  Watching(int inFlightMax, MeterRegistry meters) {
    this.max = Math.max(1, inFlightMax / PART_OF_IN_FLIGHT);
    this.turnedAway = Limits.dropped(meters, "watching");
    this.tooSlow = Limits.dropped(meters, "watching-not-read");
    Gauge.builder("holdfast.requests.watching", now, AtomicInteger::get)
        .description("Requests that wait for a change")
        .register(meters);
  }

  /** Whether there is room for one more; it must {@link #end}. */
  boolean tryBegin() {
    if (now.incrementAndGet() <= max) {
      return true;
    }
    now.decrementAndGet();
    turnedAway.increment();
    return false;
  }

  /** One did not take its events in time: its stream ends. */
  void tooSlow() {
    tooSlow.increment();
  }

  void end() {
    now.decrementAndGet();
  }
}
