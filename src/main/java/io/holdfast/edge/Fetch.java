package io.holdfast.edge;

import io.holdfast.caching.StaleOnError;
import io.holdfast.caching.StoredResponse;
import io.holdfast.caching.Storing;
import io.holdfast.caching.StoringDecision;
import io.holdfast.caching.UpdateDecision;
import io.holdfast.caching.Updating;
import io.holdfast.caching.Variants;
import io.holdfast.http.Bytes;
import io.holdfast.http.CacheStatus;
import io.holdfast.http.Fields;
import io.holdfast.http.MediaType;
import io.holdfast.upstream.AnswerSink;
import io.holdfast.upstream.ForwardClient;
import io.holdfast.upstream.Forwarding;
import io.holdfast.upstream.KeptContent;
import io.holdfast.upstream.ResponseHead;
import io.holdfast.upstream.Room;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * One question to a service whose answer may be stored: decides what becomes of the answer while it
 * comes, gives it to the client, and reports to the owner. On the event loop of its client, or of
 * who began it.
 *
 * <pre>
 *   ASKED --head--> PASSING (not stored)                                    --> OVER
 *     |      \----> TEEING (to the client and into memory) --whole--> stored --> OVER
 *     |      \----> COLLECTING (the client gets a part of it, or waits no more) -> OVER
 *     |      \----> 304: what is stored holds                                --> OVER
 *     \--no answer, or a failure: something stale, or the failure            --> OVER
 * </pre>
 */
final class Fetch implements AnswerSink {

  /** Who waits for it. On its event loop. */
  interface Client {
    /** It waits no more. */
    boolean isGone();

    void interim(ResponseHead head);

    /**
     * The answer of the service, as it comes.
     *
     * @return whether more may come at once
     */
    boolean pass(ResponseHead head, CacheStatus status);

    boolean passContent(Bytes bytes);

    void complete();

    void broken();

    /** A stored response is the answer. */
    void give(StoredResponse response, byte[] content, CacheStatus status);

    /** There is none; something else may take its place. */
    void refuse(ForwardClient.Failure failure, CacheStatus status);

    /** More of the request's content is wanted again. */
    void resume();

    /** The service has failed: whether the client gets something better than that. */
    boolean hasFallback();
  }

  /** Hears that it goes on, and then what becomes of it: one of the others, at most once. */
  interface Owner {
    /** Nothing has become of it yet. */
    void goesOn(long now);

    void store(StoredResponse response, byte[] content);

    /**
     * What is stored holds.
     *
     * @param content of what answers the request, if it is here
     */
    void confirm(UpdateDecision.Updated updated, Optional<byte[]> content);

    void outdate(List<StoredResponse> stale);

    void unshare();

    void fail(Optional<Duration> retryAfter, Optional<ForwardClient.Failure> failure);

    void release();
  }

  private enum State {
    ASKED,
    PASSING,
    TEEING,
    COLLECTING,
    CONFIRMED,
    OVER
  }

  /** An answer that takes longer is a stream: others do not wait for its end. */
  private static final Duration STREAM_AFTER = Duration.ofSeconds(5);

  /** Types of content that never end by nature. */
  private static final Set<String> STREAMS =
      Set.of("text/event-stream", "multipart/x-mixed-replace");

  private final Question question;
  private final Client client;
  private final Owner owner;
  private final InstantSource clock;
  private final Runnable askAgain;
  private final KeptContent content;
  private final Instant requestTime;
  private final String detail;
  private State state = State.ASKED;
  private Optional<StoredResponse> storing = Optional.empty();
  private boolean reported;
  private boolean heldBack;
  private Optional<ResponseHead> collected = Optional.empty();
  private long headNanos;
  private boolean asksAgain;
  private Supplier<Optional<Forwarding>> forwarding = Optional::empty;

  /**
   * @param detail of what goes on, for {@code Cache-Status}; or empty
   * @param askAgain a 304 has confirmed nothing: ask without conditions
   */
  Fetch(
      Question question,
      Client client,
      Owner owner,
      InstantSource clock,
      Room room,
      String detail,
      Runnable askAgain) {
    this.question = question;
    this.client = client;
    this.owner = owner;
    this.clock = clock;
    this.askAgain = askAgain;
    this.detail = detail;
    this.content = new KeptContent((int) question.settings().contentBytesMax(), room);
    this.requestTime = clock.instant();
  }

  /** It is on its way. */
  void begun(Supplier<Optional<Forwarding>> by) {
    forwarding = by;
  }

  // ---- the head ----

  @Override
  public void interim(ResponseHead head) {
    client.interim(head);
  }

  @Override
  public boolean head(ResponseHead head) {
    var now = clock.instant();
    if (ServiceFailure.is(head.status()) && insteadOf(head, now)) {
      return true;
    }
    if (head.status() == 304 && !question.asked().isEmpty()) {
      return confirmed(head, now);
    }
    return question.mayStore() ? judged(head, now) : pass(head, State.PASSING, status());
  }

  /**
   * A failure counts as one, unless the service says for how long it is to be given again. Who has
   * waited for it does not ask a service that fails once more.
   */
  private void unstored(ResponseHead head, Instant now) {
    report(
        ServiceFailure.is(head.status())
            ? () ->
                owner.fail(
                    ServiceFailure.retryAfter(head, now), Optional.of(ServiceFailure.of(head)))
            : owner::unshare);
  }

  /** Something stale, or what the route has for such cases. */
  private boolean insteadOf(ResponseHead head, Instant now) {
    var stale = stale(it -> it.allows(now, head.status()));
    if (stale.isEmpty() && !client.hasFallback()) {
      return false;
    }
    abandon();
    report(
        () ->
            owner.fail(ServiceFailure.retryAfter(head, now), Optional.of(ServiceFailure.of(head))));
    var status = status().withForwardedStatus(head.status());
    if (stale.isPresent()) {
      giveStale(stale.get(), status, now);
    } else {
      client.refuse(ServiceFailure.of(head), status);
    }
    return true;
  }

  /** What is stale is an answer only with its content, which may have had to leave meanwhile. */
  private record Stale(StoredResponse response, byte[] content) {}

  private Optional<Stale> stale(Predicate<StaleOnError> allowed) {
    return question
        .onError()
        .filter(allowed)
        .map(StaleOnError::response)
        .flatMap(it -> question.content().apply(it.contentId()).map(bytes -> new Stale(it, bytes)));
  }

  private void giveStale(Stale stale, CacheStatus status, Instant now) {
    client.give(stale.response(), stale.content(), status.withTtl(stale.response().ttl(now)));
  }

  private boolean confirmed(ResponseHead head, Instant now) {
    var decision =
        Updating.notModified(
            question.request(),
            question.asked(),
            caching(head),
            requestTime,
            now,
            question.settings());
    if (decision instanceof UpdateDecision.Updated updated) {
      var bytes = question.content().apply(updated.answer().contentId());
      if (bytes.isPresent()) {
        state = State.CONFIRMED;
        report(() -> owner.confirm(updated, bytes));
        client.give(updated.answer(), bytes.get(), statusOf(updated, now));
        return true;
      }
    } else if (decision instanceof UpdateDecision.PassOn) {
      report(owner::release);
      return pass(head, State.PASSING, status());
    }
    asksAgain = true;
    return true;
  }

  private CacheStatus statusOf(UpdateDecision.Updated updated, Instant now) {
    var answer = updated.answer();
    var status = status().withForwardedStatus(304).withTtl(answer.ttl(now));
    return updated.updated().contains(answer) ? status.asStored() : status;
  }

  private boolean judged(ResponseHead head, Instant now) {
    if (question.request().wantsHead()) {
      return judgedHead(head, now);
    }
    var decision =
        Storing.decide(question.request(), caching(head), requestTime, now, question.settings());
    if (decision instanceof StoringDecision.Refused refused) {
      if (refused.reason() == StoringDecision.Reason.REQUEST_NO_STORE) {
        report(owner::release); // Others may want it stored.
      } else {
        unstored(head, now);
      }
      return pass(head, State.PASSING, status().because(refused.reason().token()));
    }
    var response = ((StoringDecision.Store) decision).response();
    if (ServiceFailure.is(head.status()) && !response.isFresh(now) || isStream(head)) {
      unstored(head, now);
      return pass(head, State.PASSING, status());
    }
    storing = Optional.of(response);
    headNanos = System.nanoTime();
    if (!client.isGone() && isForAll()) {
      pass(head, State.TEEING, status().withTtl(response.ttl(now)).asStored());
    } else {
      collected = Optional.of(head);
      state = State.COLLECTING;
    }
    return true;
  }

  private static boolean isStream(ResponseHead head) {
    return head.field("Content-Type").map(MediaType::essence).filter(STREAMS::contains).isPresent();
  }

  /** The client gets what the service sends, and not a part of it. */
  private boolean isForAll() {
    var fields = question.request().fields();
    return !fields.has("If-None-Match")
        && !fields.has("If-Modified-Since")
        && (!fields.has("Range") || question.forwarded().has("Range"));
  }

  private boolean judgedHead(ResponseHead head, Instant now) {
    var decision =
        Updating.head(
            question.request(),
            Variants.matching(question.request(), question.asked()),
            caching(head),
            requestTime,
            now,
            question.settings());
    if (decision instanceof UpdateDecision.Updated updated) {
      var bytes = question.content().apply(updated.answer().contentId());
      report(() -> owner.confirm(updated, bytes));
    } else if (decision instanceof UpdateDecision.Outdated outdated) {
      report(() -> owner.outdate(outdated.stale()));
    } else if (ServiceFailure.is(head.status())) {
      unstored(head, now);
    } else {
      report(owner::release);
    }
    return pass(head, State.PASSING, status());
  }

  /** What is for nobody but a client that is gone is not read to its end, which may never come. */
  private boolean pass(ResponseHead head, State next, CacheStatus status) {
    if (next == State.PASSING && client.isGone()) {
      giveUp();
      return true;
    }
    state = next;
    return client.pass(head, status);
  }

  private CacheStatus status() {
    var status = CacheStatus.forwarded(question.why());
    return detail.isEmpty() ? status : status.because(detail);
  }

  private static io.holdfast.caching.ResponseHead caching(ResponseHead head) {
    return new io.holdfast.caching.ResponseHead(head.status(), new Fields(head.fields()));
  }

  // ---- its content ----

  @Override
  public boolean content(Bytes bytes) {
    switch (state) {
      case PASSING -> {
        return client.passContent(bytes);
      }
      case TEEING -> {
        boolean goesOn = collect(bytes);
        storeIfWhole();
        boolean more = client.passContent(bytes);
        heldBack |= !more;
        return goesOn || more;
      }
      case COLLECTING -> {
        return collect(bytes) || client.isGone() || client.passContent(bytes);
      }
      case ASKED, CONFIRMED, OVER -> {
        return true;
      }
    }
    return true;
  }

  /**
   * While it is collected the service sends as fast as it can: others wait for it, and they must
   * not wait for a client that reads slowly. It is not more than may be stored.
   */
  private boolean collect(Bytes bytes) {
    if (storing.isEmpty()) {
      return false;
    }
    if (content.take(bytes) == KeptContent.Taken.TAKEN) {
      return true;
    }
    passOnly();
    return false;
  }

  /** It is too long, or takes too long, to be stored: the client gets it as it comes. */
  private void passOnly() {
    storing = Optional.empty();
    report(owner::unshare);
    if (state == State.COLLECTING && client.isGone()) {
      giveUp();
      return;
    }
    if (state == State.COLLECTING) {
      client.pass(collected.orElseThrow(), status());
      content.pieces().forEach(client::passContent);
    }
    state = State.PASSING;
    content.forget();
  }

  /** Time goes by. */
  void tick(long now) {
    if (!reported) {
      owner.goesOn(now);
    }
    boolean collects = state == State.TEEING || state == State.COLLECTING;
    if (collects && now - headNanos >= STREAM_AFTER.toNanos()) {
      passOnly();
    }
  }

  @Override
  public void complete() {
    var before = state;
    over();
    switch (before) {
      case PASSING -> client.complete();
      case TEEING -> {
        store(); // First, so that whoever has seen the answer's end finds it at the owner.
        client.complete();
      }
      case COLLECTING ->
          store()
              .ifPresentOrElse(
                  response ->
                      client.give(
                          response,
                          content.joined(),
                          status().withTtl(response.ttl(clock.instant())).asStored()),
                  () -> client.refuse(ServiceFailure.brokenOff(), status()));
      case ASKED -> {
        if (asksAgain) {
          askAgain.run();
        }
      }
      case CONFIRMED, OVER -> {}
    }
    content.forget();
  }

  /** Before the client has all of it: it may ask another node at once, and finds it stored. */
  private void storeIfWhole() {
    if (storing.filter(it -> it.contentLength() == content.length()).isPresent()) {
      store();
    }
  }

  private Optional<StoredResponse> store() {
    long id = ThreadLocalRandom.current().nextLong();
    var whole = storing.flatMap(it -> it.completed(content.length(), id));
    report(() -> whole.ifPresentOrElse(it -> owner.store(it, content.joined()), owner::unshare));
    return whole;
  }

  @Override
  public void broken() {
    var before = state;
    over();
    report(() -> owner.fail(Optional.empty(), Optional.of(ServiceFailure.brokenOff())));
    switch (before) {
      case PASSING, TEEING -> client.broken();
      case COLLECTING, ASKED -> failed(ServiceFailure.brokenOff());
      case CONFIRMED, OVER -> {}
    }
    content.forget();
  }

  @Override
  public void refuse(ForwardClient.Failure failure) {
    if (state == State.OVER) {
      return;
    }
    over();
    report(() -> owner.fail(Optional.empty(), Optional.of(failure)));
    failed(failure);
  }

  private void failed(ForwardClient.Failure failure) {
    var now = clock.instant();
    var reason = failure.type().name().toLowerCase(Locale.ROOT).replace('_', '-');
    var status = status().because(reason);
    var stale = stale(it -> it.allows(now));
    if (stale.isPresent()) {
      giveStale(stale.get(), status, now);
    } else {
      client.refuse(failure, status);
    }
  }

  @Override
  public void resume() {
    client.resume();
  }

  /** The client reads again. */
  void writable() {
    if (heldBack || state == State.PASSING) {
      heldBack = false;
      forwarding.get().ifPresent(Forwarding::writable);
    }
  }

  /**
   * The client is gone. What others wait for, or will be stored soon, goes on.
   *
   * @param isAwaited others wait for it
   */
  void clientGone(boolean isAwaited) {
    switch (state) {
      case ASKED -> {
        if (!isAwaited) {
          giveUp();
        }
      }
      case TEEING -> state = State.COLLECTING;
      case PASSING -> giveUp();
      case COLLECTING, CONFIRMED, OVER -> {}
    }
  }

  private void giveUp() {
    abandon();
    report(owner::release);
    content.forget();
    client.complete();
  }

  private void abandon() {
    over();
    forwarding.get().ifPresent(Forwarding::abandon);
  }

  private void over() {
    state = State.OVER;
  }

  private void report(Runnable what) {
    if (!reported) {
      reported = true;
      what.run();
    }
  }

  boolean isOver() {
    return state == State.OVER;
  }
}
