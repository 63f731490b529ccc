package io.holdfast.edge;

import io.holdfast.edge.Responses.Fields;
import io.holdfast.http.Preconditions;
import io.holdfast.http.ProblemType;
import io.holdfast.http.RequestHead;
import io.holdfast.http.RequestTarget;
import io.holdfast.operation.Operations;
import io.holdfast.route.OperationPath;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.apache.pekko.http.javadsl.model.HttpRequest;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.apache.pekko.stream.Materializer;

/**
 * Requests about operations: {@code /operations} and all below. Which method goes where. They are
 * good at every node, for what they are about is in the database.
 */
final class OperationsHandler {
  private static final String ALLOW_ALL = "GET, HEAD, OPTIONS";
  private static final String ALLOW_ONE = "GET, HEAD, DELETE, OPTIONS";
  private static final String ALLOW_RESULT = "GET, HEAD, OPTIONS";
  private static final String ALLOW_RETRY = "POST, OPTIONS";

  private final Surroundings surroundings;
  private final OperationReads reads;
  private final OperationChanges changes;

  /**
   * What is needed of the node.
   *
   * @param databaseAway then nothing is asked
   */
  record Surroundings(
      Operations operations,
      Watching watching,
      BooleanSupplier databaseAway,
      Materializer materializer) {}

  /**
   * One request.
   *
   * @param path as it was sent, not decoded
   * @param query as it was sent, without the question mark
   */
  record Asked(HttpRequest request, String path, String query) {
    Optional<String> field(String name) {
      return Target.field(request, name);
    }

    String method() {
      return request.method().value();
    }

    boolean isConditional() {
      return field("If-Match").isPresent() || field("If-None-Match").isPresent();
    }

    /** Its entity tags are known to be well formed; an operation has no modification time. */
    Preconditions conditions() {
      return Preconditions.parse(
          field("If-Match"), field("If-None-Match"), Optional.empty(), Optional.empty());
    }

    CompletionStage<HttpResponse> refuse(ProblemType type, String detail) {
      return Answers.refuse(path, type, detail);
    }
  }

  OperationsHandler(Surroundings surroundings) {
    this.surroundings = surroundings;
    this.reads = new OperationReads(surroundings);
    this.changes = new OperationChanges(surroundings);
  }

  /** Whether these requests are given to {@link #handle}, or go {@link #way}; to no route. */
  static boolean take(RequestTarget target) {
    return OperationPath.takes(target.path());
  }

  /** The way of one whose answer is a service's, byte for byte. */
  Optional<Way> way(RequestHead head, RequestTarget target, RequestLog log) {
    boolean isRead = head.method().equals("GET") || head.method().equals("HEAD");
    return isRead && OperationPath.parse(target.path()) instanceof OperationPath.Result result
        ? Optional.of(new OperationResultWay(result.id(), target.path(), surroundings, log))
        : Optional.empty();
  }

  CompletionStage<HttpResponse> handle(HttpRequest request, RequestTarget target) {
    request.discardEntityBytes(surroundings.materializer());
    var asked = new Asked(request, target.path(), target.query());
    var path = OperationPath.parse(target.path());
    if (path instanceof OperationPath.All) {
      return all(asked);
    } else if (path instanceof OperationPath.One one) {
      return one(asked, one.id());
    } else if (path instanceof OperationPath.Result) {
      return others(asked, ALLOW_RESULT);
    } else if (path instanceof OperationPath.Retry retry) {
      return asked.method().equals("POST")
          ? wellFormed(asked, () -> changes.retry(asked, retry.id()))
          : others(asked, ALLOW_RETRY);
    }
    return asked.refuse(ProblemType.NOT_FOUND, "There is nothing at " + asked.path());
  }

  private CompletionStage<HttpResponse> all(Asked asked) {
    return switch (asked.method()) {
      case "GET", "HEAD" -> wellFormed(asked, () -> reads.list(asked));
      default -> others(asked, ALLOW_ALL);
    };
  }

  private CompletionStage<HttpResponse> one(Asked asked, String id) {
    return switch (asked.method()) {
      case "GET", "HEAD" -> wellFormed(asked, () -> reads.read(asked, id));
      case "DELETE" -> wellFormed(asked, () -> changes.cancel(asked, id));
      default -> others(asked, ALLOW_ONE);
    };
  }

  /** What is malformed is never passed over. */
  private CompletionStage<HttpResponse> wellFormed(
      Asked asked, Supplier<CompletionStage<HttpResponse>> then) {
    var fault = Preconditions.fault(asked.field("If-Match"), asked.field("If-None-Match"));
    if (fault.isPresent()) {
      return asked.refuse(ProblemType.BAD_REQUEST, fault.get());
    }
    return surroundings.databaseAway().getAsBoolean()
        ? Answers.now(Answers.databaseAway(asked.path()))
        : then.get();
  }

  private static CompletionStage<HttpResponse> others(Asked asked, String allow) {
    return switch (asked.method()) {
      case "OPTIONS" -> Answers.now(Responses.empty(204, new Fields().with("Allow", allow).list()));
      case "GET", "HEAD", "PUT", "PATCH", "POST", "DELETE", "QUERY" ->
          Answers.now(
              Responses.problem(ProblemType.METHOD_NOT_ALLOWED, "This takes " + allow, asked.path())
                  .addHeader(Fields.field("Allow", allow)));
      default -> asked.refuse(ProblemType.NOT_IMPLEMENTED, "This server knows no such method");
    };
  }
}
