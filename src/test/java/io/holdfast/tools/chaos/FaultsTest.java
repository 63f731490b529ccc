package io.holdfast.tools.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What holds for each fault that there is, and what is said of them one by one. */
class FaultsTest {
  private static final double SECONDS = 60;

  private static List<Fault> all() {
    return Faults.all();
  }

  @ParameterizedTest
  @MethodSource("all")
  void areFoundByTheirWords(Fault fault) {
    assertThat(Faults.of(fault.word())).hasSameClassAs(fault);
    assertThat(Faults.words()).contains(fault.word()).doesNotHaveDuplicates();
    assertThat(fault.word()).matches("[a-z-]+");
    assertThat(fault.what()).isNotBlank();
  }

  /** Else nobody could tell that a harm is never felt. */
  @ParameterizedTest
  @MethodSource("all")
  void haveGoals(Fault fault) {
    assertThat(fault.limits().goals()).isNotEmpty();
  }

  @ParameterizedTest
  @MethodSource("all")
  void playWithinTheLoad(Fault fault) {
    for (double seconds : new double[] {3, 30, SECONDS, 3600}) {
      var stretch = fault.stretch(seconds);
      assertThat(stretch.before()).isGreaterThanOrEqualTo(0);
      assertThat(stretch.lasts()).isPositive();
      assertThat(stretch.before() + stretch.lasts()).isLessThanOrEqualTo(seconds);
    }
  }

  /** In order nobody is taken away: nodes are asked until they say that they go. */
  @ParameterizedTest
  @MethodSource("all")
  void takeNobodyAwayWherePlanned(Fault fault) {
    assertThat(fault.isPlanned() && fault.victims() != Victims.NONE).isFalse();
    assertThat(fault.isPlanned() && fault.asksVictims()).isFalse();
  }

  @ParameterizedTest
  @MethodSource("all")
  void countFromTheReturnOfTheDatabaseThatTheyTake(Fault fault) {
    if (fault.database() == Fault.Database.AWAY) {
      assertThat(fault.limits().since()).isEqualTo(Limits.Since.RETURN);
      assertThat(fault.obstacle(preparation(false)))
          .hasValueSatisfying(it -> assertThat(it).contains("not ours"));
    }
  }

  @Test
  void haveTheHardLimitsOfAClusterThatCannotLie() {
    assertThat(Faults.of("kill").limits().recoverySecondsMax()).hasValue(5);
    assertThat(Faults.of("kill-oldest").limits().recoverySecondsMax()).hasValue(5);
    assertThat(Faults.of("kill-all-but-one").limits().recoverySecondsMax()).hasValue(5);
    assertThat(Faults.of("kill-twice").limits().recoverySecondsMax()).hasValue(5);
    assertThat(Faults.of("pause").limits().recoverySecondsMax()).hasValue(8);
    assertThat(Faults.of("db-stop").limits().recoverySecondsMax()).hasValue(3);
    assertThat(Faults.of("db-stop-kill").limits().recoverySecondsMax()).hasValue(3);
    assertThat(Faults.of("none").limits().recoverySecondsMax()).isEmpty();
    assertThat(Faults.of("roll").limits().recoverySecondsMax()).isEmpty();
  }

  @Test
  void haveTheGoalsOfFailoverInASecond() {
    assertThat(goals("kill"))
        .contains(
            Goal.worst(Quantity.FAILED, 0),
            Goal.median(Quantity.WRITE_GAP, 1),
            Goal.worst(Quantity.WRITE_GAP, 2),
            Goal.worst(Quantity.READ_GAP, 0.3));
    assertThat(goals("kill-oldest"))
        .contains(
            Goal.worst(Quantity.FAILED, 0),
            Goal.median(Quantity.WRITE_GAP, 1.5),
            Goal.worst(Quantity.WRITE_GAP, 3),
            Goal.worst(Quantity.READ_GAP, 0.3));
    assertThat(goals("kill-all-but-one"))
        .contains(
            Goal.worst(Quantity.FAILED, 0),
            Goal.median(Quantity.WRITE_GAP, 1.5),
            Goal.worst(Quantity.READ_GAP, 0.3));
    assertThat(goals("pause"))
        .contains(
            Goal.worst(Quantity.FAILED, 0),
            Goal.worst(Quantity.WRITE_GAP, 7),
            Goal.worst(Quantity.READ_GAP, 1));
    assertThat(goals("db-stop"))
        .contains(Goal.worst(Quantity.FAILED_READS, 0), Goal.worst(Quantity.RECOVERY, 2));
    assertThat(goals("roll"))
        .contains(
            Goal.worst(Quantity.FAILED, 0),
            Goal.worst(Quantity.WRITE_GAP, 1),
            Goal.worst(Quantity.READ_GAP, 0.3));
  }

  private static List<Goal> goals(String word) {
    return Faults.of(word).limits().goals();
  }

  static Preparation preparation(boolean isDatabaseOurs) {
    return new Preparation(
        Path.of("absent"), 3, "jdbc:h2:tcp://127.0.0.1:1/holdfast", isDatabaseOurs);
  }
}
