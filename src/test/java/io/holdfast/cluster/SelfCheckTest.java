package io.holdfast.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.holdfast.database.DatabaseSettings;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Nodes in one process that ask themselves, with answers as a test wants them. */
class SelfCheckTest {
  private static final Duration SOON = Duration.ofSeconds(60);
  private static final Duration LONG = TestNode.SELF_CHECK.leaveAfter().multipliedBy(2);

  private final DatabaseSettings database = TestNode.freshDatabase();
  private final List<TestNode> nodes = new ArrayList<>();
  private final CountDownLatch over = new CountDownLatch(1);

  @AfterEach
  void endNodes() {
    over.countDown();
    nodes.parallelStream().forEach(TestNode::close);
  }

  private final class Service implements SelfCheck.Probe {
    volatile boolean hangs;
    volatile boolean fails;
    volatile Optional<String> wrong = Optional.empty();
    volatile boolean databaseAway;

    @Override
    public Optional<String> ask() throws IOException {
      if (hangs) {
        try {
          over.await();
        } catch (InterruptedException e) {
          throw new IOException(e);
        }
      }
      if (fails) {
        throw new IOException("connection refused");
      }
      return wrong;
    }

    @Override
    public boolean isDatabaseAway() {
      return databaseAway;
    }

    @Override
    public boolean hasDescriptors() {
      return true;
    }
  }

  private Service start() {
    var node = TestNode.start("n" + (nodes.size() + 1), database);
    nodes.add(node);
    await().atMost(SOON).until(() -> nodes.stream().allMatch(n -> n.upMembers() == nodes.size()));
    var service = new Service();
    node.checks(service);
    return service;
  }

  private void awaitServing(int count) {
    await()
        .atMost(SOON)
        .until(
            () ->
                nodes.get(0).registry.live().stream()
                        .filter(row -> row.serving().filter(t -> !t.isZero()).isPresent())
                        .count()
                    == count);
  }

  private void assertThatNobodyLeaves() {
    await()
        .during(LONG)
        .atMost(LONG.multipliedBy(2))
        .until(() -> nodes.stream().noneMatch(TestNode::isStartingAnew));
  }

  @Test
  void aNodeThatHangsLeavesWhileAnotherOneServesAndTheLastOneStays() {
    var one = start();
    var other = start();
    awaitServing(2);
    one.databaseAway = true;
    one.wrong = Optional.of("answered with 503");
    assertThatNobodyLeaves();
    assertThat(nodes.get(0).trouble()).as("of its own").isEmpty();

    one.databaseAway = false;
    one.hangs = true;
    await().atMost(SOON).until(nodes.get(0)::isStartingAnew);
    assertThat(nodes.get(0).departure()).isEqualTo(Departure.CANNOT_SERVE);
    assertThat(nodes.get(0).trouble()).isPresent();
    nodes.remove(0).close();
    await().atMost(SOON).until(() -> nodes.get(0).upMembers() == 1);

    other.wrong = Optional.of("answered with 503");
    await().atMost(SOON).until(() -> nodes.get(0).trouble().isPresent());
    assertThatNobodyLeaves();
    other.wrong = Optional.empty();
    await().atMost(SOON).until(() -> nodes.get(0).trouble().isEmpty());
  }

  @Test
  void whatAllNodesSufferFromMakesNobodyLeaveNotEvenWhenOneOfThemIsWellAgain() {
    var one = start();
    var other = start();
    awaitServing(2);
    one.hangs = true;
    other.fails = true;
    await().atMost(SOON).until(() -> nodes.stream().allMatch(n -> n.trouble().isPresent()));
    assertThatNobodyLeaves();

    other.fails = false;
    await().atMost(SOON).until(() -> nodes.get(1).trouble().isEmpty());
    assertThat(nodes).noneMatch(TestNode::isStartingAnew);
  }
}
