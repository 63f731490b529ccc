package io.holdfast.edge;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.telemetry.Failover;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class HeldTest {
  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
  private final Failover failover = new Failover(meters);
  private final Held held = new Held(2, meters, failover);

  private static long millis(long millis) {
    return millis * 1_000_000;
  }

  private long counted(String outcome) {
    return meters.get("holdfast.requests.hold").tag("outcome", outcome).timer().count();
  }

  @Test
  void tellsOnceWhatBecameOfThemWhenNoneHasWaitedForASecond() {
    failover.sign(millis(0));
    held.add(1);
    held.add(2);
    held.remove(1, true, millis(300), millis(500));
    assertThat(held.over(millis(2000))).as("one still waits").isEmpty();
    held.remove(2, false, millis(1800), millis(2000));
    assertThat(held.over(millis(2900))).as("another may come").isEmpty();
    assertThat(held.over(millis(3000)))
        .hasValue(
            new Held.Told(
                new Held.Story(2, 1, millis(1800), millis(2000)), Duration.ofMillis(2000)));
    assertThat(held.over(millis(4000))).isEmpty();
    assertThat(counted("answered")).isEqualTo(1);
    assertThat(counted("failed")).isEqualTo(1);
  }

  @Test
  void whoIsTurnedAwayForThemHasFailedToo() {
    failover.sign(millis(0));
    held.add(1);
    held.add(1);
    held.turnedAway(millis(400));
    held.remove(1, true, millis(300), millis(500));
    held.remove(1, true, millis(300), millis(500));
    assertThat(held.over(millis(1500)).orElseThrow().story().failed()).isEqualTo(1);
    assertThat(held.over(millis(1500))).isEmpty();
  }

  @Test
  void withoutADeathNothingIsTold() {
    held.add(1);
    held.remove(1, true, millis(300), millis(500));
    assertThat(held.over(millis(5000))).isEmpty();
    failover.sign(millis(6000));
    assertThat(held.over(millis(7000))).as("that story has ended").isEmpty();
    assertThat(counted("answered")).isEqualTo(1);
  }

  @Test
  void knowsForWhichShardsThereIsNoMoreRoom() {
    held.add(1);
    held.add(2);
    assertThat(held.isTooMuchFor(1)).isTrue();
    assertThat(held.isTooMuchFor(3)).isFalse();
    held.remove(1, true, 1, 1);
    assertThat(held.isTooMuchFor(2)).isFalse();
    assertThat(held.count()).isEqualTo(1);
  }
}
