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

  /** Issue by issue: a live node that is written off, or a request that fails, is seen in each. */
  @ParameterizedTest
  @MethodSource("all")
  void shallFailNoRequestOfSurvivors(Fault fault) {
    assertThat(fault.limits().goals()).contains(Goal.worst(Quantity.FAILED, 0));
  }

  @Test
  void starveTheClusterWhereTheyLeaveItTooLittle() {
    assertThat(all())
        .filteredOn(Fault::starves)
        .extracting(Fault::word)
        .containsExactly("slow-db", "busy");
  }

  @Test
  void takeNobodyAwayWherePlannedOrNoReasonNotToServe() {
    assertThat(all())
        .filteredOn(it -> it.takes(3) > 0)
        .extracting(Fault::word)
        .containsExactly(
            "kill",
            "kill-oldest",
            "kill-all-but-one",
            "kill-twice",
            "kill-all",
            "pause",
            "partition",
            "partition-oldest",
            "cut-off",
            "cut-db",
            "mute",
            "db-stop-kill");
    assertThat(Faults.of("roll").takes(3)).isZero();
    assertThat(Faults.of("kill-all").takes(3)).isEqualTo(3);
  }

  @ParameterizedTest
  @MethodSource("all")
  void countFromTheReturnOfTheDatabaseThatTheyTake(Fault fault) {
    if (fault.database() == Fault.Database.AWAY) {
      assertThat(fault.limits().since()).isEqualTo(Limits.Since.RETURN);
      assertThat(fault.obstacle(database(false)))
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
    assertThat(Faults.of("partition").limits().recoverySecondsMax()).hasValue(8);
    assertThat(Faults.of("db-stop").limits().recoverySecondsMax()).hasValue(3);
    assertThat(Faults.of("db-stop-kill").limits().recoverySecondsMax()).hasValue(3);
    assertThat(Faults.of("kill-all").limits().recoverySecondsMax()).hasValue(30);
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
    assertThat(goals("partition"))
        .contains(Goal.worst(Quantity.FAILED, 0), Goal.worst(Quantity.WRITE_GAP, 7));
    assertThat(goals("db-stop"))
        .contains(Goal.worst(Quantity.FAILED_READS, 0), Goal.worst(Quantity.RECOVERY, 2));
    for (var planned : List.of("stop", "add", "roll")) {
      assertThat(goals(planned))
          .contains(
              Goal.worst(Quantity.FAILED, 0),
              Goal.worst(Quantity.WRITE_GAP, 1),
              Goal.worst(Quantity.READ_GAP, 0.3),
              Goal.worst(Quantity.MENDING_WRITE_GAP, 1),
              Goal.worst(Quantity.MENDING_READ_GAP, 0.3));
    }
    assertThat(goals("kill-all")).contains(Goal.worst(Quantity.RECOVERY, 10));
    assertThat(Faults.of("kill-all").limits().since()).isEqualTo(Limits.Since.RETURN);
    assertThat(goals("busy")).contains(Goal.worst(Quantity.DOWNED, 0));
  }

  private static List<Goal> goals(String word) {
    return Faults.of(word).limits().goals();
  }

  static DatabaseAddress database(boolean isOurs) {
    return new DatabaseAddress("jdbc:h2:tcp://127.0.0.1:1/holdfast", isOurs);
  }

  static Preparation preparation() {
    return new Preparation(Path.of("absent"), 3, database(true));
  }
}
