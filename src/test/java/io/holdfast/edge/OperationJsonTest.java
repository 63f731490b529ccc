package io.holdfast.edge;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.http.ProblemType;
import io.holdfast.operation.Operation;
import io.holdfast.operation.Operation.Result;
import io.holdfast.operation.Operation.State;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class OperationJsonTest {
  private static final Instant AT = Instant.parse("2026-01-02T03:04:05.600Z");

  private static Operation operation(
      State state,
      Optional<Instant> next,
      String error,
      Optional<ProblemType> problem,
      Optional<Result> result) {
    return new Operation(
        "o1", state, "r", "PUT", "/t?a=\"b\"", "", 7, 2, AT, AT, next, AT, error, problem, result);
  }

  @Test
  void whatIsAbsentIsLeftOut() {
    assertThat(
            OperationJson.of(
                operation(State.ACCEPTED, Optional.of(AT), "", Optional.empty(), Optional.empty())))
        .isEqualTo(
            """
            {"id":"o1","state":"accepted","route":"r","method":"PUT","target":"/t?a=\\"b\\"",\
            "attempts":2,"createdAt":"2026-01-02T03:04:05.600Z",\
            "updatedAt":"2026-01-02T03:04:05.600Z","nextAttemptAt":"2026-01-02T03:04:05.600Z",\
            "deadline":"2026-01-02T03:04:05.600Z"}""");
  }

  @Test
  void aFailedOneHasItsProblemAndItsLastAnswer() {
    assertThat(
            OperationJson.of(
                operation(
                    State.FAILED,
                    Optional.empty(),
                    "a\nb",
                    Optional.of(ProblemType.UPSTREAM_TIMEOUT),
                    Optional.of(new Result(504, 3)))))
        .endsWith(
            """
            "deadline":"2026-01-02T03:04:05.600Z","lastError":"a\\u000ab",\
            "problem":{"type":"https://holdfast.dev/problems/upstream-timeout",\
            "title":"Upstream timeout","status":504,"detail":"a\\u000ab"},\
            "result":{"status":504,"contentLength":3}}""");
  }

  @Test
  void anAnswerOfOneThatIsTriedAgainIsNoResult() {
    assertThat(
            OperationJson.of(
                operation(
                    State.RUNNING,
                    Optional.of(AT),
                    "",
                    Optional.empty(),
                    Optional.of(new Result(503, 0)))))
        .doesNotContain("result");
  }
}
