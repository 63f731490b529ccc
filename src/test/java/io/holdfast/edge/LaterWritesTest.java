package io.holdfast.edge;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.http.FieldLine;
import io.holdfast.upstream.StoredAnswer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.apache.pekko.http.javadsl.model.headers.Date;
import org.junit.jupiter.api.Test;

class LaterWritesTest {
  /** Pekko ignores a date that is no field of its model, and logs a warning for each. */
  @Test
  void theDateOfAnAnswerIsOneToTheHttpModel() {
    var answer =
        new StoredAnswer(
            202,
            "Accepted",
            List.of(
                new FieldLine("Date", "Sat, 28 Nov 2026 04:54:07 GMT"),
                new FieldLine("Content-Type", "application/json"),
                new FieldLine("Location", "/operations/a")),
            "{}".getBytes(StandardCharsets.UTF_8));
    var response = LaterWrites.response(answer);
    assertThat(response.getHeader(Date.class).orElseThrow().date().toString())
        .startsWith("2026-11-28T04:54:07");
    assertThat(response.getHeader("Location").orElseThrow().value()).isEqualTo("/operations/a");
    assertThat(response.status().intValue()).isEqualTo(202);
  }
}
