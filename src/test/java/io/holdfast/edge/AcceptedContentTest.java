package io.holdfast.edge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.holdfast.operation.Operation;
import io.holdfast.testing.OperationsDatabase;
import io.holdfast.testing.RawClient;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is written down needs no room here, however long its client waits for the result. */
@Timeout(60)
class AcceptedContentTest {
  private static final ActorTestKit KIT = ActorTestKit.create();
  private static final String CONTENT = "\"" + "x".repeat(900) + "\"";

  private final OperationsDatabase database = new OperationsDatabase();
  private final OperationsFixture node = new OperationsFixture(KIT, database);

  @AfterEach
  void close() {
    node.close();
    database.close();
  }

  @AfterAll
  static void stop() {
    KIT.shutdownTestKit();
  }

  private List<Operation> accepted() throws Exception {
    return node.operations
        .list(Optional.empty(), Optional.empty(), Optional.empty(), 10)
        .toCompletableFuture()
        .get();
  }

  private boolean isAllTheRoomFree() {
    var all = node.budget.reserve(OperationsFixture.CONTENT_MAX);
    all.ifPresent(node.budget::release);
    return all.isPresent();
  }

  @ParameterizedTest
  @CsvSource({
    "POST, /later/a, X: y",
    "POST, /later/a, Idempotency-Key: k",
    "PUT, /docs/a, Content-Type: application/json",
    "POST, /docs, Content-Type: application/json"
  })
  void isHeldByNobodyWhileTheClientWaits(String method, String target, String field)
      throws Exception {
    try (var client = RawClient.connect(node.server.address())) {
      client.send(
          "%s %s HTTP/1.1\r\nHost: a\r\nPrefer: wait=30\r\n%s\r\nContent-Length: %d\r\n\r\n%s"
              .formatted(method, target, field, CONTENT.length(), CONTENT));
      await().until(() -> node.watching() == 1);
      await().until(this::isAllTheRoomFree);
      assertThat(node.watching()).isEqualTo(1);
      var one = accepted().get(0);
      node.operations.cancel(one.id(), OptionalLong.empty()).toCompletableFuture().get();
      var answer = client.read();
      assertThat(answer.status()).isEqualTo(202);
      assertThat(answer.content()).contains(one.id(), "cancelled");
      assertThat(node.watching()).isZero();
    }
  }
}
