package io.holdfast.edge;

import io.holdfast.http.FieldLine;
import io.holdfast.http.ProblemType;
import io.holdfast.http.RequestTarget;
import io.holdfast.operation.AttemptPolicy.Outcome;
import io.holdfast.operation.Attempts.Answer;
import io.holdfast.operation.Attempts.Ended;
import io.holdfast.operation.Attempts.Request;
import io.holdfast.operation.Message;
import io.holdfast.route.DocumentId;
import io.holdfast.route.RouteAsync;
import io.holdfast.route.Routes;
import io.holdfast.telemetry.RequestTrace;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import org.apache.pekko.http.javadsl.model.ContentTypes;
import org.apache.pekko.http.javadsl.model.HttpEntities;
import org.apache.pekko.http.javadsl.model.HttpEntity;
import org.apache.pekko.http.javadsl.model.HttpMethods;
import org.apache.pekko.http.javadsl.model.HttpRequest;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.apache.pekko.http.javadsl.model.headers.RawHeader;
import org.apache.pekko.stream.Materializer;

/** Attempts of operations that write documents: through the handler of their collection. */
final class DocumentAttempts {
  private static final String KEY = "Idempotency-Key";
  private static final long ANSWER_MILLIS_MAX = 10_000;

  /** What cannot be written now is tried again so soon. */
  private static final Duration AGAIN = Duration.ofMillis(250);

  private final Map<String, DocumentHandler> collections;
  private final Materializer materializer;

  DocumentAttempts(Map<String, DocumentHandler> collections, Materializer materializer) {
    this.collections = Map.copyOf(collections);
    this.materializer = materializer;
  }

  void begin(Request request, RequestTrace trace, Consumer<Ended> ended) {
    var route = request.route().atOnce();
    var target = RequestTarget.parse(request.target());
    var match = new Routes(List.of(route)).match(target.path());
    var handler = Optional.ofNullable(collections.get(route.collection()));
    if (match.isEmpty() || handler.isEmpty()) { // the route was changed meanwhile
      ended.accept(answerless(ProblemType.NOT_FOUND, "The route does not lead there any more."));
      return;
    }
    var id =
        DocumentId.parse(match.get().remainder()) instanceof DocumentId.Document document
            ? document.id()
            : "";
    handler
        .get()
        .handle(new Target(message(request), route, target.path(), target.query(), id, trace))
        .thenCompose(this::whole)
        .whenComplete(
            (answer, failure) ->
                ended.accept(
                    failure == null
                        ? ended(request.route().async(), answer)
                        : answerless(ProblemType.INTERNAL, "The write failed.")));
  }

  /**
   * 503 is what is said of a document that nobody can write now, and then nothing was written: its
   * owner moves, the database is away, there is no room. 504 is said of one of which nobody knows,
   * and 409 with Retry-After while an earlier attempt is still being carried out.
   */
  static Ended ended(RouteAsync async, Answer answer) {
    int length = answer.message().content().length;
    if (answer.status() == ProblemType.OWNER_UNAVAILABLE.status()) {
      return new Ended(
          new Outcome.NotTried(
              ProblemType.OWNER_UNAVAILABLE, "The document cannot be written now.", AGAIN),
          Optional.empty());
    }
    if (answer.status() == ProblemType.CONFLICT.status() && hasRetryAfter(answer)) {
      return unknown("An earlier attempt is still being carried out.");
    }
    if (answer.status() == ProblemType.OUTCOME_UNKNOWN.status()) {
      return unknown("Whether the document was written is not known.");
    }
    if (length <= async.resultBytesMax()) {
      return answered(answer);
    }
    return async.isFinal(answer.status()) && !async.resultTruncated()
        ? new Ended(new Outcome.TooLarge(answer.status()), Optional.empty())
        : answered(answer.upTo(async.resultBytesMax()));
  }

  private static boolean hasRetryAfter(Answer answer) {
    return FieldLine.lines(answer.message().fields()).stream().anyMatch(it -> it.is("Retry-After"));
  }

  private static Ended unknown(String why) {
    return new Ended(
        new Outcome.Unanswered(ProblemType.OUTCOME_UNKNOWN, why, true), Optional.empty());
  }

  private static Ended answered(Answer answer) {
    return new Ended(new Outcome.Answered(answer.status(), Optional.empty()), Optional.of(answer));
  }

  private static Ended answerless(ProblemType type, String why) {
    return new Ended(new Outcome.Unanswered(type, why, false), Optional.empty());
  }

  /**
   * The key of its client, or the operation's id: so it is written once, however often it is sent.
   */
  private static HttpRequest message(Request request) {
    var made = HttpRequest.create().withMethod(HttpMethods.lookup(request.method()).orElseThrow());
    boolean keyed = false;
    for (var line : FieldLine.lines(request.message().fields())) {
      keyed |= line.is(KEY);
      made = made.addHeader(RawHeader.create(line.name(), line.value()));
    }
    if (!keyed) {
      made = made.addHeader(RawHeader.create(KEY, request.id()));
    }
    return made.withEntity(
        HttpEntities.create(ContentTypes.APPLICATION_OCTET_STREAM, request.message().content()));
  }

  private CompletionStage<Answer> whole(HttpResponse response) {
    return response
        .entity()
        .toStrict(ANSWER_MILLIS_MAX, materializer)
        .thenApply(entity -> answer(response, entity));
  }

  private static Answer answer(HttpResponse response, HttpEntity.Strict entity) {
    var fields = new StringBuilder();
    response
        .getHeaders()
        .forEach(it -> fields.append(it.name()).append(": ").append(it.value()).append("\r\n"));
    if (!entity.getData().isEmpty()) {
      fields.append("Content-Type: ").append(entity.getContentType()).append("\r\n");
    }
    return new Answer(
        response.status().intValue(),
        new Message(
            response.status().reason(),
            fields.toString().getBytes(StandardCharsets.ISO_8859_1),
            entity.getData().toArray()));
  }
}
