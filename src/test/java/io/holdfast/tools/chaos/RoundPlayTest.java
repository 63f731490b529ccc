package io.holdfast.tools.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.tools.chaos.Fault.Asked;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Three nodes of which the first is the oldest, and faults that only write down what they do. */
class RoundPlayTest {
  private final RunClock clock = new RunClock();
  private final Targets targets = new Targets(clock, List.of(1, 2, 3));
  private final Timeline timeline = new Timeline(clock, new PrintWriter(new StringWriter()));
  private final List<FakeAdmin> nodes =
      List.of(new FakeAdmin(1, "a"), new FakeAdmin(2, "a"), new FakeAdmin(3, "a"));
  private final Watch watch =
      new Watch(
              () -> nodes.stream().map(FakeAdmin::node).toList(),
              new ClusterPoll(""),
              clock,
              timeline,
              targets,
              new Watch.Pace(0.05, 0.1))
          .start();
  private final List<String> done = new ArrayList<>();

  @AfterEach
  void end() throws InterruptedException {
    watch.close();
    nodes.forEach(FakeAdmin::close);
  }

  @Test
  void takesTheOldestThenAnotherAndMendsThemAsPlanned() {
    var first = new RecordedFault("first", Victims.OLDEST, Asked.NEVER, done);
    var second = new RecordedFault("second", Victims.YOUNG, Asked.BESIDES, done);

    var episodes = play(first, second, true);

    int victim = episodes.get(1).victims().get(0);
    assertThat(victim).isIn(2, 3);
    assertThat(episodes.get(0).victims()).containsExactly(1);
    assertThat(done)
        .endsWith(
            "harm first[1]",
            "harm second[" + victim + "]",
            "mend second[" + victim + "]",
            "mend first[1]");
    assertThat(episodes).extracting(it -> it.fault().word()).containsExactly("first", "second");
    assertThat(episodes.get(0).harm().from()).isLessThan(episodes.get(1).harm().from());
    assertThat(targets.harmed())
        .extracting(Expectations.Harmed::node)
        .containsExactlyInAnyOrder(1, victim);
  }

  @Test
  void leavesANodeAloneBeforeItIsHarmed() {
    var fault = new RecordedFault("only", Victims.OLDEST, Asked.NEVER, done);
    long before = clock.now();

    var episodes = play(fault);

    assertThat(episodes.get(0).harm().from() - before)
        .isGreaterThanOrEqualTo(RunClock.nanos(RoundPlay.LEAVE_SECONDS));
    assertThat(targets.harmed().get(0).from()).isGreaterThanOrEqualTo(before);
  }

  @Test
  void goesOnAskingWhereThereIsNoReasonNotToServe() {
    play(new RecordedFault("only", Victims.ANY, Asked.ALWAYS, done));

    assertThat(targets.now()).containsExactly(1, 2, 3);
    assertThat(targets.harmed()).isEmpty();
  }

  private List<Episode> play(Fault fault) {
    var plan = new Plan(0, fault.word(), 0.1, Optional.empty());
    return roundPlay(fault).play(plan);
  }

  private List<Episode> play(Fault first, Fault second, boolean mendedFirst) {
    var then = new Plan.Second(second.word(), 0.1, mendedFirst);
    return roundPlay(first, second).play(new Plan(0, first.word(), 0.1, Optional.of(then)));
  }

  private RoundPlay roundPlay(Fault... faults) {
    var script = new ClusterScript(Path.of("absent"), Path.of("absent"), Map.of());
    var site = new Site(script, clock, timeline, targets, new Sender(clock, Map.of()));
    var stage = Stage.of(List.of(faults), FaultsTest.preparation());
    return new RoundPlay(site, stage, targets, watch, new Random(1));
  }
}
