package io.holdfast.tools.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.tools.chaos.Operation.Kind;
import io.holdfast.tools.chaos.Operation.Phase;
import io.holdfast.tools.chaos.Operation.Request;
import io.holdfast.tools.chaos.Operation.Timing;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import net.jqwik.api.Assume;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

class HistoryCheckerPropertyTest {
  private static final Expectations ANY = new Expectations(List.of(), List.of(), List.of(), 0);
  private static final long AFTER_ALL = 1_000_000;

  @Property(tries = 3000)
  void believesEveryHistoryOfAnHonestStore(
      @ForAll long seed, @ForAll @IntRange(min = 1, max = 60) int requests) {
    assertThat(HistoryChecker.check(SimulatedStore.history(seed, requests), ANY)).isEmpty();
  }

  @Property(tries = 500)
  void findsAnAcknowledgedWriteThatTheEndDoesNotShow(@ForAll long seed) {
    var operations = new ArrayList<>(SimulatedStore.history(seed, 40));
    var sights = new DocumentHistory(operations).current();
    var versions = sights.stream().mapToLong(it -> it.version()).distinct().sorted().toArray();
    Assume.that(versions.length >= 2);
    var old = sights.stream().filter(it -> it.version() == versions[0]).findFirst().orElseThrow();
    operations.add(
        new Operation(
            new Request("k", Kind.GET, "", "", OptionalLong.empty(), 1, Phase.FINAL),
            new Timing(AFTER_ALL, AFTER_ALL, AFTER_ALL + 1),
            HistoryOf.shows(old.version(), old.value())));

    assertThat(HistoryChecker.check(operations, ANY))
        .extracting(Violation::kind)
        .contains(Violation.Kind.LOST_WRITE);
  }
}
