package io.holdfast.edge;

import io.holdfast.edge.Responses.Fields;
import io.holdfast.http.EntityTag;
import io.holdfast.http.HttpDate;
import io.holdfast.http.ProblemType;
import io.holdfast.resource.Conditions;
import io.holdfast.resource.DocumentVersion;
import io.holdfast.resource.Standing;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import org.apache.pekko.http.javadsl.model.HttpResponse;

/** What reads, writes and pages of documents answer alike. */
final class Answers {
  private Answers() {}

  static CompletionStage<HttpResponse> now(HttpResponse response) {
    return done(response);
  }

  static <T> CompletionStage<T> done(T value) {
    return CompletableFuture.completedFuture(value);
  }

  static CompletionStage<HttpResponse> refuse(Target target, ProblemType type, String detail) {
    return refuse(target.path(), type, detail);
  }

  static CompletionStage<HttpResponse> refuse(String path, ProblemType type, String detail) {
    return now(Responses.problem(type, detail, path));
  }

  static HttpResponse shed(Target target) {
    return Responses.problem(ProblemType.SHED, "Too many requests wait for owners", target.path());
  }

  /** It was not carried out and will not be. */
  static HttpResponse notNow(Target target, Standing standing) {
    return standing == Standing.DATABASE_AWAY
        ? databaseAway(target.path())
        : Responses.problem(
            ProblemType.OWNER_UNAVAILABLE,
            "The owner of this document cannot be reached in time; nothing was changed",
            target.path());
  }

  /** It was not carried out and will not be. */
  static HttpResponse databaseAway(String path) {
    return Responses.problem(
        ProblemType.DATABASE_UNAVAILABLE,
        "The database does not answer; nothing was changed",
        path);
  }

  /**
   * The answer to a failure to read the database.
   *
   * @throws CompletionException of any other failure: it is a mistake, not the database's absence
   */
  static HttpResponse notRead(Target target, Throwable failure) {
    return notRead(target.path(), failure);
  }

  static HttpResponse notRead(String path, Throwable failure) {
    if (isNotRead(failure)) {
      return databaseAway(path);
    }
    throw failure instanceof CompletionException wrapped
        ? wrapped
        : new CompletionException(failure);
  }

  /** Whether it is the database's failure, and no mistake. */
  static boolean isNotRead(Throwable failure) {
    return causes(failure).anyMatch(Answers::isOfTheDatabase);
  }

  /** A failure, and what it came from. */
  static Stream<Throwable> causes(Throwable failure) {
    return Stream.iterate(failure, Objects::nonNull, Throwable::getCause);
  }

  /** It says so, or not in time, or too many wait for it. */
  private static boolean isOfTheDatabase(Throwable failure) {
    return failure instanceof SQLException
        || failure instanceof TimeoutException
        || failure instanceof RejectedExecutionException;
  }

  static Conditions conditions(Target target) {
    return new Conditions(
        target.field("If-Match"),
        target.field("If-None-Match"),
        target.field("If-Modified-Since"),
        target.field("If-Unmodified-Since"));
  }

  /**
   * With the date of the answer: the one that pekko-http keeps may be a second old, and {@code
   * Last-Modified} must not be later (RFC 9110, section 8.8.2.1).
   *
   * @param now by the clock of all nodes
   */
  static Fields validators(
      Fields fields, DocumentVersion version, Instant modifiedAt, Instant now) {
    return fields
        .with("ETag", EntityTag.strong(version.tag()).toString())
        .with("Last-Modified", HttpDate.format(modifiedAt.isAfter(now) ? now : modifiedAt))
        .date(now);
  }
}
