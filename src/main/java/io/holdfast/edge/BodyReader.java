package io.holdfast.edge;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeoutException;
import org.apache.pekko.http.javadsl.model.HttpEntity;
import org.apache.pekko.http.javadsl.model.RequestEntity;
import org.apache.pekko.http.scaladsl.model.EntityStreamSizeException;
import org.apache.pekko.stream.Materializer;

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
    return entity
        .withSizeLimit(bytesMax)
        .toStrict(patience.toMillis(), bytesMax, materializer)
        .handle((strict, failure) -> failure == null ? whole(strict) : broken(failure));
  }

  private static Body whole(HttpEntity.Strict strict) {
    return new Body.Whole(strict.getData().toArray());
  }

  private static Body broken(Throwable failure) {
    for (var cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof EntityStreamSizeException) {
        return new Body.TooLarge();
      }
      if (cause instanceof TimeoutException) {
        return new Body.Late();
      }
    }
    return new Body.Broken();
  }
}
