package io.holdfast.edge;

import io.holdfast.http.Bytes;
import io.holdfast.http.FieldLine;
import io.holdfast.http.HttpDate;
import io.holdfast.http.ProblemType;
import io.holdfast.http.RequestHead;
import io.holdfast.operation.Message;
import io.holdfast.operation.Operation;
import io.holdfast.route.OperationPath;
import io.holdfast.telemetry.RequestTrace;
import io.holdfast.upstream.ForwardClient;
import io.holdfast.upstream.ForwardClient.Failure;
import io.holdfast.upstream.ForwardRequest;
import io.holdfast.upstream.Forwarding;
import io.holdfast.upstream.StoredAnswer;
import io.holdfast.upstream.Substitute.Answer;
import io.netty.channel.EventLoop;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Optional;
import java.util.concurrent.CompletionStage;

/**
 * The way to the answer that an operation had, which its client gets as it was given to us: so it
 * does not go by the HTTP model.
 */
final class OperationResultWay implements Way {
  /** An operation that changes while it is looked at: each time somebody asked for it anew. */
  private static final int LOOKS_MAX = 3;

  private final String id;
  private final String path;
  private final OperationsHandler.Surroundings surroundings;
  private final RequestLog log;
  private RequestTrace trace = RequestTrace.none();

  OperationResultWay(
      String id, String path, OperationsHandler.Surroundings surroundings, RequestLog log) {
    this.id = id;
    this.path = path;
    this.surroundings = surroundings;
    this.log = log;
  }

  /** On the event loop of the client's connection. */
  private static final class Asked implements Forwarding {
    private boolean hasClient = true;

    @Override
    public void content(Bytes bytes) {}

    @Override
    public void contentEnded() {}

    @Override
    public boolean wantsContent() {
      return true;
    }

    @Override
    public void writable() {}

    @Override
    public void abandon() {
      hasClient = false;
    }
  }

  @Override
  public Forwarding go(
      RequestHead head, Peer peer, ForwardClient client, EventLoop loop, long nowNanos) {
    trace =
        log.begin(
            head.method(),
            OperationPath.ROUTE_NAME,
            head.field(ForwardRequest.TRACEPARENT),
            System.nanoTime() - nowNanos);
    var asked = new Asked();
    if (surroundings.databaseAway().getAsBoolean()) {
      client.refuse(notRead());
      return asked;
    }
    look(1)
        .exceptionally(failure -> Answer.of(failed(failure)))
        .whenComplete(
            (answer, failure) ->
                loop.execute(() -> give(answer, head.method().equals("HEAD"), asked, client)));
    return asked;
  }

  private static void give(Answer answer, boolean isHead, Asked asked, ForwardClient client) {
    if (asked.hasClient) {
      answer.given().ifPresent(it -> dated(it, client.now()).giveTo(client, false, isHead));
      answer.refused().ifPresent(client::refuse);
    }
  }

  /** RFC 9110, section 6.6.1. */
  private static StoredAnswer dated(StoredAnswer answer, Instant now) {
    if (answer.fields().stream().anyMatch(it -> it.is("Date"))) {
      return answer;
    }
    var fields = new ArrayList<>(answer.fields());
    fields.add(new FieldLine("Date", HttpDate.format(now)));
    return new StoredAnswer(answer.status(), answer.reason(), fields, answer.content());
  }

  private CompletionStage<Answer> look(int looks) {
    return OperationAnswers.inTime(surroundings.operations().find(id))
        .thenCompose(
            found ->
                absent(found)
                    .map(it -> Answers.done(Answer.of(it)))
                    .orElseGet(() -> result(found.get(), looks)));
  }

  /** Why there is no result of what was found. */
  private static Optional<Failure> absent(Optional<Operation> found) {
    if (found.isEmpty()) {
      return refusal(ProblemType.NOT_FOUND, "There is no operation of that id");
    }
    var operation = found.get();
    if (operation.state() == Operation.State.EXPIRED) {
      return refusal(ProblemType.GONE, "The operation was done, and is not kept any more");
    }
    if (!operation.state().isFinal()) {
      return refusal(
          ProblemType.CONFLICT,
          "The operation is %s; it has no result yet".formatted(operation.state().word()));
    }
    return operation.result().isPresent()
        ? Optional.empty()
        : refusal(
            ProblemType.NOT_FOUND,
            "The operation %s without an answer".formatted(operation.state().word()));
  }

  private static Optional<Failure> refusal(ProblemType type, String detail) {
    return Optional.of(new Failure(type, detail));
  }

  private CompletionStage<Answer> result(Operation operation, int looks) {
    return OperationAnswers.inTime(surroundings.operations().result(id))
        .thenCompose(
            message ->
                message.isPresent() && operation.state() == Operation.State.SUCCEEDED
                    ? Answers.done(stored(operation, message.get()))
                    : unchanged(operation, message, looks));
  }

  /** Status and content are read one after the other, and of some both may change. */
  private CompletionStage<Answer> unchanged(
      Operation operation, Optional<Message> message, int looks) {
    return OperationAnswers.inTime(surroundings.operations().find(id))
        .thenCompose(
            now -> {
              if (now.filter(it -> it.version() == operation.version()).isEmpty()) {
                return looks < LOOKS_MAX ? look(looks + 1) : Answers.done(changing());
              }
              return Answers.done(
                  message
                      .map(it -> stored(operation, it))
                      .orElseGet(
                          () -> Answer.of(refusal(ProblemType.NOT_FOUND, "It is not kept").get())));
            });
  }

  private static Answer changing() {
    return Answer.of(new Failure(ProblemType.CONFLICT, "The operation is being carried out anew"));
  }

  private static Answer stored(Operation operation, Message message) {
    return Answer.of(
        StoredAnswer.stored(
            operation.result().orElseThrow().status(),
            message.reason(),
            message.fields(),
            message.content()));
  }

  private Failure failed(Throwable failure) {
    if (Answers.isNotRead(failure)) {
      return notRead();
    }
    log.failed(path, failure);
    return new Failure(ProblemType.INTERNAL, "The server made a mistake; its log says more");
  }

  private static Failure notRead() {
    return new Failure(
            ProblemType.DATABASE_UNAVAILABLE, "The database does not answer; nothing was changed")
        .with("Retry-After", "1");
  }

  @Override
  public void answered(
      RequestHead head, int status, String cacheStatus, String reason, long nanos) {
    log.answered(
        new RequestLog.Answered(
            head.method(), OperationPath.ROUTE_NAME, path, status, cacheStatus, reason),
        trace,
        nanos);
  }

  @Override
  public String traceId() {
    return trace.traceId();
  }
}
