package io.holdfast.edge;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.http.ProblemType;
import io.holdfast.operation.AttemptPolicy.Outcome;
import io.holdfast.operation.Attempts.Answer;
import io.holdfast.operation.Attempts.Ended;
import io.holdfast.operation.Message;
import io.holdfast.route.RouteAsync;
import io.holdfast.testing.Services;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What an answer about a document is for the operation that wanted it. */
class DocumentAttemptsTest {

  private static RouteAsync async(boolean truncated) {
    var settings =
        Services.settings(
            """
            documents.docs {}
            routes.d { path = "/docs", documents = docs,
              async { mode = allowed, result-max = 10B, result-truncated = %s } }
            """
                .formatted(truncated));
    return settings.routes().stream()
        .filter(it -> it.name().equals("d"))
        .findFirst()
        .orElseThrow()
        .async();
  }

  private static Ended ended(boolean truncated, int status, int length) {
    var message = new Message("", new byte[0], new byte[length]);
    return DocumentAttempts.ended(async(truncated), new Answer(status, message));
  }

  @ParameterizedTest
  @CsvSource({"201, 10, 10", "412, 0, 0", "500, 11, 10"})
  void anAnswerIsKeptAsFarAsTheRouteAllows(int status, int length, int kept) {
    var ended = ended(false, status, length);
    assertThat(ended.outcome()).isEqualTo(new Outcome.Answered(status, Optional.empty()));
    assertThat(ended.answer().orElseThrow().message().content()).hasSize(kept);
  }

  @ParameterizedTest
  @CsvSource({"200", "409"})
  void aResultThatIsTooLargeIsNoneUnlessItsBeginningWillDo(int status) {
    var refused = ended(false, status, 11);
    assertThat(refused.outcome()).isEqualTo(new Outcome.TooLarge(status));
    assertThat(refused.answer()).isEmpty();
    var cut = ended(true, status, 11);
    assertThat(cut.outcome()).isEqualTo(new Outcome.Answered(status, Optional.empty()));
    assertThat(cut.answer().orElseThrow().message().content()).hasSize(10);
  }

  /** No owner, no room, no database: then nothing was written, and it is no attempt. */
  @ParameterizedTest
  @CsvSource({"0", "300"})
  void whatCannotBeWrittenNowWasNotTried(int length) {
    var ended = ended(false, 503, length);
    assertThat(ended.outcome()).isInstanceOf(Outcome.NotTried.class);
    assertThat(ended.answer()).isEmpty();
  }

  /** It was, or will be, carried out by an earlier attempt, whose answer the next one gets. */
  @ParameterizedTest
  @CsvSource({"409, Retry-After: 1", "504, X: y"})
  void whatIsNotKnownYetIsNoAnswer(int status, String field) {
    var fields = (field + "\r\n").getBytes(StandardCharsets.ISO_8859_1);
    var answer = new Answer(status, new Message("", fields, new byte[0]));
    var ended = DocumentAttempts.ended(async(false), answer);
    var outcome = (Outcome.Unanswered) ended.outcome();
    assertThat(outcome.type()).isEqualTo(ProblemType.OUTCOME_UNKNOWN);
    assertThat(outcome.mayHaveBeenDone()).isTrue();
    assertThat(ended.answer()).isEmpty();
  }
}
