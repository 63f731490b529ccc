package io.holdfast.edge;

import io.holdfast.edge.Courier.Outcome;
import io.holdfast.edge.Responses.Fields;
import io.holdfast.http.CacheDirectives;
import io.holdfast.http.CacheStatus;
import io.holdfast.http.EntityTag;
import io.holdfast.http.MediaType;
import io.holdfast.http.Preconditions;
import io.holdfast.http.Prefer;
import io.holdfast.http.ProblemType;
import io.holdfast.resource.Conditions;
import io.holdfast.resource.Copies.Copy;
import io.holdfast.resource.Document;
import io.holdfast.resource.DocumentVersion;
import io.holdfast.resource.DocumentsSettings;
import io.holdfast.resource.Standing;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.apache.pekko.http.javadsl.model.HttpResponse;

/**
 * Reads of documents: carried to the owner, and answered from what comes back, or from this node's
 * copy, marked, where the owner cannot be had in time.
 */
final class DocumentReads {
  private static final int WAIT_SECONDS_MAX = 30;

  private final DocumentsSettings settings;
  private final DocumentHandler.Surroundings surroundings;

  DocumentReads(DocumentsSettings settings, DocumentHandler.Surroundings surroundings) {
    this.settings = settings;
    this.surroundings = surroundings;
  }

  CompletionStage<HttpResponse> read(Target target) {
    if (!MediaType.acceptsJson(target.field("Accept"))) {
      return Answers.refuse(target, ProblemType.NOT_ACCEPTABLE, "A document is application/json");
    }
    var conditions = Answers.conditions(target);
    var reading =
        new Reading(
            target,
            settings.collection() + "/" + target.id(),
            conditions,
            CacheDirectives.parse(target.field("Cache-Control")).refusesStale());
    var vouched = surroundings.vouched().find(reading.entityId());
    var wait = waitOf(reading);
    if (vouched.isPresent() && wait.isEmpty()) {
      return Answers.now(respond(reading, vouched.get(), new Fields()));
    }
    long untilNanos = System.nanoTime() + wait.orElse(Duration.ZERO).toNanos();
    return ask(reading).thenCompose(ended -> answerOnceChanged(reading, ended, untilNanos));
  }

  /** What changed meanwhile may still be something that the client knows. */
  private CompletionStage<HttpResponse> answerOnceChanged(
      Reading reading, Outcome ended, long untilNanos) {
    var left = Duration.ofNanos(untilNanos - System.nanoTime());
    return left.compareTo(Duration.ZERO) <= 0 || !isUnchanged(reading, ended)
        ? Answers.now(answerRead(reading, ended))
        : watch(reading, version(ended), left);
  }

  private record Reading(
      Target target, String entityId, Conditions conditions, boolean refusesStale) {
    boolean isUnchanged(Copy copy) {
      return conditions.toPreconditions().evaluate(tag(copy), modified(copy), true)
          == Preconditions.Outcome.NOT_MODIFIED;
    }
  }

  private CompletableFuture<Outcome> ask(Reading reading) {
    var entityId = reading.entityId();
    boolean copyWillDo =
        !reading.refusesStale() && surroundings.copies().find(entityId).isPresent();
    var outcome = new CompletableFuture<Outcome>();
    long askedNanos = System.nanoTime();
    long askedMillis = System.currentTimeMillis();
    // Before it is sent: on the courier a copy is kept before the owner can take it back.
    var kept =
        outcome.whenComplete(
            (ended, failure) -> {
              reading.target().ended(ended);
              keepVouched(entityId, ended, askedNanos, askedMillis);
            });
    surroundings
        .carry()
        .accept(
            entityId,
            new Courier.Carry(
                Courier.Kind.READ,
                (attempt, passage, exchange, replyTo) ->
                    new Document.Read(entityId, exchange, replyTo, reading.target().sent(attempt)),
                reading.target().route().deadline(),
                copyWillDo ? Optional.of(settings.staleAfter()) : Optional.empty(),
                reading.refusesStale(),
                outcome));
    return kept;
  }

  private void keepVouched(String entityId, Outcome ended, long askedNanos, long askedMillis) {
    if (ended instanceof Outcome.Answered answered
        && answered.reply() instanceof Document.Found found
        && found.vouched()
        && found.standing() == Standing.CURRENT) {
      surroundings.vouched().keep(entityId, copy(found), askedNanos, askedMillis);
    }
  }

  /** For how long the client would wait for a version that it does not know. */
  private static Optional<Duration> waitOf(Reading reading) {
    var seconds = Prefer.parse(reading.target().field("Prefer")).waitSeconds().orElse(0);
    return reading.conditions().ifNoneMatch().isPresent() && seconds > 0
        ? Optional.of(Duration.ofSeconds(Math.min(seconds, WAIT_SECONDS_MAX)))
        : Optional.empty();
  }

  private static boolean isUnchanged(Reading reading, Outcome ended) {
    return ended instanceof Outcome.Answered answered
        && standing(answered.reply()) == Standing.CURRENT
        && reading.isUnchanged(copy(answered.reply()));
  }

  private static DocumentVersion version(Outcome ended) {
    return copy(((Outcome.Answered) ended).reply()).version();
  }

  /** Answers when the document changes. Else, at the end, as if it were asked only then. */
  private CompletionStage<HttpResponse> watch(
      Reading reading, DocumentVersion known, Duration wait) {
    if (!surroundings.watching().tryBegin()) {
      return Answers.now(
          Responses.problem(
              ProblemType.SHED, "Too many requests wait for changes", reading.target().path()));
    }
    long untilNanos = System.nanoTime() + wait.toNanos();
    var outcome = new CompletableFuture<Outcome>();
    surroundings
        .carry()
        .accept(
            reading.entityId(),
            Courier.Carry.of(
                Courier.Kind.WATCH,
                (attempt, passage, exchange, replyTo) ->
                    new Document.Watch(
                        reading.entityId(),
                        known,
                        Math.max(0, (untilNanos - System.nanoTime()) / 1_000_000),
                        exchange,
                        replyTo),
                wait,
                outcome));
    return outcome
        .whenComplete((ended, failure) -> surroundings.watching().end())
        .thenCompose(
            ended -> ended instanceof Outcome.NotAnswered ? ask(reading) : Answers.done(ended))
        .thenCompose(ended -> answerOnceChanged(reading, ended, untilNanos));
  }

  private HttpResponse answerRead(Reading reading, Outcome ended) {
    if (ended instanceof Outcome.Answered answered) {
      return fromOwner(reading, answered.reply());
    }
    var copy = surroundings.copies().find(reading.entityId());
    var standing = surroundings.reasonOfSilence();
    if (copy.isPresent() && !reading.refusesStale()) {
      return represent(reading, copy.get(), standing);
    }
    return ended instanceof Outcome.Shed
        ? Answers.shed(reading.target())
        : unproved(reading, standing);
  }

  private HttpResponse fromOwner(Reading reading, Document.Reply reply) {
    return represent(reading, copy(reply), standing(reply));
  }

  private static Copy copy(Document.Reply reply) {
    if (reply instanceof Document.Found found) {
      return new Copy(true, found.content(), found.version(), found.modifiedAt(), found.knownAt());
    }
    if (reply instanceof Document.Absent absent) {
      return new Copy(false, new byte[0], absent.version(), Instant.EPOCH, absent.knownAt());
    }
    throw new IllegalStateException("A read was answered by " + reply);
  }

  private static Standing standing(Document.Reply reply) {
    return reply instanceof Document.Found found
        ? found.standing()
        : ((Document.Absent) reply).standing();
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
        return Responses.empty(304, validators(fields, copy).list());
      }
      case PROCEED -> {
        if (!copy.exists()) {
          return Responses.problem(ProblemType.NOT_FOUND, "There is no document " + path, path)
              .addHeaders(fields.list());
        }
        return Responses.json(200, copy.content(), validators(fields, copy).list());
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

  private Fields validators(Fields fields, Copy copy) {
    var now = surroundings.clock().instant();
    return Answers.validators(fields, copy.version(), copy.modifiedAt(), now);
  }

  private void mark(Fields fields, Copy copy, Standing standing) {
    if (standing != Standing.CURRENT) {
      long age =
          Math.max(0, Duration.between(copy.knownAt(), surroundings.clock().instant()).toSeconds());
      fields
          .with("Cache-Status", CacheStatus.hit(standing.detail()))
          .with("Age", Long.toString(age));
    }
  }

  private HttpResponse unproved(Reading reading, Standing standing) {
    return Answers.notNow(reading.target(), standing);
  }
}
