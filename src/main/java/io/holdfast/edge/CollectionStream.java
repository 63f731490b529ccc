package io.holdfast.edge;

import io.holdfast.edge.Responses.Fields;
import io.holdfast.http.EntityTag;
import io.holdfast.http.ProblemType;
import io.holdfast.resource.ChangeFeed;
import io.holdfast.resource.DocumentsSettings;
import io.holdfast.resource.FeedPosition;
import io.holdfast.resource.Standing;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.pekko.http.javadsl.model.ContentType;
import org.apache.pekko.http.javadsl.model.HttpCharsets;
import org.apache.pekko.http.javadsl.model.HttpEntities;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.apache.pekko.http.javadsl.model.MediaTypes;
import org.apache.pekko.stream.BoundedSourceQueue;
import org.apache.pekko.stream.javadsl.Source;
import org.apache.pekko.util.ByteString;

/** The changes of a collection as server-sent events (WHATWG HTML, section 9.2). */
final class CollectionStream {
  static final String TYPE = "text/event-stream";

  private static final ContentType EVENT_STREAM =
      MediaTypes.customWithFixedCharset(
              "text", "event-stream", HttpCharsets.UTF_8, new java.util.HashMap<>(), false)
          .toContentType();

  /** Portions that a client has not taken yet; who is further behind comes again. */
  private static final int PORTIONS_MAX = 256;

  private final DocumentsSettings settings;
  private final DocumentHandler.Surroundings surroundings;

  CollectionStream(DocumentsSettings settings, DocumentHandler.Surroundings surroundings) {
    this.settings = settings;
    this.surroundings = surroundings;
  }

  CompletionStage<HttpResponse> watch(Target target) {
    var lastId = target.field("Last-Event-ID").filter(it -> !it.isEmpty());
    var since = lastId.flatMap(FeedPosition::parse);
    if (lastId.isPresent() && since.isEmpty()) {
      return Answers.refuse(
          target, ProblemType.BAD_REQUEST, "Last-Event-ID is the id of an event of this stream");
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
    var made =
        Source.<ByteString>queue(PORTIONS_MAX).preMaterialize(surroundings.bodies().materializer());
    var stream = new Stream(made.first());
    return surroundings
        .feed()
        .watch(settings.collection(), since, stream)
        .handle(
            (watch, failure) -> {
              if (watch instanceof ChangeFeed.Watch.Begun begun) {
                return response(
                    made.second()
                        .watchTermination(
                            (ignored, done) -> {
                              done.whenComplete((ended, cause) -> stream.over(begun));
                              return ignored;
                            }));
              }
              stream.over(new ChangeFeed.Watch.Begun(() -> {}));
              return failure == null
                  ? Responses.problem(
                      ProblemType.GONE,
                      "What happened after this Last-Event-ID is not kept any more; list the"
                          + " collection, and watch it from now on",
                      target.path())
                  : Answers.notNow(target, Standing.DATABASE_AWAY);
            });
  }

  private static HttpResponse response(Source<ByteString, ?> content) {
    return HttpResponse.create()
        .withStatus(200)
        .withHeaders(new Fields().with("Cache-Control", "no-store").list())
        .withEntity(HttpEntities.createChunked(EVENT_STREAM, content));
  }

  /** One client's events on their way. */
  private final class Stream implements ChangeFeed.Watcher {
    private final BoundedSourceQueue<ByteString> queue;
    private final AtomicBoolean over = new AtomicBoolean();

    Stream(BoundedSourceQueue<ByteString> queue) {
      this.queue = queue;
    }

    void over(ChangeFeed.Watch.Begun begun) {
      if (over.compareAndSet(false, true)) {
        begun.close().run();
        surroundings.watching().end();
        queue.complete();
      }
    }

    /**
     * Only the last event has the new position: who loses the connection in between gets some again
     * and misses none.
     */
    @Override
    public void changed(List<ChangeFeed.Change> changes, FeedPosition before, FeedPosition after) {
      var text = new StringBuilder();
      for (int i = 0; i < changes.size(); i++) {
        var change = changes.get(i);
        var position = i == changes.size() - 1 ? after : before;
        text.append("event: ")
            .append(change.deleted() ? "delete" : "change")
            .append("\nid: ")
            .append(position.text())
            .append("\ndata: {\"id\":\"")
            .append(change.id())
            .append("\",\"etag\":\"")
            .append(EntityTag.strong(change.etag()).toString().replace("\"", "\\\""))
            .append("\"}\n\n");
      }
      offer(text.toString());
    }

    /** A comment, and an id without data, which is no event but is remembered by the client. */
    @Override
    public void beat(FeedPosition position) {
      offer(": \nid: " + position.text() + "\n\n");
    }

    @Override
    public void ended() {
      queue.complete();
    }

    private void offer(String text) {
      if (!queue.offer(ByteString.fromString(text)).isEnqueued()) {
        queue.complete();
      }
    }
  }
}
