package io.holdfast.database;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.testing.TestDatabase;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class DatabaseClockTest {
  private static final Instant NOON = Instant.parse("2030-01-01T12:00:00Z");

  private long nanos;
  private Instant machine = NOON.plus(Duration.ofHours(1));
  private final DatabaseClock clock = new DatabaseClock(() -> machine, () -> nanos);

  private static long millis(long millis) {
    return TimeUnit.MILLISECONDS.toNanos(millis);
  }

  /** An answer that took some time and was made in the middle of it. */
  private void answers(Instant time, long tookMillis) {
    long sent = nanos;
    nanos += millis(tookMillis);
    clock.answered(time.minusMillis(tookMillis / 2), sent, nanos);
  }

  @Test
  void isTheMachinesUntilTheDatabaseHasAnswered() {
    assertThat(clock.isSet()).isFalse();
    assertThat(clock.instant()).isEqualTo(machine);
    assertThat(clock.machineAhead()).isZero();
  }

  @Test
  void isTheDatabasesFromTheFirstAnswerOnAndGoesOnByTheMonotonicClock() {
    answers(NOON, 10);
    assertThat(clock.isSet()).isTrue();
    assertThat(clock.instant()).isEqualTo(NOON);
    nanos += millis(60_000);
    assertThat(clock.instant()).isEqualTo(NOON.plusSeconds(60));
  }

  @Test
  void saysByHowMuchTheMachineIsWrongHoweverThatIsSetMeanwhile() {
    answers(NOON, 0);
    assertThat(clock.machineAhead()).isEqualTo(Duration.ofHours(1));
    machine = NOON.minusSeconds(90);
    assertThat(clock.instant()).isEqualTo(NOON);
    assertThat(clock.machineAhead()).isEqualTo(Duration.ofSeconds(-90));
  }

  @Test
  void aSlowAnswerDoesNotSpoilAGoodOne() {
    answers(NOON, 2);
    long sent = nanos;
    nanos += millis(800);
    clock.answered(NOON.plusMillis(2), sent, nanos); // made early, and long on its way
    assertThat(clock.instant()).isEqualTo(NOON.plusMillis(800));
  }

  @Test
  void aBetterAnswerIsTaken() {
    nanos += millis(800);
    clock.answered(NOON, 0, nanos); // up to 400 ms wrong
    answers(NOON, 4);
    assertThat(clock.instant()).isEqualTo(NOON);
  }

  @Test
  void anAnswerAsGoodIsTakenOnceTheMonotonicClockMayHaveGoneAstray() {
    answers(NOON, 4);
    nanos += millis(100_000);
    answers(NOON.plusSeconds(100).plusMillis(11), 6);
    assertThat(clock.instant()).isEqualTo(NOON.plusSeconds(100).plusMillis(11));
  }

  @Test
  void followsADatabaseWhoseClockWasSet() {
    answers(NOON, 4);
    answers(NOON.minusSeconds(30), 500);
    assertThat(clock.instant()).isEqualTo(NOON.minusSeconds(30));
  }

  @ParameterizedTest
  @EnumSource(TestDatabase.class)
  void isSetBeforeAnythingElseIsAsked(TestDatabase kind) throws SQLException {
    try (var database = Database.open(kind.fresh())) {
      database.prepare("holdfast", new Slots(8));
      assertThat(database.clock().isSet()).isTrue();
      assertThat(database.clock().machineAhead().abs()).isLessThan(Duration.ofSeconds(5));
    }
  }
}
