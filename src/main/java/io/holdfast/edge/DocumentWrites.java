package io.holdfast.edge;

import io.holdfast.edge.BodyReader.Body;
import io.holdfast.edge.Courier.Outcome;
import io.holdfast.edge.Responses.Fields;
import io.holdfast.http.MediaType;
import io.holdfast.http.Prefer;
import io.holdfast.http.Prefer.Return;
import io.holdfast.http.ProblemType;
import io.holdfast.http.RequestKey;
import io.holdfast.resource.Conditions;
import io.holdfast.resource.Copies.Copy;
import io.holdfast.resource.Document;
import io.holdfast.resource.DocumentState;
import io.holdfast.resource.DocumentsSettings;
import io.holdfast.resource.JsonContent;
import io.holdfast.resource.Patch;
import io.holdfast.resource.Write;
import io.holdfast.resource.WriteKey;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import org.apache.pekko.http.javadsl.model.HttpResponse;

/**
 * Writes to documents: checked here as far as they can be without the document, carried to its
 * owner under a request key, and answered from what comes back.
 */
final class DocumentWrites {
  private static final Content NO_CONTENT = new Content(new byte[0], () -> {});
  private static final String REPLAYED = "Idempotent-Replayed";

  private final DocumentsSettings settings;
  private final DocumentHandler.Surroundings surroundings;

  DocumentWrites(DocumentsSettings settings, DocumentHandler.Surroundings surroundings) {
    this.settings = settings;
    this.surroundings = surroundings;
  }

  /**
   * Content of a request, which is in this node's hands.
   *
   * @param letGo run by whoever needs it no more before there is an answer
   */
  private record Content(byte[] bytes, Runnable letGo) {}

  /**
   * A write on its way, and how its client would like the answer.
   *
   * @param written run where its content is not needed any more before there is an answer
   */
  private record Writing(
      Target target, String id, Write write, Prefer prefer, boolean creates, Runnable written) {
    boolean wantsContent() {
      return write.action().isPatch()
          ? write.shown()
          : write.action() == Write.Action.PUT && prefer.prefers(Return.REPRESENTATION);
    }
  }

  CompletionStage<HttpResponse> put(Target target) {
    if (target.field("Content-Range").isPresent()) {
      // A part must not be stored as the whole (RFC 9110, section 14.5).
      return Answers.refuse(
          target, ProblemType.BAD_REQUEST, "A document is put whole, without Content-Range");
    }
    return withJson(target, content -> write(target, Write.Action.PUT, content));
  }

  /** A new document; the id is made here. */
  CompletionStage<HttpResponse> create(Target target) {
    return withJson(target, content -> create(target, content));
  }

  CompletionStage<HttpResponse> patch(Target target) {
    var kind = PatchType.of(target.contentType());
    if (kind.isEmpty() || target.field("Content-Encoding").isPresent()) {
      return Answers.now(
          Responses.problem(
                  ProblemType.UNSUPPORTED_MEDIA_TYPE,
                  "Send one of " + PatchType.ACCEPTED + ", in UTF-8, without Content-Encoding",
                  target.path())
              .addHeader(Fields.field("Accept-Patch", PatchType.ACCEPTED)));
    }
    return withContent(target, content -> patch(target, kind.get(), content));
  }

  CompletionStage<HttpResponse> delete(Target target) {
    target.request().discardEntityBytes(surroundings.bodies().materializer());
    return write(target, Write.Action.DELETE, NO_CONTENT);
  }

  private CompletionStage<HttpResponse> patch(Target target, Patch.Kind kind, Content content) {
    var patch = Patch.read(kind, content.bytes(), settings.depthMax());
    if (patch instanceof Patch.Reading.NotJson notJson) {
      return Answers.refuse(target, ProblemType.INVALID_JSON, notJson.reason());
    }
    if (patch instanceof Patch.Reading.NotAPatch notAPatch) {
      return Answers.refuse(target, ProblemType.UNPROCESSABLE_PATCH, notAPatch.reason());
    }
    return write(target, Write.Action.of(kind), content);
  }

  private CompletionStage<HttpResponse> withJson(
      Target target, Function<Content, CompletionStage<HttpResponse>> then) {
    if (target.field("Content-Encoding").isPresent() || !MediaType.isJson(target.contentType())) {
      return Answers.refuse(
          target,
          ProblemType.UNSUPPORTED_MEDIA_TYPE,
          "Send application/json or a +json type, in UTF-8, without Content-Encoding");
    }
    return withContent(
        target,
        content ->
            JsonContent.faultOf(content.bytes(), settings.depthMax())
                .map(fault -> Answers.refuse(target, ProblemType.INVALID_JSON, fault))
                .orElseGet(() -> then.apply(content)));
  }

  private CompletionStage<HttpResponse> withContent(
      Target target, Function<Content, CompletionStage<HttpResponse>> then) {
    var budget = surroundings.budget();
    var reserved = budget.reserve(target.request().entity(), settings.contentBytesMax());
    if (reserved.isEmpty()) {
      return Answers.now(
          Responses.problem(
                  ProblemType.SHED,
                  "This node has as much content of requests in hand as it takes",
                  target.path())
              .addHeader(Connection.CLOSE));
    }
    var held = new AtomicLong(reserved.getAsLong());
    Runnable letGo = () -> budget.release(held.getAndSet(0));
    return surroundings
        .bodies()
        .read(target.request().entity(), settings.contentBytesMax())
        .thenCompose(
            body ->
                body instanceof Body.Whole whole
                    ? then.apply(new Content(whole.content(), letGo))
                    : Answers.now(notWhole(target, body)))
        .whenComplete((response, failure) -> letGo.run());
  }

  private HttpResponse notWhole(Target target, Body body) {
    if (body instanceof Body.TooLarge) {
      return tooLarge(target).addHeader(Connection.CLOSE);
    }
    if (body instanceof Body.Late) {
      return Responses.problem(
              ProblemType.REQUEST_TIMEOUT, "The content did not arrive in time", target.path())
          .addHeader(Connection.CLOSE);
    }
    return Responses.problem(
        ProblemType.BAD_REQUEST, "The content did not arrive whole", target.path());
  }

  private HttpResponse tooLarge(Target target) {
    return Responses.problem(
        ProblemType.CONTENT_TOO_LARGE,
        "A document of this collection has at most " + settings.contentBytesMax() + " bytes",
        target.path());
  }

  private CompletionStage<HttpResponse> create(Target target, Content content) {
    return withKey(
        target,
        Write.Action.PUT,
        content.bytes(),
        key -> {
          var id =
              NewId.of(
                  settings.collection(),
                  target.field("Authorization"),
                  new RequestKey(key.value()));
          var write =
              new Write(
                  Write.Action.PUT, content.bytes(), Conditions.ONLY_IF_ABSENT, rules(target), key);
          return carry(new Writing(target, id, write, prefer(target), true, content.letGo()));
        });
  }

  private CompletionStage<HttpResponse> write(Target target, Write.Action action, Content content) {
    var conditions = Answers.conditions(target);
    return withKey(
        target,
        action,
        content.bytes(),
        key -> {
          var prefer = prefer(target);
          boolean shown = action.isPatch() && !prefer.prefers(Return.MINIMAL);
          var write = new Write(action, content.bytes(), conditions, rules(target), key, shown);
          return carry(new Writing(target, target.id(), write, prefer, false, content.letGo()));
        });
  }

  private Write.Rules rules(Target target) {
    return new Write.Rules(
        settings.ifMatchRequired(),
        settings.contentBytesMax(),
        settings.depthMax(),
        target.route().deadline().multipliedBy(2));
  }

  private static Prefer prefer(Target target) {
    return Prefer.parse(target.field("Prefer"));
  }

  private CompletionStage<HttpResponse> withKey(
      Target target,
      Write.Action action,
      byte[] content,
      Function<WriteKey, CompletionStage<HttpResponse>> then) {
    var key = WriteKeys.of(target, action, content, surroundings.nextKey());
    return key instanceof WriteKeys.Refused refused
        ? Answers.refuse(target, refused.type(), refused.detail())
        : then.apply(((WriteKeys.Usable) key).key());
  }

  private CompletionStage<HttpResponse> carry(Writing writing) {
    var target = writing.target();
    if (writing.wantsContent() && !MediaType.acceptsJson(target.field("Accept"))) {
      return Answers.refuse(target, ProblemType.NOT_ACCEPTABLE, "A document is application/json");
    }
    var later = surroundings.accepting().flatMap(it -> LaterWrites.of(it, target));
    if (later.isPresent()) {
      return later.get().accept(writing.write(), writing.written());
    }
    var obstacle = surroundings.obstacle();
    if (obstacle.isPresent()) {
      // Once it is handed to an owner, which may be unable to answer, its outcome would be unknown.
      return Answers.now(Answers.notNow(target, obstacle.get()));
    }
    var entityId = entityId(writing);
    var outcome = new CompletableFuture<Outcome>();
    surroundings
        .carry()
        .accept(
            entityId,
            Courier.Carry.of(
                Courier.Kind.WRITE,
                (attempt, passage, exchange, replyTo) ->
                    new Document.Change(
                        entityId,
                        writing.write(),
                        attempt,
                        passage,
                        exchange,
                        replyTo,
                        target.sent(attempt)),
                target.route().deadline(),
                outcome));
    return outcome.thenApply(ended -> answer(writing, ended));
  }

  private String entityId(Writing writing) {
    return settings.collection() + "/" + writing.id();
  }

  private HttpResponse answer(Writing writing, Outcome ended) {
    var target = writing.target();
    target.ended(ended);
    if (ended instanceof Outcome.Answered answered) {
      return fromOwner(writing, answered);
    }
    if (ended instanceof Outcome.Shed) {
      return Answers.shed(target);
    }
    return switch (((Outcome.NotAnswered) ended).fate()) {
      case NOT_CARRIED_OUT -> Answers.notNow(target, surroundings.reasonOfSilence());
      case BEHIND_ANOTHER ->
          Responses.problem(
                  ProblemType.CONFLICT,
                  "An earlier request under this Idempotency-Key is still being carried out; repeat"
                      + " this one a little later",
                  target.path())
              .addHeader(Responses.RETRY_SOON);
      case UNKNOWN -> outcomeUnknown(writing);
    };
  }

  private static HttpResponse outcomeUnknown(Writing writing) {
    var key = new RequestKey(writing.write().key().value()).quoted();
    return Responses.problem(
            ProblemType.OUTCOME_UNKNOWN,
            "Whether this was carried out is not known yet; repeat it with the same"
                + " Idempotency-Key to get the truth",
            writing.target().path())
        .addHeader(Fields.field("Idempotency-Key", key));
  }

  private HttpResponse fromOwner(Writing writing, Outcome.Answered answered) {
    var reply = answered.reply();
    if (reply instanceof Document.Done done) {
      return DocumentState.Refusal.of(done.answer())
          .map(refusal -> refused(writing, refusal, done.answer().detail()))
          .map(refused -> marked(refused, isReplay(writing, done)))
          .orElseGet(() -> done(writing, done));
    }
    if (reply instanceof Document.NotNow notNow) {
      return Answers.notNow(writing.target(), notNow.reason());
    }
    if (reply instanceof Document.Refused refused) {
      return marked(refused(writing, refused.refusal(), refused.detail()), refused.replayed());
    }
    throw new IllegalStateException("A write was answered by " + reply);
  }

  private static boolean isReplay(Writing writing, Document.Done done) {
    return done.replayed() && writing.write().key().isOfAnotherRequest(done.answer());
  }

  private static HttpResponse marked(HttpResponse response, boolean replayed) {
    return replayed ? response.addHeader(Fields.field(REPLAYED, "true")) : response;
  }

  private HttpResponse done(Writing writing, Document.Done done) {
    var write = writing.write();
    var answer = done.answer();
    var content = write.action() == Write.Action.PUT ? write.content() : done.content();
    if (!done.replayed()) {
      remember(entityId(writing), write.action() != Write.Action.DELETE, content, done);
    }
    var fields = new Fields();
    if (write.action() != Write.Action.DELETE) {
      Answers.validators(
          fields, answer.version(), answer.modifiedAt(), surroundings.clock().instant());
    }
    if (writing.creates()) {
      fields.with("Location", writing.target().path() + "/" + writing.id());
    }
    if (isReplay(writing, done)) {
      fields.with(REPLAYED, "true");
    }
    boolean withContent = writing.wantsContent() && content.length > 0;
    writing
        .prefer()
        .representation()
        .filter(it -> (it == Return.REPRESENTATION) == withContent)
        .filter(it -> write.action() != Write.Action.DELETE)
        .ifPresent(it -> fields.with("Preference-Applied", it.preference()));
    int status = answer.status();
    if (withContent) {
      return Responses.json(status == 204 ? 200 : status, content, fields.list());
    }
    return Responses.empty(status == 200 ? 204 : status, fields.list());
  }

  private void remember(String entityId, boolean exists, byte[] content, Document.Done done) {
    var answer = done.answer();
    surroundings
        .copies()
        .keep(
            entityId,
            new Copy(exists, content, answer.version(), answer.modifiedAt(), answer.at()));
  }

  private HttpResponse refused(Writing writing, DocumentState.Refusal refusal, String detail) {
    var target = writing.target();
    return switch (refusal) {
      case PRECONDITION_FAILED ->
          writing.creates()
              ? Responses.problem(
                  ProblemType.CONFLICT,
                  "The document of this Idempotency-Key exists, and was changed since; take another"
                      + " key for another document",
                  target.path())
              : Responses.problem(
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
      case CONFLICT ->
          Responses.problem(
              ProblemType.CONFLICT,
              detail.isEmpty() ? "The patch cannot be applied to this document" : detail,
              target.path());
      case CONTENT_TOO_LARGE -> tooLarge(target);
      case FORGOTTEN ->
          Responses.problem(
              ProblemType.CONFLICT,
              "Whether the request of this Idempotency-Key was carried out is not remembered any"
                  + " more; read the document, and take a new key",
              target.path());
    };
  }
}
