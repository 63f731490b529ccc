package io.holdfast.edge;

import io.holdfast.edge.Responses.Fields;
import io.holdfast.http.ProblemType;
import io.holdfast.resource.ChangeFeed;
import io.holdfast.resource.DocumentsSettings;
import io.holdfast.resource.FeedPosition;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.apache.pekko.http.javadsl.model.ContentType;
import org.apache.pekko.http.javadsl.model.HttpCharsets;
import org.apache.pekko.http.javadsl.model.HttpEntities;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.apache.pekko.http.javadsl.model.MediaTypes;
import org.apache.pekko.stream.javadsl.Source;
import org.apache.pekko.util.ByteString;

/** The changes of a collection as server-sent events (WHATWG HTML, section 9.2). */
final class CollectionStream {
  static final String TYPE = "text/event-stream";

  private static final ContentType EVENT_STREAM =
      MediaTypes.customWithFixedCharset(
              "text", "event-stream", HttpCharsets.UTF_8, new java.util.HashMap<>(), false)
          .toContentType();

  private final DocumentsSettings settings;
  private final DocumentHandler.Surroundings surroundings;
  private final EventText text = new EventText();

  CollectionStream(DocumentsSettings settings, DocumentHandler.Surroundings surroundings) {
    this.settings = settings;
    this.surroundings = surroundings;
  }

  CompletionStage<HttpResponse> watch(Target target) {
    target.request().discardEntityBytes(surroundings.bodies().materializer());
    var lastId = target.field("Last-Event-ID").filter(it -> !it.isEmpty());
    if (lastId.isPresent() && lastId.get().length() > FeedPosition.TEXT_MAX) {
      return Answers.now(gone(target));
    }
    var since = lastId.flatMap(FeedPosition::parse);
    if (lastId.isPresent() && since.isEmpty()) {
      return Answers.refuse(
          target, ProblemType.BAD_REQUEST, "Last-Event-ID is the id of an event of this stream");
    }
    var obstacle = surroundings.obstacle();
    if (obstacle.isPresent()) {
      return Answers.now(Answers.notNow(target, obstacle.get()));
    }
    if (target.request().method().value().equals("HEAD")) {
      return Answers.now(response(Source.empty()));
    }
    if (!surroundings.watching().tryBegin()) {
      return Answers.refuse(target, ProblemType.SHED, "Too many requests wait for changes");
    }
    return begin(target, since);
  }

  private CompletionStage<HttpResponse> begin(Target target, Optional<FeedPosition> since) {
    var stream =
        new EventStream(
            text,
            surroundings.bodies().materializer(),
            () -> surroundings.watching().tooSlow(),
            () -> surroundings.watching().end());
    return surroundings
        .feed()
        .watch(settings.collection(), since, stream)
        .orTimeout(target.route().deadline().toMillis(), TimeUnit.MILLISECONDS)
        .handle(
            (watch, failure) -> {
              if (watch instanceof ChangeFeed.Watch.Begun begun) {
                stream.begun(begun);
                return response(stream.content());
              }
              stream.over();
              return failure == null ? notBegun(target, watch) : Answers.notRead(target, failure);
            });
  }

  private static HttpResponse notBegun(Target target, ChangeFeed.Watch watch) {
    if (watch instanceof ChangeFeed.Watch.TooOld) {
      return gone(target);
    }
    return Responses.problem(
        ProblemType.SHED,
        watch instanceof ChangeFeed.Watch.Full
            ? "Too many clients catch up with what they missed"
            : "This node leaves; watch the collection at another",
        target.path());
  }

  private static HttpResponse gone(Target target) {
    return Responses.problem(
        ProblemType.GONE,
        "What happened after this Last-Event-ID is not kept any more; list the collection, and"
            + " watch it from now on",
        target.path());
  }

  /** A stream of events, from now on. */
  static HttpResponse response(Source<ByteString, ?> content) {
    return HttpResponse.create()
        .withStatus(200)
        .withHeaders(new Fields().with("Cache-Control", "no-store").list())
        .withEntity(HttpEntities.createChunked(EVENT_STREAM, content));
  }
}
