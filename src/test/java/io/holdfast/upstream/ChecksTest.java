package io.holdfast.upstream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.holdfast.testing.Origin;
import io.holdfast.testing.Services;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class ChecksTest {

  /** Neither does it go on for ever, nor is the instance taken for well. */
  @Test
  void aCheckWhoseAnswerHasNoEndFailsInTime() {
    try (var endless =
        Origin.start(
            (request, it) -> {
              it.send("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nand then nothing");
              it.hang();
            })) {
      var settings =
          Services.settings(
              ("upstreams.s { instances = [\"%s\"], health { path = \"/up\", timeout = 200ms } }\n"
                      + "routes.s { path = \"/\", upstream = s }")
                  .formatted(endless.url()));
      List<Boolean> outcomes = new CopyOnWriteArrayList<>();
      new Checks((service, instance, succeeded) -> outcomes.add(succeeded))
          .due(settings.upstreams().get(0), 0);
      await().atMost(Duration.ofSeconds(5)).until(() -> !outcomes.isEmpty());
      assertThat(outcomes).containsExactly(false);
      await()
          .atMost(Duration.ofSeconds(5))
          .untilAsserted(() -> assertThat(endless.connections()).as("left open").isZero());
    }
  }
}
