package io.holdfast.tools.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class WalkTest {
  private static final int ROUNDS = 3000;

  @Test
  void isTheSameWithTheSameSeed() {
    assertThat(plans(7, 3, true)).isEqualTo(plans(7, 3, true));
    assertThat(plans(7, 3, true)).isNotEqualTo(plans(8, 3, true));
  }

  @Test
  void comesToEachOfItsFaultsAloneAndToMostAsASecond() {
    var plans = plans(1, 3, true);

    assertThat(plans.stream().filter(it -> it.second().isEmpty()).map(Plan::first).distinct())
        .containsExactlyInAnyOrder(
            "kill",
            "kill-oldest",
            "kill-all-but-one",
            "pause",
            "db-stop",
            "slow-db",
            "stop",
            "add",
            "roll");
    assertThat(plans.stream().flatMap(it -> it.second().stream()).map(it -> it.fault()).distinct())
        .containsExactlyInAnyOrder(
            "kill", "kill-oldest", "kill-all-but-one", "pause", "db-stop", "slow-db");
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 3, 5})
  void neverTakesTheLastNodeNorMixesWhatCannotBeTestedTogether(int nodes) {
    for (var plan : plans(3, nodes, true)) {
      var first = Faults.of(plan.first());
      assertThat(first.takes(nodes)).isLessThan(nodes);
      plan.second()
          .ifPresent(
              it ->
                  assertThat(Walk.mayOverlap(first, Faults.of(it.fault()), nodes))
                      .as(plan.words())
                      .isTrue());
    }
  }

  @Test
  void restsAndLastsForRandomTimesWithinBounds() {
    var plans = plans(5, 3, true);

    assertThat(plans).allMatch(it -> it.pause() >= 1 && it.pause() <= 8);
    assertThat(plans).allMatch(it -> it.lasts() > 0.5 && it.lasts() <= 10);
    assertThat(plans).filteredOn(it -> it.first().equals("pause")).allMatch(it -> it.lasts() <= 6);
    assertThat(plans.stream().flatMap(it -> it.second().stream()))
        .allMatch(it -> it.after() >= 0 && it.after() <= 3)
        .anyMatch(Plan.Second::mendedFirst)
        .anyMatch(it -> !it.mendedFirst());
    assertThat(plans.stream().map(Plan::pause).distinct()).hasSizeGreaterThan(ROUNDS / 2);
  }

  @Test
  void leavesADatabaseAloneThatIsNotOurs() {
    assertThat(plans(2, 3, false))
        .noneMatch(it -> it.first().equals("db-stop"))
        .noneMatch(it -> it.second().filter(then -> then.fault().equals("db-stop")).isPresent())
        .anyMatch(it -> it.first().equals("slow-db"));
  }

  @ParameterizedTest
  @CsvSource({
    "kill, kill, 3, true",
    "kill, kill-oldest, 3, true",
    "kill, pause, 3, true",
    "kill, kill, 2, false",
    "kill-all-but-one, kill, 3, false",
    "kill-all-but-one, slow-db, 3, true",
    "kill-all-but-one, db-stop, 3, true",
    "kill, kill-all-but-one, 5, false",
    "db-stop, kill, 3, true",
    "db-stop, pause, 3, true",
    "slow-db, pause, 3, true",
    "slow-db, slow-db, 3, false",
    "db-stop, slow-db, 3, false",
    "stop, kill, 3, false",
    "kill, roll, 3, false",
    "add, slow-db, 3, false",
    "kill-all, slow-db, 3, false"
  })
  void mayHaveTwoFaultsAtOnceWhereAPromiseIsLeft(
      String first, String second, int nodes, boolean may) {
    assertThat(Walk.mayOverlap(Faults.of(first), Faults.of(second), nodes)).isEqualTo(may);
    assertThat(Walk.mayOverlap(Faults.of(second), Faults.of(first), nodes)).isEqualTo(may);
  }

  @Test
  void saysInWordsWhatItWillDo() {
    var alone = Plan.of(Faults.of("kill"), 60);
    var both = new Plan(1, "pause", 2.5, java.util.Optional.of(new Plan.Second("kill", 0.5, true)));

    assertThat(alone.words()).isEqualTo("kill, mended after 20.0 s");
    assertThat(both.words())
        .isEqualTo("pause, 0.5 s later kill, mended after 2.5 s, the second first");
  }

  private static List<Plan> plans(long seed, int nodes, boolean isDatabaseOurs) {
    var walk = new Walk(seed, nodes, Walk.steps(FaultsTest.database(isDatabaseOurs)));
    return IntStream.range(0, ROUNDS).mapToObj(it -> walk.next()).toList();
  }
}
