package io.holdfast.edge;

import io.holdfast.http.Bytes;
import io.holdfast.http.FieldLine;
import io.holdfast.http.ProblemType;
import io.holdfast.http.RequestHead;
import io.holdfast.http.RequestTarget;
import io.holdfast.operation.AttemptPolicy.Outcome;
import io.holdfast.operation.Attempts;
import io.holdfast.operation.Message;
import io.holdfast.resilience.Priority;
import io.holdfast.resource.Standing;
import io.holdfast.route.Route;
import io.holdfast.telemetry.RequestTrace;
import io.holdfast.telemetry.Tracing;
import io.holdfast.upstream.Consequences;
import io.holdfast.upstream.ForwardClient.Failure;
import io.holdfast.upstream.ForwardRequest;
import io.holdfast.upstream.Forwarder;
import io.holdfast.upstream.Forwarding;
import io.holdfast.upstream.ResponseHead;
import io.holdfast.upstream.StoredAnswer;
import io.holdfast.upstream.Upstream;
import io.holdfast.upstream.Upstreams;
import io.holdfast.upstream.WholeAnswer;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Attempts of operations: the way of any request, to a service on an event loop of their own, to a
 * document through its handler. Each carries the operation's id as {@code Idempotency-Key}, but for
 * a write to a document whose client gave one.
 */
final class OperationAttempts implements Attempts {
  /** A service that has no room, or is known not to answer, is tried again so soon. */
  private static final Duration AGAIN = Duration.ofMillis(250);

  private static final Logger LOG = LoggerFactory.getLogger(OperationAttempts.class);
  private static final String KEY = "Idempotency-Key";

  private final Upstreams upstreams;
  private final Forwarder loop;
  private final DocumentAttempts documents;
  private final Changes changes;
  private final Supplier<Standing> reach;
  private final InstantSource clock;
  private final Tracing tracing;

  /** What a request of a client has as consequences, when it is carried out for it. */
  @FunctionalInterface
  interface Changes {
    Consequences of(Route route, String method, String target, String host, ForwardRequest request);
  }

  OperationAttempts(
      Upstreams upstreams,
      Forwarder loop,
      DocumentAttempts documents,
      Changes changes,
      Supplier<Standing> reach,
      InstantSource clock,
      Tracing tracing) {
    this.upstreams = upstreams;
    this.loop = loop;
    this.documents = documents;
    this.changes = changes;
    this.reach = reach;
    this.clock = clock;
    this.tracing = tracing;
  }

  @Override
  public boolean isOpen(Route route) {
    return route.isForwarded()
        ? upstreams
            .find(route.upstream())
            .filter(it -> it.isReachable(System.nanoTime()))
            .isPresent()
        : reach.get() == Standing.CURRENT;
  }

  @Override
  public boolean isRepeatable(Route route, String method) {
    return !route.isForwarded()
        || ForwardRequest.isIdempotent(method)
        || upstreams.find(route.upstream()).filter(it -> it.settings().honoursKeys()).isPresent();
  }

  @Override
  public Runnable begin(Request request, Consumer<Ended> ended) {
    var trace = trace(request);
    Consumer<Ended> told =
        how -> {
          end(trace, request, how.outcome());
          ended.accept(how);
        };
    if (!request.route().isForwarded()) {
      documents.begin(request, trace, told);
      return () -> {};
    }
    var upstream = upstreams.find(request.route().upstream());
    if (upstream.isEmpty()) { // it was taken away this very moment
      told.accept(notTried(ProblemType.NO_INSTANCE, "The service is not there any more."));
      return () -> {};
    }
    var attempt = new ToService(request, upstream.get(), trace, told);
    loop.later(attempt::begin);
    return () -> loop.later(attempt::abandon);
  }

  /** Of its own: its request was answered, perhaps long ago. */
  private RequestTrace trace(Request request) {
    var cause = valueOf(FieldLine.lines(request.message().fields()), ForwardRequest.TRACEPARENT);
    return RequestTrace.ofOperation(
        tracing, request.id(), request.method(), request.route().name(), cause);
  }

  private static void end(RequestTrace trace, Request request, Outcome outcome) {
    int status =
        outcome instanceof Outcome.Answered answered
            ? answered.status()
            : outcome instanceof Outcome.TooLarge large ? large.status() : 0;
    var reason =
        outcome instanceof Outcome.NotTried notTried
            ? notTried.type().typeName()
            : outcome instanceof Outcome.Unanswered unanswered ? unanswered.type().typeName() : "";
    trace.end(pathOf(request.target()), status, "", reason);
  }

  private static Ended notTried(ProblemType type, String why) {
    return new Ended(new Outcome.NotTried(type, why, AGAIN), Optional.empty());
  }

  /** One attempt; on the loop. */
  private final class ToService {
    private final Request request;
    private final Upstream upstream;
    private final RequestTrace trace;
    private final Consumer<Ended> ended;
    private final AtomicReference<Forwarding> forwarding = new AtomicReference<>();
    private final String host;
    private Consequences consequences = Consequences.NONE;
    private boolean sending; // the service may have got it
    private boolean over;

    ToService(Request request, Upstream upstream, RequestTrace trace, Consumer<Ended> ended) {
      this.request = request;
      this.trace = trace;
      this.upstream = upstream;
      this.ended = ended;
      this.host = valueOf(FieldLine.lines(request.message().fields()), "Host");
    }

    /** Whatever goes wrong here or below, the lane has to hear that it is over. */
    void begin() {
      try {
        send();
      } catch (RuntimeException e) {
        broken(e);
      }
    }

    private void broken(RuntimeException failure) {
      LOG.error("An attempt of operation {} failed", request.id(), failure);
      over = true;
      abandonForwarding();
      ended.accept(
          unanswered(
              ProblemType.INTERNAL, "The server made a mistake; its log says more.", sending));
    }

    private void send() {
      var forward = forward();
      consequences = changes.of(request.route(), request.method(), request.target(), host, forward);
      var answer = new WholeAnswer(request.route().async().resultBytesMax(), this::came);
      sending = true;
      var begun = loop.forward(forward, answer, upstream);
      forwarding.set(begun);
      var content = request.message().content();
      if (content.length > 0 && !over) {
        begun.content(new Bytes(content, 0, content.length));
        begun.contentEnded();
      }
    }

    private ForwardRequest forward() {
      var fields = new ArrayList<FieldLine>();
      for (var line : FieldLine.lines(request.message().fields())) {
        if (!line.is(KEY) && !line.is("Host") && !isOfTheTrace(line)) {
          fields.add(line);
        }
      }
      fields.add(new FieldLine(KEY, '"' + request.id() + '"'));
      var route = request.route();
      int length = request.message().content().length;
      return new ForwardRequest(
          request.method(),
          ServiceTarget.of(route, request.target()),
          1,
          List.copyOf(fields),
          route.preserveHost() ? host : "",
          length == 0 ? new RequestHead.None() : new RequestHead.Length(length),
          false,
          true,
          Priority.values()[request.priority()],
          ServiceTarget.hashKey(upstream, request.target(), fields, clientOf(fields)),
          System.nanoTime() + route.deadline().toNanos(),
          trace);
    }

    private void came(WholeAnswer.Outcome outcome) {
      if (over) {
        return;
      }
      over = true;
      try {
        end(outcome);
      } catch (RuntimeException e) {
        broken(e);
      }
    }

    private void end(WholeAnswer.Outcome outcome) {
      if (outcome instanceof WholeAnswer.Outcome.Whole whole) {
        consequences.ofAnswer(
            whole.head(), marks -> end(() -> answered(whole.head().with(marks), whole.content())));
      } else if (outcome instanceof WholeAnswer.Outcome.Cut cut) {
        abandonForwarding();
        consequences.ofAnswer(
            cut.head(), marks -> end(() -> cut(cut.head().with(marks), cut.content())));
      } else if (outcome instanceof WholeAnswer.Outcome.Broken) {
        consequences.ofSilence(
            marks ->
                ended.accept(
                    unanswered(
                        ProblemType.UPSTREAM_FAILED, "The service broke its answer off.", true)));
      } else {
        refused(((WholeAnswer.Outcome.Refused) outcome).failure());
      }
    }

    /** The consequences may have taken a while, and nobody else would catch it. */
    private void end(Supplier<Ended> how) {
      try {
        ended.accept(how.get());
      } catch (RuntimeException e) {
        broken(e);
      }
    }

    private void refused(Failure failure) {
      switch (failure.type()) {
        case BREAKER_OPEN, NO_INSTANCE, SHED ->
            ended.accept(notTried(failure.type(), failure.detail()));
        case OUTCOME_UNKNOWN ->
            consequences.ofSilence(
                marks ->
                    ended.accept(unanswered(ProblemType.UPSTREAM_TIMEOUT, failure.detail(), true)));
        default -> ended.accept(unanswered(failure.type(), failure.detail(), false));
      }
    }

    private Ended answered(ResponseHead head, byte[] content) {
      return new Ended(
          new Outcome.Answered(head.status(), retryAfter(head)), Optional.of(kept(head, content)));
    }

    private Ended cut(ResponseHead head, byte[] content) {
      boolean isResult = request.route().async().isFinal(head.status());
      return isResult && !request.route().async().resultTruncated()
          ? new Ended(new Outcome.TooLarge(head.status()), Optional.empty())
          : answered(head, content);
    }

    private Answer kept(ResponseHead head, byte[] content) {
      var stored = StoredAnswer.of(head, content, upstreams.proxyName(), clock.instant());
      return new Answer(
          stored.status(), new Message(stored.reason(), stored.fieldBytes(), stored.content()));
    }

    void abandon() {
      if (!over) {
        trace.end(pathOf(request.target()), 0, "", "abandoned");
      }
      over = true;
      abandonForwarding();
    }

    private void abandonForwarding() {
      Optional.ofNullable(forwarding.get()).ifPresent(Forwarding::abandon);
    }
  }

  /** Of the request's, and an attempt has one of its own. */
  private static boolean isOfTheTrace(FieldLine line) {
    return line.is(ForwardRequest.TRACEPARENT) || line.is("tracestate");
  }

  private static Ended unanswered(ProblemType type, String why, boolean mayHaveBeenDone) {
    return new Ended(new Outcome.Unanswered(type, why, mayHaveBeenDone), Optional.empty());
  }

  private static Optional<Duration> retryAfter(ResponseHead head) {
    return head.field("Retry-After")
        .filter(it -> it.matches("[0-9]{1,6}"))
        .map(it -> Duration.ofSeconds(Long.parseLong(it)));
  }

  /** The one that this node has put last. */
  private static String clientOf(List<FieldLine> fields) {
    var all = valueOf(fields, "X-Forwarded-For").split(",");
    return all[all.length - 1].strip();
  }

  private static String valueOf(List<FieldLine> fields, String name) {
    for (var line : fields) {
      if (line.is(name)) {
        return line.value();
      }
    }
    return "";
  }

  /** The path of a target as it was sent. */
  static String pathOf(String target) {
    return RequestTarget.parse(target).path();
  }
}
