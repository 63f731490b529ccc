package io.holdfast.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpResponse;

/** What tests ask of an answer. */
final class HttpAnswers {
  private HttpAnswers() {}

  /** The first line of a field; empty when there is none. */
  static String field(HttpResponse<?> response, String name) {
    return response.headers().firstValue(name).orElse("");
  }

  static void assertProblem(HttpResponse<String> response, int status, String type) {
    assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
    assertThat(field(response, "Content-Type")).isEqualTo("application/problem+json");
    assertThat(response.body()).contains("\"https://holdfast.dev/problems/" + type + "\"");
  }
}
