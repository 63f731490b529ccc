package io.holdfast.tools.chaos;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Three nodes say how they are. */
class WatchTest {
  private static final double WELL_SECONDS = 0.5;
  private static final double LOOK_SECONDS = 0.05;

  private final RunClock clock = new RunClock();
  private final Targets targets = new Targets(clock, List.of(1, 2, 3));
  private final List<FakeAdmin> nodes =
      List.of(new FakeAdmin(1, "a"), new FakeAdmin(2, "a"), new FakeAdmin(3, "a"));
  private final Watch watch =
      new Watch(
          () -> nodes.stream().map(FakeAdmin::node).toList(),
          new ClusterPoll(""),
          clock,
          new Timeline(clock, new PrintWriter(new StringWriter())),
          targets,
          new Watch.Pace(LOOK_SECONDS, WELL_SECONDS));

  @BeforeEach
  void start() {
    watch.start();
    await().until(() -> watch.whole().isPresent());
  }

  @AfterEach
  void end() throws InterruptedException {
    watch.close();
    nodes.forEach(FakeAdmin::close);
  }

  @Test
  void seesSinceWhenAllIsWhole() {
    assertThat(watch.view().isAllUp()).isTrue();
    nodes.get(1).say("starting", "a");
    await().until(() -> watch.whole().isEmpty());
    long before = clock.now();
    nodes.get(1).say("up", "a");
    await().until(() -> watch.whole().isPresent());
    assertThat(watch.whole().getAsLong()).isGreaterThanOrEqualTo(before);
  }

  @Test
  void countsALiveNodeThatBeginsAnewAsWrittenOff() {
    nodes.get(1).say("up", "b");

    await().until(() -> !watch.downed().isEmpty());
    assertThat(watch.downed()).extracting(Watch.Downed::node).containsExactly(2);
  }

  @Test
  void countsNoneThatIsHarmedOrMoved() {
    targets.spare(List.of(2));
    targets.harm(List.of(2));
    targets.move(3, true);
    nodes.get(1).say("up", "b");
    nodes.get(2).say("draining", "b");

    await().until(() -> targets.now().equals(List.of(1)));
    targets.mend(List.of(2));
    await().until(() -> targets.now().contains(2));
    assertThat(watch.downed()).isEmpty();
  }

  @Test
  void asksANodeAgainOnlyWhenItIsWellForAWhile() {
    targets.spare(List.of(2));
    targets.harm(List.of(2));
    nodes.get(1).say("starting", "b");
    await().until(() -> !watch.view().isAllUp());
    targets.mend(List.of(2));
    long well = clock.now();
    nodes.get(1).say("up", "b");

    await().until(() -> targets.returning().isEmpty());
    assertThat(clock.now() - well).isGreaterThanOrEqualTo(RunClock.nanos(WELL_SECONDS));
    assertThat(targets.now()).containsExactly(1, 2, 3);
  }

  @Test
  void asksAMovedNodeAsSoonAsItSaysThatItIsReady() {
    targets.move(3, true);
    nodes.get(2).say("draining", "a");
    await().until(() -> targets.now().equals(List.of(1, 2)));
    nodes.get(2).say("up", "b");
    await().until(() -> targets.now().equals(List.of(1, 2, 3)));
  }
}
