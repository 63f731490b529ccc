package io.holdfast.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.telemetry.Failover.Step;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class FailoverTest {
  /** Such clocks begin anywhere. */
  private static final long BEGIN = Long.MAX_VALUE - 1000;

  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
  private final Failover failover = new Failover(meters);

  private static long at(long millis) {
    return BEGIN + millis * 1_000_000;
  }

  private long measured(Step step) {
    return meters.get("holdfast.failover").tag("step", step.name().toLowerCase()).timer().count();
  }

  @Test
  void allStepsAreMeasuredFromTheFirstSign() {
    failover.sign(at(0));
    assertThat(failover.done(Step.NOTICED, at(38))).hasValue(Duration.ofMillis(38));
    failover.sign(at(400)); // of a second node, which died with the first
    assertThat(failover.done(Step.FENCED, at(500))).hasValue(Duration.ofMillis(500));
    assertThat(failover.done(Step.TAKEN, at(700))).hasValue(Duration.ofMillis(700));
    var taken = meters.get("holdfast.failover").tag("step", "taken").timer();
    assertThat(taken.totalTime(TimeUnit.MILLISECONDS)).isEqualTo(700);
  }

  @Test
  void theNextDeathIsAnotherFailover() {
    failover.sign(at(0));
    failover.sign(at(2001));
    assertThat(failover.done(Step.NOTICED, at(2040))).hasValue(Duration.ofMillis(39));
  }

  @Test
  void whatIsDoneWithoutADeathOrLongAfterItIsNoPartOfOne() {
    assertThat(failover.done(Step.TAKEN, at(1))).isEmpty();
    failover.sign(at(100));
    assertThat(failover.done(Step.TAKEN, at(99))).isEmpty();
    assertThat(failover.done(Step.TAKEN, at(15_101))).isEmpty();
    assertThat(measured(Step.TAKEN)).isZero();
    assertThat(failover.done(Step.TAKEN, at(15_100))).isPresent();
    assertThat(measured(Step.TAKEN)).isEqualTo(1);
  }

  /** A partition is told of when it has lasted; a death meanwhile is not over because of that. */
  @Test
  void aSignThatComesLateEndsNothing() {
    failover.sign(at(20_000));
    failover.sign(at(3_000));
    assertThat(failover.done(Step.TAKEN, at(30_000))).isPresent();
  }

  /** What waited is told of a second after its end, and there may be another sign meanwhile. */
  @Test
  void whatWasDoneBeforeTheNextSignIsOfTheFailoverBefore() {
    failover.sign(at(1000));
    failover.sign(at(3200));
    assertThat(failover.done(Step.ANSWERED, at(2500))).hasValue(Duration.ofMillis(1500));
    assertThat(failover.done(Step.TAKEN, at(3300))).hasValue(Duration.ofMillis(100));
    assertThat(failover.done(Step.ANSWERED, at(900))).isEmpty();
  }
}
