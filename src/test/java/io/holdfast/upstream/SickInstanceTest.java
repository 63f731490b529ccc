package io.holdfast.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.testing.Services;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Three nodes before three instances one of which is sick, in simulated time. */
class SickInstanceTest {
  private static final String SICK = "10.0.0.1:80";
  private static final long SECOND = 1_000_000_000;
  private static final long FIRST_BYTE = 3 * SECOND;
  private static final long LOOK_EVERY = SECOND / 100;
  private static final long TELL_EVERY = SECOND / 5;

  private record Event(long at, Runnable what) {}

  /** How the sick one answers. */
  private enum Trouble {
    NONE,
    HANGS,
    FAILS
  }

  private static final class World {
    final PriorityQueue<Event> events = new PriorityQueue<>(Comparator.comparingLong(Event::at));
    final List<Upstream> nodes = new ArrayList<>();
    final List<Long> arrivals = new ArrayList<>(); // at the sick one
    final Random random;
    final double latencyMillis;
    final boolean repeatable;
    Trouble trouble = Trouble.NONE;
    Optional<Upstream> troubleAt = Optional.empty(); // of no node: at all
    boolean allAreSick;
    int requests;
    int answered;
    int failed;
    int late;
    long now;

    World(long seed, double latencyMillis, boolean repeatable, String settings) {
      random = new Random(seed);
      this.latencyMillis = latencyMillis;
      this.repeatable = repeatable;
      for (int i = 0; i < 3; i++) {
        nodes.add(upstream(settings));
        int node = i;
        at(i * TELL_EVERY / 3, () -> tell(node));
      }
    }

    private Upstream upstream(String settings) {
      var all =
          Services.settings(
              ("upstreams.s { instances = [\"http://%s\", \"http://10.0.0.2:80\","
                      + " \"http://10.0.0.3:80\"], concurrency.mode = off\n%s }\n"
                      + "routes.s { path = \"/\", upstream = s }")
                  .formatted(SICK, settings));
      return new Upstream(all.upstreams().get(0), new SplittableRandom(random.nextLong()), 0);
    }

    boolean isSick(String name) {
      return allAreSick || name.equals(SICK);
    }

    boolean hasTrouble(Upstream node) {
      return troubleAt.isEmpty() || troubleAt.get() == node;
    }

    void at(long time, Runnable what) {
      events.add(new Event(time, what));
    }

    void runUntil(double seconds) {
      long end = (long) (seconds * SECOND);
      while (events.peek().at() <= end) {
        var event = events.remove();
        now = event.at();
        event.what().run();
      }
      now = end;
    }

    /** As the stewards do; the first node is the steward. */
    private void tell(int node) {
      var self = nodes.get(node);
      var names = List.copyOf(new TreeSet<>(Set.of("0", "1", "2")));
      var others = new ArrayList<ServiceReport>();
      for (int i = 0; i < nodes.size(); i++) {
        if (i != node) {
          others.add(reports[i] == null ? nodes.get(i).report(now) : reports[i]);
        }
      }
      self.heard(others, node == 0, new Circuit.Neighbours("" + node, names), now);
      if (node == 0) {
        var verdict = self.verdict(now);
        at(now + SECOND / 100, () -> nodes.subList(1, 3).forEach(it -> it.ruled(verdict, now)));
      }
      reports[node] = self.report(now);
      at(now + TELL_EVERY, () -> tell(node));
    }

    private final ServiceReport[] reports = new ServiceReport[3];

    void load(double perSecond) {
      new Request(this, nodes.get(requests++ % 3)).attempt();
      at(now + (long) (SECOND / perSecond), () -> load(perSecond));
    }
  }

  private static final class Request {
    private final World world;
    private final Upstream node;
    private final Set<Instance> tried = new HashSet<>();
    private final long since;

    Request(World world, Upstream node) {
      this.world = world;
      this.node = node;
      this.since = world.now;
    }

    void attempt() {
      var begun = node.begin(tried, "", world.repeatable, world.now).call();
      if (begun.isEmpty()) {
        world.failed++;
        return;
      }
      var call = begun.get();
      tried.add(call.instance());
      boolean isSick = world.isSick(call.instance().name());
      if (isSick) {
        world.arrivals.add(world.now);
      }
      double noise = 0.9 + 0.2 * world.random.nextDouble();
      long answers = world.now + (long) (world.latencyMillis * noise * 1e6);
      var trouble = isSick && world.hasTrouble(node) ? world.trouble : Trouble.NONE;
      if (trouble == Trouble.HANGS) {
        wait(call, world.now);
      } else if (trouble == Trouble.FAILS) {
        world.at(answers, () -> end(call, CallEnding.FAILED));
      } else {
        world.at(answers, () -> end(call, CallEnding.ANSWERED));
      }
    }

    private void wait(Upstream.Call call, long begun) {
      node.look(call, world.now);
      if (world.now - begun >= FIRST_BYTE) {
        end(call, CallEnding.TIMED_OUT);
      } else {
        world.at(world.now + LOOK_EVERY, () -> wait(call, begun));
      }
    }

    private void end(Upstream.Call call, CallEnding ending) {
      node.answered(call, ending, world.now);
      node.over(call);
      if (!ending.isFailure()) {
        world.answered++;
        world.late += world.now - since > SECOND ? 1 : 0;
      } else if (world.repeatable && tried.size() <= 2) {
        attempt();
      } else {
        world.failed++;
      }
    }
  }

  static Stream<long[]> seedsRatesAndLatencies() {
    return LongStream.range(0, 36)
        .mapToObj(
            seed ->
                new long[] {
                  seed, new long[] {60, 200, 600}[(int) seed % 3], 1 + 15 * (seed / 3 % 3)
                });
  }

  /**
   * From when it has been silent for as long as a slow call takes (2.5 s), and the word of that has
   * gone round, one call at a time tries it out, from whichever node, and after each in vain it is
   * left alone for 5, 10, 20 s.
   */
  @ParameterizedTest
  @MethodSource("seedsRatesAndLatencies")
  void whatHangsGetsOneProbeAtATimeFromAllNodesTogether(long[] seedRateAndLatency) {
    var world = new World(seedRateAndLatency[0], seedRateAndLatency[2], true, "");
    world.load(seedRateAndLatency[1]);
    world.runUntil(10);
    assertThat(world.arrivals).as("it was asked like the others").hasSizeGreaterThan(100);
    world.trouble = Trouble.HANGS;
    world.runUntil(13.5);
    world.arrivals.clear();
    int before = world.requests;
    world.late = 0;
    world.runUntil(60);
    for (int i = 1; i < world.arrivals.size(); i++) {
      assertThat(world.arrivals.get(i) - world.arrivals.get(i - 1))
          .as("probes: %s", world.arrivals)
          .isGreaterThan(FIRST_BYTE + (5L << i) * SECOND - SECOND / 10);
    }
    assertThat(world.arrivals).hasSizeBetween(2, 3);
    assertThat(world.failed).isZero();
    assertThat(world.late).isLessThan((world.requests - before) / 100);
  }

  /** Also with a breaker instead, and with requests which no other instance may be given. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void whatIsWellAgainIsFoundOutWhileOthersAnswer(boolean repeatable) {
    for (var settings : List.of("", "ejection.share-max = 0%")) {
      var world = new World(7, 5, repeatable, settings);
      world.load(200);
      world.runUntil(5);
      world.trouble = Trouble.FAILS;
      world.runUntil(10);
      int failed = world.failed;
      world.runUntil(14);
      assertThat(world.failed - failed).as("what fails is left alone").isLessThan(20);
      world.trouble = Trouble.NONE;
      world.runUntil(45);
      world.arrivals.clear();
      world.runUntil(50);
      assertThat(world.arrivals).as("a third of 1000: " + settings).hasSizeBetween(200, 450);
    }
  }

  /** A network that fails one node is no reason for the others. */
  @Test
  void whatOneNodeAloneSeesItAloneLeavesOut() {
    var world = new World(1, 5, true, "");
    world.load(200);
    world.runUntil(3);
    var third = world.nodes.get(2);
    world.troubleAt = Optional.of(third);
    world.trouble = Trouble.FAILS;
    world.runUntil(30);
    var seen = world.nodes.stream().map(it -> it.view(world.now).instances().get(0)).toList();
    assertThat(seen.get(2).ejections()).isPositive();
    assertThat(seen.get(2).reason()).isEqualTo("consecutive-failures");
    for (var other : seen.subList(0, 2)) {
      assertThat(other.state()).isEqualTo("in-use");
      assertThat(other.breaker()).isEqualTo("closed");
      assertThat(other.ejections()).isZero();
    }
  }

  /** Whichever was left out, and when each of them and the service as a whole is due. */
  @ParameterizedTest
  @MethodSource("seedsRatesAndLatencies")
  void whenAllHaveFailedAndAreWellAgainTheyAnswerSoon(long[] seedRateAndLatency) {
    long seed = seedRateAndLatency[0];
    var world = new World(seed, seedRateAndLatency[2], true, "");
    world.load(seedRateAndLatency[1]);
    world.runUntil(5);
    world.allAreSick = true;
    world.trouble = Trouble.FAILS;
    world.runUntil(15);
    world.arrivals.clear();
    world.runUntil(20 + seed / 12.0);
    assertThat(world.arrivals).as("probes, which may be repeated").hasSizeLessThan(40);
    world.trouble = Trouble.NONE;
    world.answered = 0;
    double healed = world.now / 1e9;
    world.runUntil(healed + 3);
    assertThat(world.answered).isPositive();
    world.runUntil(healed + 6);
    int failed = world.failed;
    world.runUntil(healed + 10);
    assertThat(world.failed - failed).isZero();
  }

  /** It is spared only while others can be asked. */
  @Test
  void whoComesBackTakesAllWhenTheOthersGo() {
    var world = new World(3, 5, true, "");
    world.load(200);
    world.runUntil(5);
    world.trouble = Trouble.FAILS;
    world.runUntil(12);
    world.trouble = Trouble.NONE;
    var steward = world.nodes.get(0);
    while (!steward.view(world.now).instances().get(0).breaker().equals("ramp")) {
      world.runUntil(world.now / 1e9 + 0.1);
    }
    world.runUntil(world.now / 1e9 + 0.3); // all know it
    for (var other : List.of("10.0.0.2:80", "10.0.0.3:80")) {
      world.nodes.forEach(
          it -> it.obey(new Order("s", other, Order.Word.DRAIN, 1, "n1"), world.now));
    }
    int failed = world.failed;
    world.runUntil(world.now / 1e9 + 1);
    assertThat(world.failed - failed).isZero();
  }
}
