package io.holdfast.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.holdfast.testing.NodeProcesses;
import io.holdfast.testing.Origin;
import io.holdfast.testing.Services;
import io.holdfast.testing.TestDatabase;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Requests that three real nodes accept and carry out later. */
@Timeout(180)
class OperationsTest {
  private static final Map<String, String> effects = new ConcurrentHashMap<>();
  private static Origin honouring;
  private static NodeProcesses nodes;

  @BeforeAll
  static void start() {
    honouring =
        Origin.start(
            (request, it) ->
                it.text(
                    201,
                    effects.computeIfAbsent(
                        request.field("Idempotency-Key").orElseThrow(),
                        key -> "made of " + request.content())));
    var properties = new ArrayList<>(Services.properties("honouring", honouring));
    properties.add("holdfast.upstreams.honouring.idempotency-key=honoured");
    properties.add("holdfast.routes.honouring.async.mode=allowed");
    nodes = NodeProcesses.start(3, TestDatabase.H2.fresh(), properties.toArray(String[]::new));
  }

  @AfterAll
  static void stop() {
    nodes.close();
    honouring.close();
  }

  @Test
  void whatIsAcceptedIsCarriedOutWithoutItsClient() {
    for (int i = 0; i < 30; i++) {
      var accepted =
          nodes.send(
              1 + i % 3, "POST", "/honouring/" + i, "content " + i, "Prefer", "respond-async");
      assertThat(accepted.statusCode()).isEqualTo(202);
      assertThat(accepted.headers().firstValue("Preference-Applied")).contains("respond-async");
      assertThat(accepted.headers().firstValue("Location").orElseThrow())
          .startsWith("/operations/");
    }
    await().atMost(Duration.ofSeconds(20)).until(() -> effects.size() >= 30);
    var waited = nodes.send(2, "POST", "/honouring/w", "waits", "Prefer", "respond-async, wait=10");
    assertThat(waited.statusCode()).isEqualTo(201);
    assertThat(waited.body()).isEqualTo("made of waits");
  }
}
