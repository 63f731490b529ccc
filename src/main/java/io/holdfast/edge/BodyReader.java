package io.holdfast.edge;

import java.io.ByteArrayOutputStream;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.apache.pekko.http.javadsl.model.HttpEntity;
import org.apache.pekko.http.javadsl.model.RequestEntity;
import org.apache.pekko.stream.Materializer;
import org.apache.pekko.stream.javadsl.Sink;
import org.apache.pekko.util.ByteString;

/**
 * Reads a request's content whole, up to a limit, and no further.
 *
 * @param patience for all of the content, however slowly it comes; for content that stands still
 *     the sockets' own idle limit may come first
 */
record BodyReader(Materializer materializer, Duration patience) {
  /** What became of the content. */
  sealed interface Body {
    record Whole(byte[] content) implements Body {}

    /** More than the limit, by its length or by what has arrived. */
    record TooLarge() implements Body {}

    /** It was not whole when patience ended. */
    record Late() implements Body {}

    /** The client went away, or its framing broke. */
    record Broken() implements Body {}
  }

  CompletionStage<Body> read(RequestEntity entity, int bytesMax) {
    if (entity instanceof HttpEntity.Strict strict) {
      var data = strict.getData();
      return CompletableFuture.completedFuture(
          data.size() > bytesMax ? new Body.TooLarge() : new Body.Whole(data.toArray()));
    }
    var length = entity.getContentLengthOption();
    if (length.isPresent() && length.getAsLong() > bytesMax) {
      entity.discardBytes(materializer);
      return CompletableFuture.completedFuture(new Body.TooLarge());
    }
    return new Collecting(bytesMax).of(entity);
  }

  /**
   * Content that comes piece by piece. What is not wanted any more is dropped as it comes: to
   * cancel it would end the connection before the answer that says why.
   */
  private final class Collecting {
    private final int bytesMax;
    private final CompletableFuture<Body> body = new CompletableFuture<>();
    private final ByteArrayOutputStream collected = new ByteArrayOutputStream();

    Collecting(int bytesMax) {
      this.bytesMax = bytesMax;
    }

    CompletionStage<Body> of(RequestEntity entity) {
      entity
          .withoutSizeLimit()
          .getDataBytes()
          .runWith(Sink.foreach(this::add), materializer)
          .whenComplete((done, failure) -> end(failure));
      return body.completeOnTimeout(new Body.Late(), patience.toMillis(), TimeUnit.MILLISECONDS);
    }

    private void add(ByteString piece) {
      if (body.isDone()) {
        return;
      }
      if (piece.size() > bytesMax - collected.size()) {
        body.complete(new Body.TooLarge());
      } else {
        collected.writeBytes(piece.toArrayUnsafe());
      }
    }

    private void end(Throwable failure) {
      body.complete(failure == null ? new Body.Whole(collected.toByteArray()) : new Body.Broken());
    }
  }
}
