package io.holdfast.system;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.holdfast.testing.RawClient;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;

/** What tests ask of an answer. */
final class HttpAnswers {
  private static final String PROBLEMS = "https://holdfast.dev/problems/";

  private HttpAnswers() {}

  /** The first line of a field; empty when there is none. */
  static String field(HttpResponse<?> response, String name) {
    return response.headers().firstValue(name).orElse("");
  }

  /** A problem of that type, which README explains. */
  static void assertProblem(HttpResponse<String> response, int status, String type) {
    assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
    assertProblem(field(response, "Content-Type"), response.body(), status, type);
  }

  /** The same of an answer whose request was sent as bytes. */
  static void assertProblem(RawClient.Response response, int status, String type) {
    assertThat(response.status()).as(response.content()).isEqualTo(status);
    assertProblem(response.field("Content-Type").orElse(""), response.content(), status, type);
  }

  private static void assertProblem(String mediaType, String content, int status, String type) {
    assertThat(mediaType).isEqualTo("application/problem+json");
    try {
      JsonNode problem = new ObjectMapper().readTree(content);
      assertThat(problem.path("type").asText()).isEqualTo(PROBLEMS + type);
      assertThat(problem.path("status").asInt()).isEqualTo(status);
      assertThat(problem.path("title").asText()).isNotEmpty();
      assertThat(problem.path("detail").asText()).isNotEmpty();
      assertThat(Files.readString(Path.of("README.md")))
          .contains("| `%s` | %d | ".formatted(type, status));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
