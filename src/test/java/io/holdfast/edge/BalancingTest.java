package io.holdfast.edge;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.testing.Origin;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.ToIntFunction;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Whom requests go to, on real sockets. What an instance deserves is reckoned from how long its
 * answers really took, for a machine that has other things to do adds to that.
 */
@Timeout(120)
class BalancingTest {
  private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

  @RegisterExtension static final ServiceKit services = new ServiceKit();

  private final HttpClient client =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private final long begun = System.nanoTime();

  private record Answered(int second, String instance, double nanos) {}

  /** Three instances, each of which answers with its number after so many milliseconds. */
  private Origin[] instances(int atOnce, ToIntFunction<Integer> millis) {
    return IntStream.range(0, 3)
        .mapToObj(
            i -> {
              var room = new Semaphore(atOnce, true);
              return services.origin(
                  (request, it) -> {
                    room.acquire();
                    LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(millis.applyAsInt(i)));
                    room.release();
                    it.text(200, "" + i);
                  });
            })
        .toArray(Origin[]::new);
  }

  /** From 10 to 40 ms, another each second. */
  private int drifting(int instance) {
    return 10 + new Random(instance * 1000L + second()).nextInt(31);
  }

  private int second() {
    return (int) ((System.nanoTime() - begun) / SECOND);
  }

  private List<CompletableFuture<Answered>> load(
      int perSecond, int seconds, ForwardingFixture... to) {
    var sent = new ArrayList<CompletableFuture<Answered>>();
    long first = System.nanoTime();
    for (int i = 0; i < perSecond * seconds; i++) {
      long due = first + i * SECOND / perSecond;
      while (System.nanoTime() - due < 0) {
        LockSupport.parkNanos(due - System.nanoTime());
      }
      for (var port : to) {
        sent.add(ask(port));
      }
    }
    return sent;
  }

  private CompletableFuture<Answered> ask(ForwardingFixture port) {
    int second = second();
    long asked = System.nanoTime();
    var url = URI.create("http://127.0.0.1:" + port.server.address().getPort() + "/s");
    return client
        .sendAsync(HttpRequest.newBuilder(url).build(), HttpResponse.BodyHandlers.ofString())
        .thenApply(it -> new Answered(second, it.body(), System.nanoTime() - asked));
  }

  private static List<Answered> answers(List<CompletableFuture<Answered>> sent) {
    return sent.stream().map(CompletableFuture::join).toList();
  }

  private static double mean(List<Answered> answers, int second, int instance) {
    return answers.stream()
        .filter(it -> it.second() == second && it.instance().equals("" + instance))
        .mapToDouble(Answered::nanos)
        .average()
        .orElse(40e6);
  }

  /** The share of each, against what it deserves. */
  private static double[] sharesAgainstIdeal(List<Answered> answers) {
    var ideal = new double[3];
    for (int second : answers.stream().map(Answered::second).distinct().toList()) {
      var speeds = IntStream.range(0, 3).mapToDouble(i -> 1 / mean(answers, second, i)).toArray();
      long all = answers.stream().filter(it -> it.second() == second).count();
      for (int i = 0; i < 3; i++) {
        ideal[i] += all * speeds[i] / (speeds[0] + speeds[1] + speeds[2]);
      }
    }
    return IntStream.range(0, 3)
        .mapToDouble(
            i -> answers.stream().filter(it -> it.instance().equals("" + i)).count() / ideal[i])
        .toArray();
  }

  private static void assertThatEachGetsWhatItDeserves(List<Answered> answers) {
    for (double share : sharesAgainstIdeal(answers)) {
      assertThat(share).isBetween(0.85, 1.15);
    }
  }

  @Test
  void anInstanceThatIsTwiceAsSlowGetsAboutHalf() throws Exception {
    var port = services.to("concurrency.mode = off", instances(1000, i -> i == 0 ? 40 : 20));
    load(100, 1, port);

    var answers = answers(load(150, 5, port));

    assertThatEachGetsWhatItDeserves(answers);
    long slow = answers.stream().filter(it -> it.instance().equals("0")).count();
    assertThat((double) slow / answers.size()).as("a fifth").isBetween(0.16, 0.25);
  }

  @Test
  void instancesThatDriftGetRequestsInverselyToTheirLatency() throws Exception {
    var port = services.to("concurrency.mode = off", instances(1000, this::drifting));
    assertThatEachGetsWhatItDeserves(answers(load(150, 15, port)));
  }

  /** Each does two requests at once, so that one of 40 ms cannot do a third of 180 a second. */
  @Test
  void theSlowestAnswersComeSoonerThanInTurn() throws Exception {
    var fast = services.to("concurrency.mode = off", instances(2, this::drifting));
    var inTurn =
        services.to("balance = round-robin, concurrency.mode = off", instances(2, this::drifting));
    var sent = load(180, 10, fast, inTurn);
    var leastRequests = new ArrayList<Answered>();
    var others = new ArrayList<Answered>();
    for (int i = 0; i < sent.size(); i++) {
      (i % 2 == 0 ? leastRequests : others).add(sent.get(i).join());
    }
    assertThat(p99(leastRequests)).isLessThan(p99(others));
  }

  private static double p99(List<Answered> answers) {
    return answers.stream()
        .mapToDouble(Answered::nanos)
        .sorted()
        .skip((long) (answers.size() * 0.99))
        .findFirst()
        .orElseThrow();
  }
}
