package io.holdfast.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.testing.Services;
import io.holdfast.upstream.Upstream.Call;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.ToDoubleBiFunction;
import org.junit.jupiter.api.Test;

/** Whom calls go to, in simulated time: three instances, calls at random moments. */
class BalanceTest {
  private static final String[] NAMES = {"10.0.0.1:80", "10.0.0.2:80", "10.0.0.3:80"};

  private static Upstream upstream(String settings) {
    var all =
        Services.settings(
            ("upstreams.s { instances = [\"http://%s\", \"http://%s\", \"http://%s\"]\n"
                    + "concurrency.mode = off\n%s }\nroutes.s { path = \"/\", upstream = s }")
                .formatted(NAMES[0], NAMES[1], NAMES[2], settings));
    return new Upstream(all.upstreams().get(0), new SplittableRandom(7), 0);
  }

  private record Ending(long at, Call call, boolean failed) {}

  /** What a run showed. */
  private record Seen(Map<String, Integer> calls, List<Double> latencies) {
    double share(int instance) {
      int all = calls.values().stream().mapToInt(it -> it).sum();
      return (double) calls.getOrDefault(NAMES[instance], 0) / all;
    }

    double p99() {
      return latencies.stream().sorted().skip((long) (latencies.size() * 0.99)).findFirst().get();
    }
  }

  /**
   * @param latencyMillis of an instance, at a time in seconds
   */
  private static Seen run(
      Upstream upstream,
      double seconds,
      double perSecond,
      ToDoubleBiFunction<Integer, Double> latencyMillis) {
    var random = new Random(11);
    var running = new PriorityQueue<Ending>(Comparator.comparingLong(Ending::at));
    var seen = new Seen(new HashMap<>(), new ArrayList<>());
    double at = 0;
    while (at < seconds) {
      at += -Math.log(1 - random.nextDouble()) / perSecond;
      long now = (long) (at * 1e9);
      while (!running.isEmpty() && running.peek().at() <= now) {
        var ending = running.remove();
        upstream.answered(
            ending.call(), ending.failed() ? CallEnding.FAILED : CallEnding.ANSWERED, ending.at());
        upstream.over(ending.call());
      }
      var call = upstream.begin(Set.of(), "", true, now).call().orElseThrow();
      var name = call.instance().name();
      int instance = List.of(NAMES).indexOf(name);
      double noise = 0.9 + 0.2 * random.nextDouble();
      double millis = latencyMillis.applyAsDouble(instance, at) * noise;
      seen.calls().merge(name, 1, Integer::sum);
      seen.latencies().add(millis);
      running.add(new Ending(now + (long) (millis * 1e6), call, false));
    }
    return seen;
  }

  @Test
  void anInstanceThatIsTwiceAsSlowGetsAboutHalf() {
    for (double rate : new double[] {20, 200, 2000}) {
      double seconds = Math.max(20, 4000 / rate); // with some hundred calls it would be luck
      var seen = run(upstream(""), seconds, rate, (instance, at) -> instance == 0 ? 20 : 10);
      assertThat(seen.share(0) / seen.share(1)).as("at " + rate).isBetween(0.4, 0.6);
    }
  }

  /** From 10 to 40 ms, another each second. */
  private static double drifting(int instance, double at) {
    return 10 + new Random(instance * 1000L + (long) at).nextInt(31);
  }

  @Test
  void instancesThatDriftGetCallsInverselyToTheirLatency() {
    var seen = run(upstream(""), 60, 300, BalanceTest::drifting);
    var ideal = new double[3];
    for (int second = 0; second < 60; second++) {
      double sum = 0;
      for (int i = 0; i < 3; i++) {
        sum += 1 / drifting(i, second);
      }
      for (int i = 0; i < 3; i++) {
        ideal[i] += 1 / drifting(i, second) / sum / 60;
      }
    }
    for (int i = 0; i < 3; i++) {
      assertThat(seen.share(i) / ideal[i]).as(NAMES[i]).isBetween(0.85, 1.15);
    }
    var inTurn = run(upstream("balance = round-robin"), 60, 300, BalanceTest::drifting);
    assertThat(mean(seen)).isLessThan(mean(inTurn));
    assertThat(seen.p99()).isLessThanOrEqualTo(inTurn.p99());
  }

  private static double mean(Seen seen) {
    return seen.latencies().stream().mapToDouble(it -> it).average().orElseThrow();
  }

  @Test
  void roundRobinGoesByWeight() {
    var weighted =
        Services.settings(
            "upstreams.s { instances = [{ url = \"http://10.0.0.1:80\", weight = 3 },"
                + " \"http://10.0.0.2:80\"], balance = round-robin, concurrency.mode = off }\n"
                + "routes.s { path = \"/\", upstream = s }");
    var upstream = new Upstream(weighted.upstreams().get(0), new SplittableRandom(7), 0);
    var order = new StringBuilder();
    for (int i = 0; i < 8; i++) {
      var call = upstream.begin(Set.of(), "", true, 0).call().orElseThrow();
      order.append(call.instance().name().charAt(7));
      upstream.over(call);
    }
    assertThat(order.toString()).isEqualTo("11211121");
  }

  @Test
  void theSameKeyGoesToTheSameInstanceUnlessThatIsTooBusy() {
    var upstream = upstream("balance = hash");
    var first = upstream.begin(Set.of(), "/a", true, 0).call().orElseThrow();
    upstream.over(first);
    for (int i = 0; i < 20; i++) {
      var again = upstream.begin(Set.of(), "/a", true, 0).call().orElseThrow();
      assertThat(again.instance()).isEqualTo(first.instance());
      upstream.over(again);
    }
    var names = new HashMap<String, Integer>();
    for (int i = 0; i < 30; i++) {
      var held = upstream.begin(Set.of(), "/a", true, 0).call().orElseThrow();
      names.merge(held.instance().name(), 1, Integer::sum);
    }
    assertThat(names).hasSize(3);
  }

  /** It takes calls and says nothing: after the first ones hardly any goes there. */
  @Test
  void anInstanceThatHangsIsAvoidedWhileItHangs() {
    var seen = run(upstream(""), 10, 200, (instance, at) -> instance == 1 ? 3000 : 5);
    assertThat(seen.share(1)).isLessThan(0.01);
  }

  @Test
  void whoComesBackGetsItsShareLittleByLittle() {
    var upstream = upstream("slow-start = 10s");
    upstream.obey(new Order("s", NAMES[2], Order.Word.DRAIN, 1, "n1"), 0);
    assertThat(run(upstream, 1, 300, (instance, at) -> 10).share(2)).isZero();
    upstream.obey(new Order("s", NAMES[2], Order.Word.RESTORE, 2, "n1"), 0);
    assertThat(run(upstream, 2, 300, (instance, at) -> 10).share(2)).isBetween(0.01, 0.15);
  }

  /** What streams for long has been answered: it says nothing about how fast answers begin. */
  @Test
  void anInstanceIsNotAvoidedForAnAnswerThatIsLong() {
    var upstream = upstream("");
    var streaming = upstream.begin(Set.of(), "", true, 0).call().orElseThrow();
    upstream.answered(streaming, CallEnding.ANSWERED, 10_000_000);
    int instance = List.of(NAMES).indexOf(streaming.instance().name());
    run(upstream, 60, 50, (it, at) -> 10);
    var seen = run(upstream, 120, 50, (it, at) -> 10);
    assertThat(seen.share(instance)).isGreaterThan(0.15);
  }
}
