package io.holdfast.upstream;

import io.holdfast.http.Bytes;
import io.holdfast.http.HttpDate;
import io.holdfast.http.ProblemType;
import io.holdfast.http.RequestHead;
import io.holdfast.resilience.Backoff;
import io.holdfast.resilience.Bulkhead;
import io.holdfast.telemetry.Span;
import io.holdfast.upstream.Upstream.Call;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;

/**
 * One client's request on its way through a service: it asks for room, makes attempts until one is
 * answered, and passes the answer on. All of it on the event loop of the client's connection.
 *
 * <pre>
 *   WAITING --room--> CONNECTING --open--> SENT --head of the answer--> ANSWERING --> OVER
 *      |                  |    ^             |                              |
 *      | queue-timeout    |    +- BACKOFF <--+ failed, and may be repeated  | broke off
 *      v                  v                  v                              v
 *     OVER (503)        OVER (502)         OVER (502, 504)                OVER
 * </pre>
 */
final class Forward implements Forwarding, Timed, Upstream.Waiter, InstanceConnection.User {
  /** Content of so many bytes is kept to be sent again; with more a request is sent once. */
  static final int KEPT_MAX = 64 * 1024;

  /** An instance that sends more interim answers (1xx) will hardly send a final one. */
  static final int INTERIMS_MAX = 20;

  private static final Backoff BACKOFF = new Backoff(Duration.ofMillis(25), Duration.ofMillis(250));

  /** An instance that wants to be left alone for longer has its answer passed on. */
  private static final Duration RETRY_AFTER_MAX = Duration.ofSeconds(1);

  /** How an attempt is counted whose client went away, or did not go on. */
  private static final String CLIENT_GONE = "client_gone";

  private enum State {
    WAITING,
    BACKOFF,
    CONNECTING,
    SENT,
    ANSWERING,
    OVER
  }

  private final ForwardRequest request;
  private final AnswerSink sink;
  private final Upstream upstream;
  private final Forwarder loop;
  private final Set<Instance> tried = new HashSet<>();
  private final List<Bytes> kept = new ArrayList<>();
  private State state = State.WAITING;
  private boolean hasRoom;
  private int keptBytes;
  private boolean keepsAll = true;
  private boolean contentEnded;
  private int attempts;
  private int interims; // of all attempts: the client gets them all
  private long untilNanos;
  private Optional<Call> call = Optional.empty();
  private Span attempt = Span.NONE;
  private Optional<InstanceConnection> connection = Optional.empty();
  private boolean connecting;
  private boolean sentSomething;
  private boolean mayHaveBeenCarriedOut;
  private boolean invited; // to send content: the client waits for that, if it said so
  private boolean paused; // for the client to read
  private long progressAt;

  Forward(ForwardRequest request, AnswerSink sink, Upstream upstream, Forwarder loop) {
    this.request = request;
    this.sink = sink;
    this.upstream = upstream;
    this.loop = loop;
    this.contentEnded = request.content() instanceof RequestHead.None;
    this.invited = !request.expectsContinue() || request.minorVersion() == 0;
  }

  // ---- room ----

  void begin(long now) {
    if (now - request.deadlineNanos() >= 0) { // Nothing is sent that nobody can wait for.
      refuse(
          ProblemType.UPSTREAM_TIMEOUT,
          ProxyError.HTTP_RESPONSE_TIMEOUT,
          "There was no time left to ask it.");
      return;
    }
    untilNanos =
        Math.min(request.deadlineNanos(), now + settings().concurrency().queueTimeout().toNanos());
    var entry = upstream.enter(this, request.priority(), untilNanos, now);
    if (entry instanceof Bulkhead.Entry.Admitted) {
      hasRoom = true;
      attempt(now);
    } else if (entry instanceof Bulkhead.Entry.Queued<Upstream.Waiter> queued) {
      queued.shed().ifPresent(Upstream.Waiter::shed);
    } else {
      refuse(
          ProblemType.SHED, ProxyError.CONNECTION_LIMIT_REACHED, "As many requests wait as may.");
    }
  }

  @Override
  public void admitted() {
    loop.run(
        () -> {
          hasRoom = true;
          if (state == State.WAITING) {
            attempt(System.nanoTime());
          } else {
            leave();
          }
        });
  }

  @Override
  public void shed() {
    loop.run(
        () -> {
          if (state == State.WAITING) {
            refuse(
                ProblemType.SHED,
                ProxyError.CONNECTION_LIMIT_REACHED,
                "A more important request came.");
          }
        });
  }

  private void leave() {
    if (hasRoom) {
      hasRoom = false;
      upstream.leave().forEach(Upstream.Waiter::admitted);
    }
  }

  private UpstreamSettings settings() {
    return upstream.settings();
  }

  // ---- attempts ----

  private void attempt(long now) {
    attempts++;
    progressAt = now;
    sentSomething = false;
    var beginning = upstream.begin(tried, request.hashKey(), mayTryAnother(), now);
    if (beginning.choice() instanceof Choice.BreakerOpen open) {
      refuse(ProblemType.BREAKER_OPEN, ProxyError.DESTINATION_UNAVAILABLE, open.reason());
    } else if (beginning.choice() instanceof Choice.NoInstance) {
      refuse(
          ProblemType.NO_INSTANCE,
          ProxyError.DESTINATION_UNAVAILABLE,
          "No instance can be used now.");
    } else {
      call = beginning.call();
      var instance = call.orElseThrow().instance();
      tried.add(instance);
      attempt = shown(instance.address());
      reach(instance);
    }
  }

  private Span shown(InstanceAddress to) {
    int query = request.target().indexOf('?');
    var path = query < 0 ? request.target() : request.target().substring(0, query);
    return request.trace().attempt(settings().name(), to.host(), to.port(), request.method(), path);
  }

  private void reach(Instance instance) {
    state = State.CONNECTING;
    var open = loop.pool().take(instance.address());
    if (open.isPresent()) {
      send(open.get());
      return;
    }
    connecting = true;
    var mine = call;
    loop.pool().connect(instance.address(), settings().connectTimeout(), it -> connected(mine, it));
  }

  private void connected(Optional<Call> forCall, InstancePool.Connected outcome) {
    boolean isMine = state == State.CONNECTING && connecting && call == forCall;
    if (outcome instanceof InstancePool.Connected.Open open) {
      if (isMine) {
        connecting = false;
        send(open.connection());
      } else {
        open.connection().close();
      }
    } else if (isMine) {
      connecting = false;
      var failed = (InstancePool.Connected.Failed) outcome;
      boolean timedOut = failed.error() == ProxyError.CONNECTION_TIMEOUT;
      failed(
          timedOut ? ProblemType.UPSTREAM_TIMEOUT : ProblemType.UPSTREAM_FAILED,
          failed.error(),
          failed.reason());
    }
  }

  private void send(InstanceConnection open) {
    connection = Optional.of(open);
    state = State.SENT;
    sentSomething = true;
    mayHaveBeenCarriedOut = true;
    progressAt = System.nanoTime();
    open.send(this, request.headFor(open.address(), attempt), request.isHead());
    kept.forEach(piece -> open.sendContent(piece, isChunked()));
    if (contentEnded) {
      open.endContent(isChunked());
    } else {
      open.flush();
      sink.resume();
    }
  }

  private boolean isChunked() {
    return request.content() instanceof RequestHead.Chunked;
  }

  // ---- the request's content ----

  @Override
  public void content(Bytes bytes) {
    if (state == State.OVER) {
      return;
    }
    progressAt = System.nanoTime();
    invited = true;
    keep(bytes);
    if (state == State.SENT || state == State.ANSWERING) {
      connection.ifPresent(
          open -> {
            open.sendContent(bytes, isChunked());
            open.flush();
          });
    }
  }

  /** What is kept can be sent again; before anything is sent, nothing else can be done with it. */
  private void keep(Bytes bytes) {
    boolean isSent = state == State.SENT || state == State.ANSWERING;
    keepsAll &= !isSent || keptBytes + bytes.length() <= KEPT_MAX;
    if (keepsAll) {
      kept.add(bytes);
      keptBytes += bytes.length();
    } else {
      kept.clear();
    }
  }

  @Override
  public void contentEnded() {
    contentEnded = true;
    progressAt = System.nanoTime();
    if (state == State.SENT || state == State.ANSWERING) {
      connection.ifPresent(open -> open.endContent(isChunked()));
    }
  }

  @Override
  public boolean wantsContent() {
    return switch (state) {
      case WAITING, BACKOFF, CONNECTING -> keptBytes < KEPT_MAX;
      case SENT, ANSWERING -> connection.map(InstanceConnection::takesMore).orElse(true);
      case OVER -> true;
    };
  }

  @Override
  public void sendMore() {
    progressAt = System.nanoTime();
    sink.resume();
  }

  // ---- the answer ----

  @Override
  public void head(ResponseHead head) {
    long now = System.nanoTime();
    progressAt = now;
    if (head.isInterim()) {
      interim(head);
      return;
    }
    upstream.answered(call.orElseThrow(), ending(head.status()), now);
    attempt.with("http.response.status_code", head.status());
    if (head.status() >= 500) {
      attempt.failed(Integer.toString(head.status()));
    }
    upstream.meters().answered(request.method(), head.status(), took(now));
    if (isWorthAnother(head.status()) && mayWaitFor(head, now) && mayRepeat(now)) {
      connection.ifPresent(InstanceConnection::close);
      again(retryAfter(head), now);
    } else {
      pass(head);
    }
  }

  private void interim(ResponseHead head) {
    invited = true;
    interims++;
    if (interims <= INTERIMS_MAX) {
      sink.interim(head);
    } else {
      failed(
          ProblemType.UPSTREAM_FAILED,
          ProxyError.HTTP_PROTOCOL_ERROR,
          "It sent more than " + INTERIMS_MAX + " interim answers.");
    }
  }

  private static CallEnding ending(int status) {
    return status == 503
        ? CallEnding.OVERLOADED
        : status >= 500 ? CallEnding.FAILED : CallEnding.ANSWERED;
  }

  private static boolean isWorthAnother(int status) {
    return status == 502 || status == 503 || status == 504;
  }

  private boolean mayWaitFor(ResponseHead head, long now) {
    return now + retryAfter(head).toNanos() < request.deadlineNanos()
        && retryAfter(head).compareTo(RETRY_AFTER_MAX) <= 0;
  }

  /**
   * In seconds, or as a date (RFC 9110, section 10.2.3), which is of the instance's own clock:
   * whoever says no {@code Date} beside it is left alone.
   */
  private static Duration retryAfter(ResponseHead head) {
    var said = head.field("Retry-After").orElse("");
    if (said.matches("[0-9]+")) {
      return Duration.ofSeconds(said.length() > 6 ? 1_000_000 : Long.parseLong(said));
    }
    var from = head.field("Date").flatMap(HttpDate::parse).orElse(Instant.EPOCH);
    return HttpDate.parse(said)
        .map(at -> Duration.between(from, at))
        .filter(wait -> !wait.isNegative())
        .orElse(Duration.ZERO);
  }

  private void pass(ResponseHead head) {
    state = State.ANSWERING;
    readOn(sink.head(head));
  }

  @Override
  public void answer(Bytes bytes) {
    progressAt = System.nanoTime();
    readOn(sink.content(bytes));
  }

  private void readOn(boolean more) {
    if (!more) {
      paused = true;
      connection.ifPresent(open -> open.read(false));
    }
  }

  @Override
  public void writable() {
    paused = false;
    progressAt = System.nanoTime();
    connection.ifPresent(open -> open.read(true));
  }

  @Override
  public void complete() {
    connection = Optional.empty();
    over();
    sink.complete();
  }

  @Override
  public void broken(ProxyError error, String reason) {
    connection = Optional.empty();
    if (state == State.SENT) {
      failed(ProblemType.UPSTREAM_FAILED, error, reason);
    } else if (state == State.ANSWERING) {
      loop.log().warn("{} broke off an answer: {}", instanceName(), reason);
      upstream.brokeOff(call.orElseThrow(), System.nanoTime());
      attempt.failed(error.word());
      over();
      sink.broken();
    }
  }

  private String instanceName() {
    return settings().name() + " at " + call.map(it -> it.instance().name()).orElse("-");
  }

  // ---- failure ----

  private void failed(ProblemType type, ProxyError error, String reason) {
    long now = System.nanoTime();
    connection.ifPresent(InstanceConnection::close);
    connection = Optional.empty();
    boolean timedOut = type == ProblemType.UPSTREAM_TIMEOUT;
    upstream.answered(call.orElseThrow(), timedOut ? CallEnding.TIMED_OUT : CallEnding.FAILED, now);
    attempt.failed(error.word());
    upstream.meters().failed(request.method(), error.word(), took(now));
    loop.log().debug("{}: {}", instanceName(), reason);
    if (now < request.deadlineNanos() && mayRepeat(now)) {
      again(Duration.ZERO, now);
    } else {
      refuse(type, error, reason);
    }
  }

  /** Of the attempt that is under way, in nanoseconds. */
  private long took(long now) {
    return now - call.orElseThrow().sinceNanos();
  }

  private boolean mayRepeat(long now) {
    boolean safe = !sentSomething || isSafeToRepeat();
    return safe && attempts <= settings().retriesMax() && upstream.spendRetry(now);
  }

  private boolean isSafeToRepeat() {
    return request.isRepeatable(settings().honoursKeys()) && keepsAll;
  }

  private boolean mayTryAnother() {
    return isSafeToRepeat() && settings().retriesMax() > 0;
  }

  private void again(Duration atLeast, long now) {
    attempt.end();
    call.ifPresent(upstream::over);
    call = Optional.empty();
    connection = Optional.empty();
    var wait = BACKOFF.before(attempts, ThreadLocalRandom.current().nextDouble());
    var longer = wait.compareTo(atLeast) > 0 ? wait : atLeast;
    if (!sentSomething && atLeast.isZero()) {
      attempt(now);
    } else {
      state = State.BACKOFF;
      untilNanos = now + longer.toNanos();
    }
  }

  private void refuse(ProblemType type, ProxyError error, String detail) {
    count(type);
    var where = call.map(it -> "; next-hop=\"" + it.instance().name() + "\"").orElse("");
    var proxyStatus =
        "holdfast; error=" + error.word() + where + "; details=\"" + quotable(detail) + "\"";
    over();
    var said =
        isUnknown()
            ? new ForwardClient.Failure(
                ProblemType.OUTCOME_UNKNOWN,
                "%s: Whether the service has carried it out is not known: %s"
                    .formatted(settings().name(), detail))
            : new ForwardClient.Failure(type, settings().name() + ": " + detail);
    sink.refuse(said.with("Proxy-Status", proxyStatus));
  }

  /**
   * Of an earlier attempt too: its request may have been carried out, whatever stopped the last.
   */
  private boolean isUnknown() {
    return request.keyed() && mayHaveBeenCarriedOut && !request.isRepeatable(false);
  }

  /** What had an attempt has been counted with that. */
  private void count(ProblemType type) {
    switch (type) {
      case SHED -> upstream.meters().shed(request.priority());
      case BREAKER_OPEN -> upstream.meters().count(UpstreamMeters.Refused.BREAKER_OPEN);
      case NO_INSTANCE -> upstream.meters().count(UpstreamMeters.Refused.NO_INSTANCE);
      default -> {}
    }
  }

  private static String quotable(String text) {
    return text.replaceAll("[^ -~]", "?").replace("\\", "\\\\").replace("\"", "\\\"");
  }

  private void over() {
    state = State.OVER;
    attempt.end();
    call.ifPresent(upstream::over);
    call = Optional.empty();
    connection.ifPresent(InstanceConnection::close);
    connection = Optional.empty();
    kept.clear();
    loop.remove(this);
    leave();
  }

  @Override
  public void abandon() {
    if (state == State.OVER) {
      return;
    }
    if (state == State.WAITING) {
      upstream.withdraw(this);
    }
    if (state == State.SENT || state == State.CONNECTING) {
      giveUpCall(System.nanoTime());
    }
    over();
  }

  // ---- time ----

  @Override
  public void tick(long now) {
    switch (state) {
      case WAITING -> {
        if (now - untilNanos >= 0) {
          upstream.withdraw(this);
          refuse(
              ProblemType.SHED,
              ProxyError.CONNECTION_LIMIT_REACHED,
              "There was no room for it in time.");
        }
      }
      case BACKOFF -> {
        if (now - untilNanos >= 0) {
          attempt(now);
        }
      }
      case CONNECTING, SENT -> watch(now);
      case ANSWERING -> {
        if (!paused && now - progressAt >= settings().attemptTimeout().toNanos()) {
          connection.ifPresent(InstanceConnection::close);
          broken(
              ProxyError.CONNECTION_READ_TIMEOUT,
              "It sent nothing for " + settings().attemptTimeout().toMillis() + " ms.");
        }
      }
      case OVER -> {}
    }
  }

  /** As long as it is the client that has to go on, nothing is held against the instance. */
  private void watch(long now) {
    boolean deadlinePassed = now - request.deadlineNanos() >= 0;
    if (waitsForClient()) {
      upstream.waitsForClient(call.orElseThrow(), now);
      progressAt = now;
      if (deadlinePassed) {
        giveUpOnClient(now);
      }
      return;
    }
    upstream.look(call.orElseThrow(), now);
    boolean firstByteLate =
        state == State.SENT
            && contentEnded
            && now - progressAt >= settings().firstByteTimeout().toNanos();
    boolean attemptLate = now - progressAt >= settings().attemptTimeout().toNanos();
    if (firstByteLate || attemptLate || deadlinePassed) {
      connecting = false;
      failed(
          ProblemType.UPSTREAM_TIMEOUT,
          deadlinePassed ? ProxyError.HTTP_RESPONSE_TIMEOUT : ProxyError.CONNECTION_READ_TIMEOUT,
          deadlinePassed
              ? "There was no answer by the deadline of the request."
              : "There was no answer for " + (now - progressAt) / 1_000_000 + " ms.");
    }
  }

  /** For more content, which the instance would take. */
  private boolean waitsForClient() {
    return state == State.SENT
        && !contentEnded
        && invited
        && connection.map(InstanceConnection::takesMore).orElse(false);
  }

  /** For a reason that says nothing about the instance. */
  private void giveUpCall(long now) {
    upstream.abandoned(call.orElseThrow(), now);
    upstream.meters().failed(request.method(), CLIENT_GONE, took(now));
  }

  private void giveUpOnClient(long now) {
    giveUpCall(now);
    refuse(
        ProblemType.REQUEST_TIMEOUT,
        ProxyError.HTTP_REQUEST_ERROR,
        "The content of the request was not there whole by its deadline.");
  }
}
