package io.holdfast.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.Arrays;
import java.util.stream.Collectors;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** RFC 9457. */
class ProblemTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  @Test
  void section3HasItsMembers() {
    assertThat(Problem.of(ProblemType.GONE, "It \"was\" here").withInstance("/docs/a").toJson())
        .isEqualTo(
            "{\"type\":\"https://holdfast.dev/problems/gone\",\"title\":\"Gone\",\"status\":410,"
                + "\"detail\":\"It \\\"was\\\" here\",\"instance\":\"/docs/a\"}");
  }

  @Test
  void theNamesAreThoseOfTheInterface() {
    assertThat(
            Arrays.stream(ProblemType.values())
                .map(ProblemType::typeName)
                .sorted()
                .collect(Collectors.joining(" ")))
        .isEqualTo(
            "bad-request breaker-open conflict content-too-large database-unavailable forbidden gone"
                + " header-too-large http-version-not-supported idempotency-key-missing"
                + " idempotency-key-reused internal invalid-json loop method-not-allowed no-instance"
                + " not-acceptable not-found not-implemented outcome-unknown owner-unavailable"
                + " precondition-failed precondition-required request-timeout shed too-many-requests"
                + " unauthorized unprocessable-patch unsupported-media-type upstream-failed"
                + " upstream-timeout uri-too-long");
  }

  @ParameterizedTest
  @EnumSource
  void everyTypeIsAnErrorWithATitle(ProblemType type) {
    assertThat(type.status()).isBetween(400, 599);
    assertThat(type.title()).isNotBlank();
    assertThat(type.uri()).matches("https://holdfast\\.dev/problems/[a-z0-9-]+");
  }

  @Property
  void anyTextComesThrough(@ForAll String detail, @ForAll String path) throws IOException {
    var json = Problem.of(ProblemType.BAD_REQUEST, detail).withInstance(path).toJson();
    var read = JSON.readTree(json);
    assertThat(read.get("detail").textValue()).isEqualTo(detail);
    assertThat(read.get("instance").textValue()).isEqualTo(path);
    assertThat(json).doesNotContain("\n", "\r");
  }
}
