package io.holdfast.admin;

import io.holdfast.http.ProblemType;
import java.time.Duration;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import org.apache.pekko.http.javadsl.model.HttpRequest;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.apache.pekko.http.scaladsl.model.EntityStreamSizeException;
import org.apache.pekko.stream.Materializer;

/** The contents of requests to the operator's port: short ones, read as a whole. */
final class Contents {
  private static final Duration WAIT_MAX = Duration.ofSeconds(5);

  private Contents() {}

  /**
   * Answers by the content, or says why it cannot be read.
   *
   * @param bytesMax every content that can be meant is shorter
   */
  static CompletionStage<HttpResponse> of(
      HttpRequest request,
      int bytesMax,
      Materializer materializer,
      Function<byte[], CompletionStage<HttpResponse>> answer) {
    return request
        .entity()
        .withSizeLimit(bytesMax)
        .toStrict(WAIT_MAX.toMillis(), materializer)
        .handle(
            (content, failure) ->
                failure == null
                    ? answer.apply(content.getData().toArray())
                    : unreadable(failure, bytesMax))
        .thenCompose(Function.identity());
  }

  private static CompletionStage<HttpResponse> unreadable(Throwable failure, int bytesMax) {
    var cause = failure instanceof CompletionException ? failure.getCause() : failure;
    return cause instanceof EntityStreamSizeException
        ? AdminAnswers.problem(
            ProblemType.CONTENT_TOO_LARGE, "No content here needs more than " + bytesMax + " bytes")
        : AdminAnswers.problem(
            ProblemType.BAD_REQUEST,
            "The content did not come within " + WAIT_MAX.toSeconds() + " s");
  }
}
