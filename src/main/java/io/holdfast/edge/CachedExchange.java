package io.holdfast.edge;

import io.holdfast.caching.Answer;
import io.holdfast.caching.Reuse;
import io.holdfast.caching.ReuseDecision;
import io.holdfast.caching.StoredResponse;
import io.holdfast.http.Bytes;
import io.holdfast.http.CacheStatus;
import io.holdfast.http.FieldLine;
import io.holdfast.http.ProblemType;
import io.holdfast.resource.PurgeLog;
import io.holdfast.resource.Representation;
import io.holdfast.resource.ServedCopies;
import io.holdfast.resource.ServedCopies.Copy;
import io.holdfast.resource.ServedCopies.Vouched;
import io.holdfast.resource.Standing;
import io.holdfast.resource.StoredUse;
import io.holdfast.resource.Ticket;
import io.holdfast.upstream.ClientAnswer;
import io.holdfast.upstream.ForwardClient;
import io.holdfast.upstream.Forwarder;
import io.holdfast.upstream.Forwarding;
import io.holdfast.upstream.ResponseHead;
import io.holdfast.upstream.Room;
import io.holdfast.upstream.Timed;
import io.holdfast.upstream.Upstreams;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * A request that may be answered from what is stored, in the order of promise G9: from a copy here
 * that its owner vouches for; from what the owner has; from the service, asked once for all who
 * wait; from something stale; by the route's fallback. All of it on the event loop of the client's
 * connection.
 *
 * <pre>
 *   begin --vouched copy is fresh--------------------------------------> OVER
 *     |
 *   ASKING --found--> OVER          no owner in time: copy, marked ----> OVER
 *     |   \--somebody fetches--> QUEUED --found, failed----------------> OVER
 *     |    \                       |         (asked again now and then)
 *     |     \--fetch it-------> FETCHING --answer----------------------> OVER
 * </pre>
 */
final class CachedExchange implements Forwarding, Timed, Fetch.Client {
  /** With a copy at hand an owner that is silent for longer is not waited for. */
  private static final Duration COPY_AFTER = Duration.ofMillis(50);

  /** Without one it is worth a little more: it saves the service a request. */
  private static final Duration OWNER_PATIENCE = Duration.ofMillis(400);

  /** Whoever waits asks again so often, in case that the owner has moved. */
  private static final Duration ASK_AGAIN = Duration.ofMillis(500);

  /** To write an answer down, beyond the deadline for its beginning. */
  private static final Duration FETCH_GRACE = Duration.ofSeconds(5);

  /**
   * What it needs of its node.
   *
   * @param owners as they can be reached now
   * @param standing of this node to owners that do not answer
   * @param clock the same on all nodes
   * @param variantsMax stored responses of one target
   */
  record Surroundings(
      Supplier<Optional<Inquiries>> owners,
      ServedCopies copies,
      PurgeLog purges,
      Supplier<Standing> standing,
      InstantSource clock,
      Room room,
      Upstreams upstreams,
      int variantsMax,
      Edge.Stored stored,
      Consumer<Standing> marked) {

    CacheCounts counts() {
      return stored.counts();
    }
  }

  private enum State {
    ASKING,
    QUEUED,
    FETCHING,
    OVER
  }

  private final CachedRequest request;
  private final ForwardClient client;
  private final Forwarder loop;
  private final Surroundings surroundings;
  private final List<Bytes> content;
  private State state = State.ASKING;
  private Optional<Inquiries> owner = Optional.empty();
  private long exchange;
  private Vouched vouched = Vouched.NOT;
  private long untilNanos;
  private boolean gone;
  private Optional<Fetch> fetch = Optional.empty();
  private Optional<Forwarding> forwarding = Optional.empty();
  private Optional<ClientAnswer> passing = Optional.empty();
  private boolean awaited;
  private boolean seeded;
  private Optional<Forwarding> elsewhere = Optional.empty();

  /**
   * @param content of the request, whole: of QUERY
   */
  CachedExchange(
      CachedRequest request,
      ForwardClient client,
      Forwarder loop,
      Surroundings surroundings,
      List<Bytes> content) {
    this.request = request;
    this.client = client;
    this.loop = loop;
    this.surroundings = surroundings;
    this.content = List.copyOf(content);
  }

  /** The answer may be there before this returns. */
  void begin() {
    var decision = Reuse.decide(request.caching(), List.of(), surroundings.clock().instant());
    if (!request.stores()) {
      decision = new ReuseDecision.Bypass(CacheStatus.Forward.BYPASS);
    }
    if (decision instanceof ReuseDecision.Bypass) {
      loop.add(this);
      ask(decision, Ticket.NONE, List.of(), Map.of(), "");
    } else if (!answeredByCopy()) {
      loop.add(this);
      owner = surroundings.owners().get();
      askOwner(copies(), true);
    }
  }

  private List<Copy> copies() {
    return surroundings.copies().find(request.target(), request.key(), surroundings.purges());
  }

  /** A fresh hit needs no other node. */
  private boolean answeredByCopy() {
    var vouched = copies().stream().filter(it -> it.vouched().holds()).toList();
    if (vouched.isEmpty() || !surroundings.stored().knowsPurges().getAsBoolean()) {
      return false;
    }
    var now = surroundings.clock().instant();
    var decision = Reuse.decide(request.caching(), responses(vouched), now);
    if (!(decision instanceof ReuseDecision.Fresh fresh)) {
      return false;
    }
    var copy = of(fresh.response(), vouched);
    give(fresh.response(), copy.content(), hit(fresh.response()));
    if (copy.vouched().isToBeRenewed()) {
      CopyRenewal.begin(request, copy, surroundings);
    }
    return true;
  }

  private static List<StoredResponse> responses(List<Copy> copies) {
    return copies.stream().map(Copy::response).toList();
  }

  private static Copy of(StoredResponse response, List<Copy> copies) {
    return copies.stream().filter(it -> it.response() == response).findFirst().orElseThrow();
  }

  private CacheStatus hit(StoredResponse response) {
    return CacheStatus.hit().withTtl(response.ttl(surroundings.clock().instant()));
  }

  // ---- the owner ----

  private void askOwner(List<Copy> copies, boolean withKnown) {
    if (owner.isEmpty()) {
      withoutOwner();
      return;
    }
    state = State.ASKING;
    vouched = Vouched.fromNow();
    boolean hasNothing = copies.isEmpty() && !owner.get().areAllSilent();
    untilNanos = System.nanoTime() + (hasNothing ? OWNER_PATIENCE : COPY_AFTER).toNanos();
    var word = vouched;
    exchange = owner.get().begin(reply -> heard(reply, word));
    send(withKnown ? copies.stream().map(it -> it.response().contentId()).toList() : List.of());
  }

  private void send(List<Long> known) {
    long patience =
        Math.max(0, request.forward().deadlineNanos() - System.nanoTime()) / 1_000_000
            + FETCH_GRACE.toMillis();
    owner
        .get()
        .tell(
            new Representation.Ask(
                request.target(),
                request.caching(),
                known,
                patience,
                exchange,
                owner.get().replies()));
  }

  /**
   * On the thread of replies: there a copy is kept before its owner can take it back. Later it
   * might be kept behind that.
   */
  private void heard(Representation.Reply reply, Vouched word) {
    if (reply instanceof Representation.Found found) {
      var bytes = bytesOf(found);
      bytes.ifPresent(it -> keep(found, it, found.vouched() ? word : Vouched.NOT));
      loop.later(() -> replied(found, bytes));
    } else {
      loop.later(() -> replied(reply, Optional.empty()));
    }
  }

  private Optional<byte[]> bytesOf(Representation.Found found) {
    return found.known()
        ? surroundings.copies().content(request.target(), found.response().contentId())
        : Optional.of(found.content());
  }

  private void replied(Representation.Reply reply, Optional<byte[]> bytes) {
    if (reply.exchange() != exchange || state != State.ASKING && state != State.QUEUED) {
      late(reply);
    } else if (reply instanceof Representation.Queued) {
      state = State.QUEUED;
      untilNanos = System.nanoTime() + ASK_AGAIN.toNanos();
    } else if (reply instanceof Representation.Found found) {
      found(found, bytes);
    } else if (reply instanceof Representation.Go go) {
      owner.get().end(exchange);
      go(go);
    } else if (reply instanceof Representation.NotFetched failed) {
      owner.get().end(exchange);
      var failure = failed.failure();
      refuse(
          new ForwardClient.Failure(failure.type(), failure.detail(), failure.fields()),
          CacheStatus.forwarded(CacheStatus.Forward.MISS).asCollapsed());
    } else if (reply instanceof Representation.NothingStored) {
      owner.get().end(exchange);
      nothingStored();
    } else {
      askAgain(copies().isEmpty() ? OWNER_PATIENCE : COPY_AFTER); // It goes; another comes.
    }
  }

  /** The next owner lets one fetch for all who have waited; none of them goes there by himself. */
  private void askAgain(Duration patience) {
    state = State.ASKING;
    untilNanos = System.nanoTime() + patience.toNanos();
    send(copies().stream().map(it -> it.response().contentId()).toList());
  }

  /** Nobody waits for it; but whoever was told to fetch has to say that it does not. */
  private void late(Representation.Reply reply) {
    if (reply instanceof Representation.Go go && go.ticket().isFlight()) {
      owner.ifPresent(
          it ->
              it.tell(
                  new Representation.Release(request.target(), request.caching(), go.ticket())));
    } else if (reply instanceof Representation.Found found) {
      found.refresh().ifPresent(it -> refreshInBackground(it, found.response()));
    }
  }

  private void found(Representation.Found found, Optional<byte[]> bytes) {
    owner.get().end(exchange);
    if (bytes.isEmpty()) {
      askOwner(List.of(), false); // Its place was needed meanwhile.
      return;
    }
    var response = found.response();
    if (found.standing() != Standing.CURRENT) {
      surroundings.marked().accept(found.standing());
    }
    give(response, bytes.get(), statusOf(found));
    found.refresh().ifPresent(it -> refreshInBackground(it, response));
  }

  private CacheStatus statusOf(Representation.Found found) {
    var status =
        found.use() == StoredUse.COLLAPSED
            ? CacheStatus.forwarded(CacheStatus.Forward.MISS).asCollapsed()
            : CacheStatus.hit();
    status = status.withTtl(found.response().ttl(surroundings.clock().instant()));
    if (found.standing() != Standing.CURRENT) {
      return status.because(found.standing().detail());
    }
    return found.use() == StoredUse.REARMED ? status.because("rearmed") : status;
  }

  private void keep(Representation.Found found, byte[] bytes, Vouched word) {
    surroundings
        .copies()
        .keep(
            request.target(),
            new Copy(request.key(), found.response(), bytes, found.purge(), word));
  }

  private void go(Representation.Go go) {
    var contents = new HashMap<Long, byte[]>();
    go.contents().forEach(it -> contents.put(it.id(), it.bytes()));
    var stored = go.stored().isEmpty() ? seeds(contents) : go.stored();
    var now = surroundings.clock().instant();
    var decision = Reuse.decide(request.caching(), stored, now);
    awaited = go.ticket().isFlight();
    seeded = go.stored().isEmpty();
    if (decision instanceof ReuseDecision.StaleWhileRevalidate stale) {
      decision = stale.validation();
    }
    if (decision instanceof ReuseDecision.Fresh || decision instanceof ReuseDecision.Stale) {
      // What others have stored meanwhile would do; but the owner has asked for a fetch.
      decision = Reuse.decide(request.caching(), List.of(), now);
    }
    ask(decision, go.ticket(), stored, contents, "");
  }

  /** What this node knows of an earlier owner's: to be validated, or for the worst case. */
  private List<StoredResponse> seeds(Map<Long, byte[]> contents) {
    var now = surroundings.clock().instant();
    var seeds = new ArrayList<StoredResponse>();
    for (var copy : copies()) {
      contents.put(copy.response().contentId(), copy.content());
      seeds.add(copy.response().staled(now));
    }
    return seeds;
  }

  /** The owner does not answer, or there is none: a copy, marked; or the service itself. */
  private void withoutOwner() {
    var copies = copies();
    var now = surroundings.clock().instant();
    var standing = surroundings.standing().get();
    var reason = standing == Standing.CURRENT ? Standing.OWNER_MOVING : standing;
    var decision = Reuse.decide(request.caching(), responses(copies), now);
    Optional<StoredResponse> usable = Optional.empty();
    if (decision instanceof ReuseDecision.Fresh fresh) {
      usable = Optional.of(fresh.response());
    } else if (decision instanceof ReuseDecision.Stale stale) {
      usable = Optional.of(stale.response());
    } else if (decision instanceof ReuseDecision.StaleWhileRevalidate stale) {
      usable = Optional.of(stale.response());
    }
    if (usable.isPresent()) {
      var response = usable.get();
      surroundings.marked().accept(reason);
      give(response, of(response, copies).content(), hit(response).because(reason.detail()));
    } else if (decision instanceof ReuseDecision.NothingStored) {
      nothingStored();
    } else {
      ask(decision, Ticket.NONE, responses(copies), Map.of(), reason.detail());
    }
  }

  private void nothingStored() {
    refuse(
        new ForwardClient.Failure(
            ProblemType.UPSTREAM_TIMEOUT,
            "Nothing is stored, and the request wants nothing else (only-if-cached)."),
        CacheStatus.forwarded(CacheStatus.Forward.REQUEST));
  }

  // ---- the service ----

  private void ask(
      ReuseDecision decision,
      Ticket ticket,
      List<StoredResponse> stored,
      Map<Long, byte[]> contents,
      String detail) {
    state = State.FETCHING;
    var question =
        new Fetch.Question(
            request.caching(), decision, request.settings(), id -> content(id, contents));
    var next =
        new Fetch(
            question,
            this,
            new FetchOwner(
                request,
                ticket,
                owner,
                surroundings.copies(),
                surroundings.purges().known(),
                seeded),
            surroundings.clock(),
            surroundings.room(),
            detail,
            () -> askUnconditionally(ticket, detail));
    fetch = Optional.of(next);
    next.begun(() -> forwarding);
    forward(next, question);
  }

  private Optional<byte[]> content(long id, Map<Long, byte[]> contents) {
    return Optional.ofNullable(contents.get(id))
        .or(() -> surroundings.copies().content(request.target(), id));
  }

  private void askUnconditionally(Ticket ticket, String detail) {
    var now = surroundings.clock().instant();
    ask(Reuse.decide(request.caching(), List.of(), now), ticket, List.of(), Map.of(), detail);
  }

  private void forward(Fetch sink, Fetch.Question question) {
    var asked = request.forward().with(question.forwarded().lines());
    var begun = loop.forward(asked, sink, request.upstream());
    if (state == State.OVER && sink.isOver()) {
      return;
    }
    forwarding = Optional.of(begun);
    sendContent(begun);
  }

  private void sendContent(Forwarding to) {
    content.forEach(to::content);
    if (!content.isEmpty()) {
      to.contentEnded();
    }
  }

  private void refreshInBackground(Ticket ticket, StoredResponse stale) {
    BackgroundRefresh.begin(request, ticket, stale, loop, owner, surroundings);
  }

  // ---- the client, as the fetch sees it ----

  @Override
  public boolean isGone() {
    return gone;
  }

  @Override
  public void interim(ResponseHead head) {
    if (!gone) {
      loop.answerTo(client, minorVersion(), proxyName()).interim(head);
    }
  }

  private int minorVersion() {
    return request.forward().minorVersion();
  }

  private String proxyName() {
    return surroundings.upstreams().proxyName();
  }

  @Override
  public boolean pass(ResponseHead head, CacheStatus status) {
    var answer =
        loop.answerTo(client, minorVersion(), proxyName())
            .with(List.of(new FieldLine("Cache-Status", status.value())));
    passing = Optional.of(answer);
    client.cacheStatus(status.value());
    surroundings.counts().given(request.target().route(), status);
    return answer.head(head);
  }

  @Override
  public boolean passContent(Bytes bytes) {
    return gone || passing.map(it -> it.content(bytes)).orElse(true);
  }

  @Override
  public void complete() {
    if (!gone) {
      passing.ifPresent(ClientAnswer::complete);
    }
    over();
  }

  @Override
  public void broken() {
    if (!gone) {
      client.broken();
    }
    over();
  }

  @Override
  public void give(StoredResponse response, byte[] bytes, CacheStatus status) {
    over();
    if (gone) {
      return;
    }
    surroundings.counts().given(request.target().route(), status);
    var answer = Answer.to(request.caching(), response, surroundings.clock().instant());
    client.cacheStatus(status.value());
    client.answering(answer.status());
    client.write(
        StoredRendering.answer(
            answer,
            bytes,
            new StoredRendering.Manner(
                request.isHead(), status.value(), proxyName(), client.isLast())));
    client.complete(false);
  }

  @Override
  public void refuse(ForwardClient.Failure failure, CacheStatus status) {
    over();
    if (gone) {
      return;
    }
    if (hasFallback()) {
      elsewhere = FallbackAnswer.give(request, client, loop, surroundings, status, failure);
      elsewhere.ifPresent(this::sendContent);
      return;
    }
    client.cacheStatus(status.value());
    client.refuse(failure.with("Cache-Status", status.value()));
  }

  @Override
  public boolean hasFallback() {
    return request.fallback().isPresent();
  }

  @Override
  public void resume() {
    client.resume();
  }

  private void over() {
    state = State.OVER;
    loop.remove(this);
  }

  // ---- the connection ----

  @Override
  public void content(Bytes bytes) {}

  @Override
  public void contentEnded() {}

  @Override
  public boolean wantsContent() {
    return true;
  }

  @Override
  public void writable() {
    fetch.ifPresent(Fetch::writable);
    elsewhere.ifPresent(Forwarding::writable);
  }

  @Override
  public void abandon() {
    gone = true;
    elsewhere.ifPresent(Forwarding::abandon);
    fetch.ifPresent(it -> it.clientGone(awaited));
    if (fetch.map(Fetch::isOver).orElse(true)) {
      over();
    }
  }

  // ---- time ----

  @Override
  public void tick(long now) {
    if (state == State.FETCHING || state == State.OVER) {
      fetch.ifPresent(it -> it.tick(now));
      return;
    }
    if (now - request.forward().deadlineNanos() >= 0) {
      withoutOwner();
    } else if (now - untilNanos >= 0) {
      if (state == State.ASKING) {
        owner.ifPresent(Inquiries::unanswered);
        withoutOwner();
      } else {
        askAgain(OWNER_PATIENCE);
      }
    }
  }
}
