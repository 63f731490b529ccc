package io.holdfast.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.holdfast.testing.NodeProcesses;
import io.holdfast.testing.TestDatabase;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Three processes started at the same instant on an empty database become one cluster. One round
 * here; the long form is {@code -Dholdfast.formation.rounds=50}.
 */
class FormationTest {
  private static final int ROUNDS = Integer.getInteger("holdfast.formation.rounds", 1);

  /** Within this processes form their cluster on a quiet machine, and a busy one is still at it. */
  private static final Duration UNFORMED = Duration.ofSeconds(8);

  private static final ObjectMapper JSON = new ObjectMapper();

  static Stream<Integer> rounds() {
    return IntStream.rangeClosed(1, ROUNDS).boxed();
  }

  @ParameterizedTest
  @MethodSource("rounds")
  void startedAtTheSameInstantTheyFormOneCluster(int round) {
    try (var nodes = NodeProcesses.start(3, TestDatabase.H2.fresh())) {
      assertOneCluster(nodes, List.of(1, 2, 3));
    }
  }

  @ParameterizedTest
  @MethodSource("rounds")
  void theyFormOneClusterThoughOneIsKilledMeanwhile(int round) {
    var random = new Random();
    long delay = random.nextLong(UNFORMED.toMillis());
    int victim = 1 + random.nextInt(3);
    var survivors = IntStream.rangeClosed(1, 3).filter(n -> n != victim).boxed().toList();
    try (var nodes = NodeProcesses.launch(3, TestDatabase.H2.fresh())) {
      CompletableFuture.runAsync(
              () -> nodes.kill(victim),
              CompletableFuture.delayedExecutor(delay, TimeUnit.MILLISECONDS))
          .join();
      try {
        nodes.awaitReady();
        assertOneCluster(nodes, survivors);
        nodes.start(victim);
        nodes.awaitReady();
        assertOneCluster(nodes, List.of(1, 2, 3));
      } catch (AssertionError | RuntimeException e) {
        throw new AssertionError(
            story(nodes, "n%d killed after %d ms".formatted(victim, delay)), e);
      }
    }
  }

  private static String story(NodeProcesses nodes, String what) {
    return IntStream.rangeClosed(1, 3)
        .mapToObj(n -> "---- n" + n + "\n" + nodes.logged(n))
        .collect(Collectors.joining("\n", what + "\n", ""));
  }

  /** All see the same members, nobody else, and what one has written the others read. */
  private static void assertOneCluster(NodeProcesses nodes, List<Integer> numbers) {
    await()
        .atMost(Duration.ofSeconds(20))
        .untilAsserted(
            () -> {
              var views = new TreeSet<String>();
              for (int number : numbers) {
                var members = members(nodes, number);
                assertThat(members).hasSize(numbers.size()).allMatch(it -> it.endsWith(" up"));
                views.add(members.toString());
              }
              assertThat(views).hasSize(1);
            });
    for (int writer : numbers) {
      var path = "/docs/of-" + writer;
      var written = nodes.put(writer, path, Integer.toString(writer));
      assertThat(written.statusCode()).as(written.body()).isIn(201, 204);
      for (int reader : numbers) {
        assertThat(nodes.get(reader, path).body()).isEqualTo(Integer.toString(writer));
      }
    }
  }

  private static Set<String> members(NodeProcesses nodes, int number)
      throws JsonProcessingException {
    var answer = nodes.send(nodes.admin(number, "/cluster"), "GET", null);
    var found = new TreeSet<String>();
    for (var member : JSON.readTree(answer.body()).path("members")) {
      found.add(member.path("address").asText() + " " + member.path("state").asText());
    }
    return found;
  }
}
