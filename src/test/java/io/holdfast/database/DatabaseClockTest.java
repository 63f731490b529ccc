package io.holdfast.database;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.testing.TestDatabase;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
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
    answers(NOON.plusMillis(500), 4);
    assertThat(clock.instant()).isEqualTo(NOON.plusMillis(500));
  }

  /** An {@code Age} that was told is not taken back. */
  @Test
  void neverGoesBackwardsWhenItTurnsOutToBeAhead() {
    nanos += millis(800);
    clock.answered(NOON, 0, nanos);
    var before = clock.instant();
    answers(NOON, 0);
    assertThat(clock.instant()).as("it is 400 ms ahead").isEqualTo(before);
    for (int i = 1; i <= 16; i++) {
      nanos += millis(50);
      assertThat(clock.instant()).isAfter(before);
      before = clock.instant();
    }
    assertThat(before).as("and is right in twice that time").isEqualTo(NOON.plusMillis(800));
    nanos += millis(10);
    assertThat(clock.instant()).isEqualTo(NOON.plusMillis(810));
  }

  /** Its thread was held up between the answer and its use, and others have read the time. */
  @Test
  void neverGoesBackwardsByAnAnswerThatIsUsedLate() {
    nanos += millis(800);
    clock.answered(NOON, 0, nanos);
    long came = nanos;
    nanos += millis(300);
    var before = clock.instant();
    clock.answered(NOON, came, came);
    assertThat(clock.instant()).isEqualTo(before);
    nanos += millis(100);
    assertThat(clock.instant()).isEqualTo(before.plusMillis(50));
  }

  @Test
  void neverGoesBackwardsForThoseWhoReadItMeanwhile() throws Exception {
    var time = new DatabaseClock(() -> NOON, System::nanoTime);
    var over = new AtomicBoolean();
    var back = new AtomicReference<Duration>(Duration.ZERO);
    var reader =
        new Thread(
            () -> {
              for (var last = time.instant(); !over.get(); ) {
                var next = time.instant();
                if (next.isBefore(last)) {
                  back.set(Duration.between(next, last));
                }
                last = next;
              }
            });
    reader.start();
    for (int i = 1; i <= 100_000; i++) { // Each answer says a little less than the one before.
      long now = System.nanoTime();
      time.answered(NOON.plusNanos(now).minusNanos(i * 10_000L), now, now);
    }
    over.set(true);
    reader.join();
    assertThat(back.get()).isZero();
  }

  @Test
  void whileItGoesSlowerItIsNotTakenForWrong() {
    nanos += millis(800);
    clock.answered(NOON, 0, nanos);
    answers(NOON, 0);
    nanos += millis(200);
    answers(NOON.plusMillis(200), 400); // says nothing new
    assertThat(clock.instant()).isEqualTo(NOON.plusMillis(600).plusMillis(100));
    nanos += millis(200);
    assertThat(clock.instant()).isEqualTo(NOON.plusMillis(800));
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
