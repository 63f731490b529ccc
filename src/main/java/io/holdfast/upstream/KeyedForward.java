package io.holdfast.upstream;

import io.holdfast.http.Bytes;
import io.holdfast.http.FieldLine;
import io.holdfast.http.ProblemType;
import io.holdfast.http.RequestHead;
import io.holdfast.resilience.Backoff;
import io.holdfast.upstream.KeyStore.Ended;
import io.holdfast.upstream.KeyStore.Ending;
import io.holdfast.upstream.KeyStore.Seen;
import io.holdfast.upstream.UpstreamMeters.Keyed;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * A request under an {@code Idempotency-Key} on its way: carried out once by whoever has its row in
 * the table, and answered from there to all others. All of it on the event loop of the client's
 * connection.
 *
 * <pre>
 *   COLLECTING --content whole--> ASKING --the row is ours--> RUNNING --answer--> ENDING --> OVER
 *       |                        ^  |  \--answered, reused, unknown-------------------------> OVER
 *       | too long (413)         |  v                                               |
 *      OVER                    WAITING (somebody carries it out)     too large: STREAMING --> OVER
 * </pre>
 *
 * Once it is being carried out it is, whether its client waits or not: an answer that nobody has
 * written down would leave the outcome unknown to the client's next attempt.
 */
final class KeyedForward implements Forwarding, Timed, KeyedAnswer.Listener {
  private static final Backoff LOOK_AGAIN =
      new Backoff(Duration.ofMillis(20), Duration.ofMillis(250));

  /** A table that is away for longer than that is away. */
  private static final Duration PATIENCE_WITH_TABLE = Duration.ofMillis(300);

  /** To write an answer down that came at the last moment. */
  private static final Duration ENDING_GRACE = Duration.ofSeconds(1);

  /** Between the last moment in which it may be carried out and that in which others may say so. */
  private static final Duration APART = Duration.ofSeconds(10);

  private enum State {
    COLLECTING,
    ASKING,
    WAITING,
    RUNNING,
    ENDING,
    STREAMING,
    OVER
  }

  /**
   * What it needs of its node.
   *
   * @param keys the table as it can be reached now
   * @param consequences of what the service answers
   * @param substitute done in the place of forwarding
   */
  record Surroundings(
      Supplier<KeyStore> keys,
      Room room,
      String proxyName,
      Consequences consequences,
      Optional<Substitute> substitute) {}

  private final KeyedRequest request;
  private final ForwardClient client;
  private final Upstream upstream;
  private final Forwarder loop;
  private final Surroundings surroundings;
  private final KeptContent content;
  private final KeyedAnswer answer;
  private final KeyedClient waiting;
  private final String token = UUID.randomUUID().toString();
  private State state = State.COLLECTING;
  private KeyedDecision.Asker asker;
  private long deadlineNanos;

  // the table
  private Supplier<CompletionStage<Seen>> question = this::look;
  private long firstAskedNanos;
  private long againNanos;
  private int looks;
  private boolean hasSeen;
  private boolean waited;

  // carrying it out
  private Optional<Forward> attempt = Optional.empty();
  private Optional<Substitute.Answer> done = Optional.empty();
  private Ending ending = new Ending.Released();
  private Runnable reply = () -> {};
  private long endingNanos;

  KeyedForward(
      KeyedRequest request,
      ForwardClient client,
      Upstream upstream,
      Forwarder loop,
      Surroundings surroundings) {
    this.request = request;
    this.client = client;
    this.upstream = upstream;
    this.loop = loop;
    this.surroundings = surroundings;
    this.content = new KeptContent(request.limits().contentBytesMax(), surroundings.room());
    this.waiting = new KeyedClient(client, upstream, request.id());
    this.answer = new KeyedAnswer(request.limits().answerBytesMax(), surroundings.room(), this);
  }

  // ---- the request's content ----

  void begin() {
    if (request.forward().content() instanceof RequestHead.None) {
      contentEnded();
    } else if (request.forward().content() instanceof RequestHead.Length fixed
        && fixed.length() > request.limits().contentBytesMax()) {
      refuseContent();
    } else if (request.forward().expectsContinue() && request.forward().minorVersion() > 0) {
      client.write(loop.continueBytes());
    }
  }

  @Override
  public void content(Bytes bytes) {
    if (state != State.COLLECTING) {
      return;
    }
    switch (content.take(bytes)) {
      case TAKEN -> {}
      case TOO_LONG -> refuseContent();
      case NO_ROOM -> refuse(ProblemType.SHED, "There is no room for more content of requests.");
    }
  }

  private void refuseContent() {
    refuse(
        ProblemType.CONTENT_TOO_LARGE,
        "With an Idempotency-Key the content has up to %d bytes here."
            .formatted(request.limits().contentBytesMax()));
  }

  @Override
  public void contentEnded() {
    if (state == State.COLLECTING) {
      boolean repeatable =
          surroundings.substitute().isPresent()
              || request.forward().isRepeatable(upstream.settings().honoursKeys());
      asker = new KeyedDecision.Asker(token, request.fingerprint(content.pieces()), repeatable);
      firstAskedNanos = System.nanoTime();
      deadlineNanos = firstAskedNanos + request.deadline().toNanos();
      claim();
    }
  }

  @Override
  public boolean wantsContent() {
    return true;
  }

  @Override
  public void writable() {
    if (state == State.STREAMING) {
      attempt.ifPresent(Forward::writable);
    }
  }

  // ---- the table ----

  private KeyStore keys() {
    return surroundings.keys().get();
  }

  private CompletionStage<Seen> look() {
    return keys().look(request.id());
  }

  private void claim() {
    ask(() -> keys().claim(request.id(), claimNow()));
  }

  private KeyStore.Claim claimNow() {
    var runsFor =
        Duration.ofNanos(deadlineNanos - System.nanoTime())
            .plus(upstream.settings().attemptTimeout())
            .plus(APART);
    return new KeyStore.Claim(token, asker.fingerprint(), runsFor, request.limits().keptMax());
  }

  private void ask(Supplier<CompletionStage<Seen>> next) {
    question = next;
    state = State.ASKING;
    next.get()
        .whenComplete(
            (seen, failure) -> loop.later(() -> seen(failure == null ? seen : new Seen.Away())));
  }

  private void askLater(Supplier<CompletionStage<Seen>> next) {
    question = next;
    state = State.WAITING;
    looks++;
    double chance = 0.5 + ThreadLocalRandom.current().nextDouble() / 2;
    againNanos = System.nanoTime() + LOOK_AGAIN.before(looks, chance).toNanos();
  }

  private void seen(Seen seen) {
    if (seen instanceof Seen.Found found) {
      hasSeen = true;
      if (state == State.ASKING) {
        act(KeyedDecision.of(found.row(), asker, found.now()));
      } else if (isMine(found)) {
        release(); // it was given up while it was asked for
      }
    } else if (state == State.ASKING) {
      if (isTableAway(System.nanoTime())) {
        refuseWithoutTable();
      } else {
        askLater(question);
      }
    }
  }

  private boolean isMine(Seen.Found found) {
    return attempt.isEmpty()
        && KeyedDecision.of(found.row(), asker, found.now()) instanceof KeyedDecision.Run;
  }

  /** Whoever has seen a row waits for the table as long as for whom it names. */
  private boolean isTableAway(long now) {
    return !hasSeen && now - firstAskedNanos >= PATIENCE_WITH_TABLE.toNanos();
  }

  private void refuseWithoutTable() {
    waiting.refuse(
        ProblemType.DATABASE_UNAVAILABLE,
        "The database, which remembers keys, does not answer; nothing was sent.");
    release();
  }

  /** A row may have been made, whatever was heard of it. Nobody will act on it. */
  private void release() {
    writeDown(new Ending.Released(), ended -> {});
    over();
  }

  private void act(KeyedDecision decision) {
    if (decision instanceof KeyedDecision.Replay replay) {
      count(Keyed.REPLAYED);
      waiting.give(replay.answer(), true);
      over();
    } else if (decision instanceof KeyedDecision.Wait) {
      beginToWait();
    } else if (decision instanceof KeyedDecision.Reused) {
      count(Keyed.REUSED);
      refuse(ProblemType.IDEMPOTENCY_KEY_REUSED, "The Idempotency-Key is another request's.");
    } else if (decision instanceof KeyedDecision.NotKept) {
      count(Keyed.NOT_KEPT);
      refuse(
          ProblemType.CONFLICT,
          "The request was carried out, and its answer was too large to be kept.");
    } else if (decision instanceof KeyedDecision.Unknown || attempt.isPresent()) {
      refuse(
          ProblemType.OUTCOME_UNKNOWN,
          "Whether an earlier request under this key was carried out is not known.");
    } else {
      carryOut(decision);
    }
  }

  private void beginToWait() {
    if (!waited) {
      waited = true;
      count(Keyed.WAITED);
    }
    askLater(this::look);
  }

  private void carryOut(KeyedDecision decision) {
    if (decision instanceof KeyedDecision.TakeOver takeOver) {
      ask(() -> keys().takeOver(request.id(), takeOver.from(), claimNow()));
    } else if (decision instanceof KeyedDecision.Claim) {
      claim();
    } else {
      run();
    }
  }

  // ---- the attempt ----

  private void run() {
    state = State.RUNNING;
    count(Keyed.CARRIED_OUT);
    if (done.isPresent()) { // and its content is not here any more
      substituted(done.get());
      return;
    }
    if (surroundings.substitute().isPresent()) {
      surroundings
          .substitute()
          .get()
          .answer(content.joined(), () -> loop.later(content::forget))
          .whenComplete((answer, failure) -> loop.later(() -> substituted(answer)));
      return;
    }
    var whole = request.forward().whole(content.length(), deadlineNanos);
    var forward = new Forward(whole, answer, upstream, loop);
    attempt = Optional.of(forward);
    content.pieces().forEach(forward::content);
    if (content.length() > 0) {
      forward.contentEnded();
    }
    loop.begin(forward);
  }

  /** What is refused, or failed, may be asked for again: it will be the same. */
  private void substituted(Substitute.Answer answer) {
    if (state != State.RUNNING) {
      return;
    }
    if (answer.given().isPresent()) {
      done = Optional.of(answer);
      var stored = answer.given().get();
      end(
          stored.status() < 500 ? new Ending.Answered(stored) : new Ending.Released(),
          () -> waiting.give(stored, false));
    } else {
      end(new Ending.Released(), () -> waiting.refuse(answer.refused().orElseThrow()));
    }
  }

  @Override
  public void whole(ResponseHead head, byte[] bytes) {
    var stored = StoredAnswer.of(head, bytes, surroundings.proxyName(), client.now());
    afterConsequences(
        head,
        () ->
            end(
                isFinal(head) ? new Ending.Answered(stored) : new Ending.Released(),
                () -> waiting.give(stored, false)));
  }

  private void afterConsequences(ResponseHead head, Runnable then) {
    state = State.ENDING;
    endingNanos = System.nanoTime();
    surroundings.consequences().ofAnswer(head, told -> told(told, then));
  }

  @Override
  public void tooLarge(ResponseHead head) {
    afterConsequences(
        head,
        () ->
            end(
                isFinal(head) ? new Ending.NotKept(head.status()) : new Ending.Released(),
                this::stream));
  }

  private void stream() {
    if (!waiting.waits()) {
      attempt.ifPresent(Forward::abandon);
      return;
    }
    state = State.STREAMING;
    waiting.hasGone();
    int minorVersion = request.forward().minorVersion();
    var out = new ClientAnswer(client, minorVersion, loop, surroundings.proxyName());
    if (answer.passTo(waiting.beside(out))) {
      attempt.ifPresent(Forward::writable);
    }
  }

  /** An error of the service is none of its answers: a repeat may find it well again. */
  private static boolean isFinal(ResponseHead head) {
    return head.status() < 500;
  }

  @Override
  public void brokeOff(Optional<ResponseHead> head) {
    if (head.map(KeyedForward::isFinal).orElse(true)) {
      afterSilence(
          () ->
              end(
                  new Ending.Unknown(),
                  () ->
                      waiting.refuseAsUnknown(
                          "The service has begun to answer, and not gone on.")));
    } else {
      end(
          new Ending.Released(),
          () -> waiting.refuse(ProblemType.UPSTREAM_FAILED, "The service broke its answer off."));
    }
  }

  @Override
  public void refused(ForwardClient.Failure failure) {
    if (failure.type() == ProblemType.OUTCOME_UNKNOWN) {
      afterSilence(() -> end(new Ending.Unknown(), () -> waiting.refuse(failure)));
    } else {
      end(new Ending.Released(), () -> waiting.refuse(failure));
    }
  }

  private void afterSilence(Runnable then) {
    state = State.ENDING;
    endingNanos = System.nanoTime();
    surroundings.consequences().ofSilence(told -> told(told, then));
  }

  private void told(List<FieldLine> beside, Runnable then) {
    waiting.tell(beside);
    then.run();
  }

  @Override
  public void passedOn() {
    over();
  }

  // ---- its end ----

  private void end(Ending how, Runnable toClient) {
    state = State.ENDING;
    ending = how;
    reply = toClient;
    endingNanos = System.nanoTime();
    writeDown(how, this::ended);
  }

  private void writeDown(Ending how, Consumer<Ended> outcomes) {
    new KeyedEnding(loop, surroundings.keys(), request.id(), token, how, outcomes).begin();
  }

  private void ended(Ended how) {
    if (state != State.ENDING) {
      return;
    }
    switch (how) {
      case DONE -> reply();
      case NOT_MINE -> notMine();
      case AWAY -> {
        if (!mustBeFound()) {
          reply();
        }
      }
    }
  }

  private void reply() {
    reply.run();
    if (state == State.ENDING) {
      over();
    }
  }

  /** A success that a repeat would not find is no success. */
  private boolean mustBeFound() {
    return ending instanceof Ending.Answered || ending instanceof Ending.NotKept;
  }

  /** Another has taken the request for lost, and carries it out: what that brings is the answer. */
  private void notMine() {
    if (mustBeFound()) {
      attempt.ifPresent(Forward::abandon);
      askLater(this::look);
    } else {
      reply();
    }
  }

  private void refuse(ProblemType type, String detail) {
    waiting.refuse(type, detail);
    over();
  }

  private void over() {
    state = State.OVER;
    answer.forget();
    content.forget();
    loop.remove(this);
  }

  /** What is being carried out is, without a client too. */
  @Override
  public void abandon() {
    waiting.hasGone();
    switch (state) {
      case COLLECTING -> over();
      case ASKING, WAITING -> release();
      case STREAMING -> {
        attempt.ifPresent(Forward::abandon);
        over();
      }
      case RUNNING, ENDING, OVER -> {}
    }
  }

  // ---- time ----

  @Override
  public void tick(long now) {
    switch (state) {
      case COLLECTING, STREAMING, OVER -> {}
      case ASKING -> {
        if (isTableAway(now) && keys().isAway()) {
          refuseWithoutTable();
        } else if (now - deadlineNanos >= 0) {
          tooLate();
        }
      }
      case WAITING -> {
        if (now - deadlineNanos >= 0) {
          tooLate();
        } else if (now - againNanos >= 0) {
          ask(question);
        }
      }
      case RUNNING -> watch(now);
      case ENDING -> watchEnding(now);
    }
  }

  private void tooLate() {
    if (attempt.isPresent()) {
      refuse(
          ProblemType.OUTCOME_UNKNOWN,
          "The service has answered, and another carries the request out.");
    } else if (hasSeen) {
      count(Keyed.NOT_DONE);
      waiting.refuseAsNotDone();
      release();
    } else {
      refuseWithoutTable();
    }
  }

  /** The deadline is for the beginning of an answer; one that never ends is given up as well. */
  private void watch(long now) {
    if (now - deadlineNanos >= upstream.settings().attemptTimeout().toNanos()) {
      attempt.ifPresent(Forward::abandon);
      answer.broken();
    }
  }

  private void watchEnding(long now) {
    boolean late = now - deadlineNanos >= 0 && now - endingNanos >= ENDING_GRACE.toNanos();
    if (late && mustBeFound()) {
      attempt.ifPresent(Forward::abandon);
      refuse(
          ProblemType.OUTCOME_UNKNOWN,
          "The service has answered, and its answer cannot be written down yet.");
    }
  }

  private void count(Keyed what) {
    upstream.meters().count(what);
  }
}
