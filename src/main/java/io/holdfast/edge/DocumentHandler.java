package io.holdfast.edge;

import io.holdfast.edge.Courier.Outcome;
import io.holdfast.edge.Responses.Fields;
import io.holdfast.http.CacheDirectives;
import io.holdfast.http.CacheStatus;
import io.holdfast.http.EntityTag;
import io.holdfast.http.HttpDate;
import io.holdfast.http.MediaType;
import io.holdfast.http.ProblemType;
import io.holdfast.http.RequestKey;
import io.holdfast.resource.Conditions;
import io.holdfast.resource.Copies;
import io.holdfast.resource.Copies.Copy;
import io.holdfast.resource.Document;
import io.holdfast.resource.DocumentState;
import io.holdfast.resource.DocumentVersion;
import io.holdfast.resource.DocumentsSettings;
import io.holdfast.resource.JsonContent;
import io.holdfast.resource.Standing;
import io.holdfast.resource.Write;
import io.holdfast.route.Route;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.apache.pekko.http.javadsl.model.HttpRequest;
import org.apache.pekko.http.javadsl.model.HttpResponse;

/**
 * Requests for one collection's documents: checked here as far as they can be without the document,
 * carried to its owner, and answered from what comes back, or from this node's copy, marked, where
 * the owner cannot be had in time.
 */
final class DocumentHandler {
  static final String ALLOW = "GET, HEAD, PUT, DELETE";

  private final DocumentsSettings settings;
  private final Surroundings surroundings;

  /**
   * What a handler needs of its node.
   *
   * @param carry gives an exchange to the courier of a document
   * @param nextKey makes a request key that no other request of the cluster has
   */
  record Surroundings(
      java.util.function.BiConsumer<String, Courier.Carry> carry,
      Copies copies,
      BodyReader bodies,
      BooleanSupplier databaseAway,
      Supplier<String> nextKey,
      java.util.function.Consumer<Standing> marked) {}

  DocumentHandler(DocumentsSettings settings, Surroundings surroundings) {
    this.settings = settings;
    this.surroundings = surroundings;
  }

  /** One request for one document. */
  record Target(HttpRequest request, Route route, String path, String id) {
    /** All lines of a field as one, joined with commas (RFC 9110, section 5.3). */
    Optional<String> field(String name) {
      String joined = null;
      for (var header : request.getHeaders()) {
        if (header.name().equalsIgnoreCase(name)) {
          joined = joined == null ? header.value() : joined + ", " + header.value();
        }
      }
      return Optional.ofNullable(joined);
    }
  }

  CompletionStage<HttpResponse> handle(Target target) {
    return switch (target.request().method().value()) {
      case "GET", "HEAD" -> read(target);
      case "PUT" -> put(target);
      case "DELETE" -> delete(target);
      case "PATCH", "POST", "OPTIONS", "QUERY" ->
          refuse(
              Responses.problem(
                      ProblemType.METHOD_NOT_ALLOWED, "A document takes " + ALLOW, target.path())
                  .addHeader(Fields.field("Allow", ALLOW)));
      default -> refuse(target, ProblemType.NOT_IMPLEMENTED, "This server knows no such method");
    };
  }

  private CompletionStage<HttpResponse> read(Target target) {
    if (!MediaType.acceptsJson(target.field("Accept"))) {
      return refuse(target, ProblemType.NOT_ACCEPTABLE, "A document is application/json");
    }
    var conditions = conditions(target);
    var malformed = conditions.fault();
    if (malformed.isPresent()) {
      return refuse(target, ProblemType.BAD_REQUEST, malformed.get());
    }
    var entityId = entityId(target);
    boolean refusesStale = CacheDirectives.parse(target.field("Cache-Control")).refusesStale();
    boolean copyWillDo = !refusesStale && surroundings.copies().find(entityId).isPresent();
    var outcome = new CompletableFuture<Outcome>();
    surroundings
        .carry()
        .accept(
            entityId,
            new Courier.Carry(
                (attempt, exchange, replyTo) -> new Document.Read(entityId, exchange, replyTo),
                target.route().deadline(),
                copyWillDo ? Optional.of(settings.staleAfter()) : Optional.empty(),
                true,
                outcome));
    var reading = new Reading(target, entityId, conditions, refusesStale);
    return outcome.thenApply(ended -> answerRead(reading, ended));
  }

  private record Reading(
      Target target, String entityId, Conditions conditions, boolean refusesStale) {}

  private HttpResponse answerRead(Reading reading, Outcome ended) {
    if (ended instanceof Outcome.Answered answered) {
      return fromOwner(reading, answered.reply());
    }
    if (ended instanceof Outcome.Shed) {
      return Responses.problem(
          ProblemType.SHED, "Too many requests wait for owners", reading.target().path());
    }
    var copy = surroundings.copies().find(reading.entityId());
    var standing = reasonOfSilence();
    if (copy.isPresent() && !reading.refusesStale()) {
      return represent(reading, copy.get(), standing);
    }
    return unproved(reading, standing);
  }

  private HttpResponse fromOwner(Reading reading, Document.Reply reply) {
    if (reply instanceof Document.Found found) {
      var copy =
          new Copy(true, found.content(), found.version(), found.modifiedAt(), found.knownAt());
      return represent(reading, copy, found.standing());
    }
    if (reply instanceof Document.Absent absent) {
      var copy = new Copy(false, new byte[0], absent.version(), Instant.EPOCH, absent.knownAt());
      return represent(reading, copy, absent.standing());
    }
    throw new IllegalStateException("A read was answered by " + reply);
  }

  private HttpResponse represent(Reading reading, Copy copy, Standing standing) {
    if (standing == Standing.CURRENT) {
      surroundings.copies().keep(reading.entityId(), copy);
    } else if (reading.refusesStale()) {
      return unproved(reading, standing);
    } else {
      surroundings.marked().accept(standing);
    }
    var fields = new Fields();
    mark(fields, copy, standing);
    return respond(reading, copy, fields);
  }

  private HttpResponse respond(Reading reading, Copy copy, Fields fields) {
    var path = reading.target().path();
    switch (reading.conditions().toPreconditions().evaluate(tag(copy), modified(copy), true)) {
      case FAILED -> {
        return Responses.problem(
                ProblemType.PRECONDITION_FAILED, "The document is not as If-Match says", path)
            .addHeaders(fields.list());
      }
      case NOT_MODIFIED -> {
        return Responses.empty(304, validators(fields, copy.version(), copy.modifiedAt()).list());
      }
      case PROCEED -> {
        if (!copy.exists()) {
          return Responses.problem(ProblemType.NOT_FOUND, "There is no document " + path, path)
              .addHeaders(fields.list());
        }
        return Responses.json(
            200, copy.content(), validators(fields, copy.version(), copy.modifiedAt()).list());
      }
    }
    throw new IllegalStateException("No such outcome");
  }

  private static Optional<EntityTag> tag(Copy copy) {
    return copy.exists() ? Optional.of(EntityTag.strong(copy.version().tag())) : Optional.empty();
  }

  private static Optional<Instant> modified(Copy copy) {
    return copy.exists() ? Optional.of(copy.modifiedAt()) : Optional.empty();
  }

  private static void mark(Fields fields, Copy copy, Standing standing) {
    if (standing != Standing.CURRENT) {
      long age = Math.max(0, Duration.between(copy.knownAt(), Instant.now()).toSeconds());
      fields
          .with("Cache-Status", CacheStatus.hit(standing.detail()))
          .with("Age", Long.toString(age));
    }
  }

  /**
   * With the date of the answer: the one that pekko-http keeps may be a second old, and {@code
   * Last-Modified} must not be later (RFC 9110, section 8.8.2.1), whatever the owner's clock says.
   */
  private static Fields validators(Fields fields, DocumentVersion version, Instant modifiedAt) {
    var now = Instant.now();
    return fields
        .with("ETag", EntityTag.strong(version.tag()).toString())
        .with("Last-Modified", HttpDate.format(modifiedAt.isAfter(now) ? now : modifiedAt))
        .date(now);
  }

  private HttpResponse unproved(Reading reading, Standing standing) {
    return notNow(reading.target(), standing);
  }

  private Standing reasonOfSilence() {
    return surroundings.databaseAway().getAsBoolean()
        ? Standing.DATABASE_AWAY
        : Standing.OWNER_MOVING;
  }

  private static HttpResponse notNow(Target target, Standing standing) {
    return standing == Standing.DATABASE_AWAY
        ? Responses.problem(
            ProblemType.DATABASE_UNAVAILABLE,
            "The database does not answer; nothing was changed",
            target.path())
        : Responses.problem(
            ProblemType.OWNER_UNAVAILABLE,
            "The owner of this document cannot be reached in time; nothing was changed",
            target.path());
  }

  private CompletionStage<HttpResponse> put(Target target) {
    if (target.field("Content-Encoding").isPresent() || !MediaType.isJson(contentType(target))) {
      return refuse(
          target,
          ProblemType.UNSUPPORTED_MEDIA_TYPE,
          "Send application/json or a +json type, in UTF-8, without Content-Encoding");
    }
    return surroundings
        .bodies()
        .read(target.request().entity(), settings.contentBytesMax())
        .thenCompose(body -> put(target, body));
  }

  private static String contentType(Target target) {
    return target
        .field(HandlerCall.RAW_CONTENT_TYPE)
        .orElseGet(() -> target.request().entity().getContentType().toString());
  }

  private CompletionStage<HttpResponse> put(Target target, BodyReader.Body body) {
    if (body instanceof BodyReader.Body.TooLarge) {
      return refuse(
          Responses.problem(
                  ProblemType.CONTENT_TOO_LARGE,
                  "A document of this collection has at most "
                      + settings.contentBytesMax()
                      + " bytes",
                  target.path())
              .addHeader(Connection.CLOSE));
    }
    if (body instanceof BodyReader.Body.Late) {
      return refuse(
          Responses.problem(
                  ProblemType.REQUEST_TIMEOUT, "The content did not arrive in time", target.path())
              .addHeader(Connection.CLOSE));
    }
    if (body instanceof BodyReader.Body.Broken) {
      return refuse(target, ProblemType.BAD_REQUEST, "The content did not arrive whole");
    }
    var content = ((BodyReader.Body.Whole) body).content();
    var fault = JsonContent.faultOf(content, settings.depthMax());
    return fault.isPresent()
        ? refuse(target, ProblemType.INVALID_JSON, fault.get())
        : write(target, Write.Action.PUT, content);
  }

  private CompletionStage<HttpResponse> delete(Target target) {
    target.request().discardEntityBytes(surroundings.bodies().materializer());
    return write(target, Write.Action.DELETE, new byte[0]);
  }

  private CompletionStage<HttpResponse> write(Target target, Write.Action action, byte[] content) {
    var conditions = conditions(target);
    var malformed = conditions.fault();
    if (malformed.isPresent()) {
      return refuse(target, ProblemType.BAD_REQUEST, malformed.get());
    }
    var key = WriteKeys.of(target, content, surroundings.nextKey());
    if (key instanceof WriteKeys.Refused refused) {
      return refuse(target, refused.type(), refused.detail());
    }
    var writeKey = ((WriteKeys.Usable) key).key();
    var write = new Write(action, content, conditions, settings.ifMatchRequired(), writeKey);
    return carry(target, write);
  }

  private CompletionStage<HttpResponse> carry(Target target, Write write) {
    var entityId = entityId(target);
    var outcome = new CompletableFuture<Outcome>();
    surroundings
        .carry()
        .accept(
            entityId,
            new Courier.Carry(
                (attempt, exchange, replyTo) ->
                    new Document.Change(entityId, write, attempt, exchange, replyTo),
                target.route().deadline(),
                Optional.empty(),
                false,
                outcome));
    return outcome.thenApply(ended -> answerWrite(target, write, ended));
  }

  private HttpResponse answerWrite(Target target, Write write, Outcome ended) {
    if (ended instanceof Outcome.Answered answered) {
      return fromOwner(target, write, answered);
    }
    if (ended instanceof Outcome.Shed) {
      return Responses.problem(
          ProblemType.SHED, "Too many requests wait for owners", target.path());
    }
    if (!((Outcome.NotAnswered) ended).perhapsCarriedOut()) {
      return notNow(target, reasonOfSilence());
    }
    return Responses.problem(
            ProblemType.OUTCOME_UNKNOWN,
            "Whether this was carried out is not known yet; repeat it with the same"
                + " Idempotency-Key to get the truth",
            target.path())
        .addHeader(Fields.field("Idempotency-Key", new RequestKey(write.key().value()).quoted()));
  }

  private HttpResponse fromOwner(Target target, Write write, Outcome.Answered answered) {
    var reply = answered.reply();
    if (reply instanceof Document.Done done) {
      return done(target, write, done, answered.attempts());
    }
    if (reply instanceof Document.NotNow notNow) {
      return notNow(target, notNow.reason());
    }
    if (reply instanceof Document.Refused refused) {
      return refused(target, refused.refusal());
    }
    throw new IllegalStateException("A write was answered by " + reply);
  }

  private HttpResponse done(Target target, Write write, Document.Done done, int attempts) {
    var answer = done.answer();
    var keptRefusal = DocumentState.Refusal.of(answer);
    if (keptRefusal.isPresent()) {
      return refused(target, keptRefusal.get());
    }
    if (!done.replayed()) {
      remember(entityId(target), write, done);
    }
    var fields = new Fields();
    if (write.action() == Write.Action.PUT) {
      validators(fields, answer.version(), answer.modifiedAt());
    }
    if (done.replayed() && write.key().fromClient() && attempts == 1) {
      fields.with("Idempotent-Replayed", "true");
    }
    return Responses.empty(answer.status(), fields.list());
  }

  private void remember(String entityId, Write write, Document.Done done) {
    boolean exists = write.action() == Write.Action.PUT;
    var answer = done.answer();
    surroundings
        .copies()
        .keep(
            entityId,
            new Copy(exists, write.content(), answer.version(), answer.modifiedAt(), answer.at()));
  }

  private static HttpResponse refused(Target target, DocumentState.Refusal refusal) {
    return switch (refusal) {
      case PRECONDITION_FAILED ->
          Responses.problem(
              ProblemType.PRECONDITION_FAILED,
              "The document is not as the request's conditions say",
              target.path());
      case PRECONDITION_REQUIRED ->
          Responses.problem(
              ProblemType.PRECONDITION_REQUIRED,
              "This collection asks for If-Match on a document that exists",
              target.path());
      case NOT_FOUND ->
          Responses.problem(
              ProblemType.NOT_FOUND, "There is no document " + target.path(), target.path());
      case KEY_REUSED ->
          Responses.problem(
              ProblemType.IDEMPOTENCY_KEY_REUSED,
              "This Idempotency-Key belongs to another request to this document",
              target.path());
    };
  }

  private Conditions conditions(Target target) {
    return new Conditions(
        target.field("If-Match"),
        target.field("If-None-Match"),
        target.field("If-Modified-Since"),
        target.field("If-Unmodified-Since"));
  }

  private String entityId(Target target) {
    return settings.collection() + "/" + target.id();
  }

  private CompletionStage<HttpResponse> refuse(Target target, ProblemType type, String detail) {
    return refuse(Responses.problem(type, detail, target.path()));
  }

  private static CompletionStage<HttpResponse> refuse(HttpResponse response) {
    return CompletableFuture.completedFuture(response);
  }
}
