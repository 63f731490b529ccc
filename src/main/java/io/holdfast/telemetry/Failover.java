package io.holdfast.telemetry;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * How far a failover has got on this node, and how long each step took from the first sign that a
 * member is dead: all steps have the same origin, so that a log and a meter tell one story. Safe
 * for many threads; times are those of {@link System#nanoTime}.
 */
public final class Failover {
  /** Signs that are no further apart are of one failover. */
  static final Duration TOGETHER = Duration.ofSeconds(2);

  /** What is done later than this has other causes. */
  static final Duration LASTS_MAX = Duration.ofSeconds(15);

  private static final Duration[] BOUNDS =
      Stream.of(25, 50, 100, 250, 500, 750, 1000, 1500, 2500, 5000, 10_000)
          .map(Duration::ofMillis)
          .toArray(Duration[]::new);

  /** In the order in which they come. */
  public enum Step {
    /** This node knows that the member is dead, or has asked to write it off. */
    NOTICED,
    /** The database says so: it can write nothing any more. */
    FENCED,
    /** It is no member any more: its shards are given to others. */
    REMOVED,
    /** This node has taken shards over. */
    TAKEN,
    /** The last request that waited at this node has its answer. */
    ANSWERED
  }

  private final Map<Step, Timer> times = new EnumMap<>(Step.class);
  private Optional<Signs> current = Optional.empty();
  private Optional<Signs> before = Optional.empty();

  /** Of one failover. */
  private record Signs(long first, long last) {
    Signs and(long nanos) {
      return nanos - last > 0 ? new Signs(first, nanos) : this; // one may be told of late
    }

    boolean reaches(long nanos) {
      return nanos - last <= LASTS_MAX.toNanos();
    }
  }

  public Failover(MeterRegistry meters) {
    for (var step : Step.values()) {
      times.put(
          step,
          Timer.builder("holdfast.failover")
              .description("Steps of a failover, from the first sign that a member is dead")
              .tag("step", step.name().toLowerCase(Locale.ROOT))
              .serviceLevelObjectives(BOUNDS)
              .register(meters));
    }
  }

  /** There was a sign that a member is dead: its line broke, or it is not reached. */
  public synchronized void sign(long nanos) {
    var goesOn = current.filter(it -> nanos - it.last() <= TOGETHER.toNanos());
    if (goesOn.isEmpty()) {
      before = current;
    }
    current = Optional.of(goesOn.map(it -> it.and(nanos)).orElse(new Signs(nanos, nanos)));
  }

  /**
   * A step is done, now or a moment ago, perhaps before there was a sign of the next failover.
   *
   * @return the time from the first sign; empty, and not measured, if there is no failover
   */
  public synchronized Optional<Duration> done(Step step, long nanos) {
    var took =
        current
            .filter(it -> nanos - it.first() >= 0)
            .or(() -> before.filter(it -> nanos - it.first() >= 0))
            .filter(it -> it.reaches(nanos))
            .map(it -> Duration.ofNanos(nanos - it.first()));
    took.ifPresent(it -> times.get(step).record(it));
    return took;
  }
}
