package io.holdfast.edge;

import io.holdfast.caching.Reuse;
import io.holdfast.caching.ReuseDecision;
import io.holdfast.caching.StoredResponse;
import io.holdfast.http.Bytes;
import io.holdfast.http.CacheStatus;
import io.holdfast.http.FieldLine;
import io.holdfast.http.ProblemType;
import io.holdfast.resilience.Priority;
import io.holdfast.resource.PurgeLog;
import io.holdfast.resource.Representation;
import io.holdfast.resource.ServedCopies;
import io.holdfast.resource.ServedCopies.Copy;
import io.holdfast.resource.Standing;
import io.holdfast.resource.StoredUse;
import io.holdfast.resource.Ticket;
import io.holdfast.upstream.ForwardClient;
import io.holdfast.upstream.Forwarder;
import io.holdfast.upstream.Forwarding;
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
final class CachedExchange implements Forwarding, Timed {
  /** With a copy at hand that will do, an owner that is silent for longer is not waited for. */
  private static final Duration COPY_AFTER = Duration.ofMillis(50);

  /**
   * Without one it is worth more: it saves the service a request of each node, and a busy owner may
   * take a while.
   */
  private static final Duration OWNER_PATIENCE = Duration.ofMillis(800);

  /** Whoever waits asks again so often, in case that the owner has moved. */
  private static final Duration ASK_AGAIN = Duration.ofMillis(500);

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
  private final CachedClient client;
  private final Forwarder loop;
  private final Surroundings surroundings;
  private final List<Bytes> content;
  private State state = State.ASKING;
  private Optional<Inquiry> inquiry = Optional.empty();
  private long untilNanos;
  private Optional<Fetch> fetch = Optional.empty();
  private Optional<Forwarding> forwarding = Optional.empty();
  private Ticket fetches = Ticket.NONE;
  private Renewal renewal = Renewal.none();
  private boolean seeded;

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
    this.loop = loop;
    this.surroundings = surroundings;
    this.content = List.copyOf(content);
    this.client =
        new CachedClient(request, client, loop, surroundings, this::sendContent, this::over);
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
      inquiry = surroundings.owners().get().map(this::to);
      askOwner(copies());
    }
  }

  private Inquiry to(Inquiries owners) {
    return new Inquiry(request, owners, surroundings.copies(), loop, this::replied);
  }

  private List<Copy> copies() {
    return surroundings.copies().find(request.target(), request.key(), surroundings.purges());
  }

  private FromCopies from(List<Copy> copies) {
    return FromCopies.decide(request.caching(), copies, surroundings.clock().instant());
  }

  /** A fresh hit needs no other node. */
  private boolean answeredByCopy() {
    var vouched = copies().stream().filter(it -> it.vouched().holds()).toList();
    if (vouched.isEmpty() || !surroundings.stored().knowsPurges().getAsBoolean()) {
      return false;
    }
    var fresh = from(vouched).fresh();
    fresh.ifPresent(this::give);
    return fresh.isPresent();
  }

  private void give(Copy copy) {
    client.give(copy.response(), copy.content(), hit(copy.response()));
    copy.hits().increment();
    if (copy.vouched().isToBeRenewed()) {
      CopyRenewal.begin(request, copy, surroundings);
    }
  }

  private CacheStatus hit(StoredResponse response) {
    return CacheStatus.hit().withTtl(response.ttl(surroundings.clock().instant()));
  }

  // ---- the owner ----

  private void askOwner(List<Copy> known) {
    if (inquiry.isEmpty()) {
      withoutOwner();
      return;
    }
    state = State.ASKING;
    boolean isHopeless = inquiry.get().owners().areAllSilent();
    patientFor(isHopeless ? COPY_AFTER : patienceWithOwner());
    inquiry.get().begin(known);
  }

  /** A copy that has to be validated saves the service no request, either. */
  private Duration patienceWithOwner() {
    return from(copies()).usable().isPresent() ? COPY_AFTER : OWNER_PATIENCE;
  }

  private void patientFor(Duration time) {
    untilNanos = System.nanoTime() + time.toNanos();
  }

  private void replied(Representation.Reply reply, Optional<byte[]> bytes) {
    if (!reply.node().isEmpty()) {
      request.forward().trace().ownedBy(reply.node());
    }
    boolean isAwaited = state == State.ASKING || state == State.QUEUED;
    if (!isAwaited || !inquiry.orElseThrow().isAnsweredBy(reply)) {
      late(reply);
    } else if (reply instanceof Representation.Queued queued) {
      queued(queued);
    } else if (reply instanceof Representation.Found found) {
      found(found, bytes);
    } else if (reply instanceof Representation.Go go) {
      inquiry.get().end(go.ticket());
      go(go);
    } else if (reply instanceof Representation.NotFetched failed) {
      inquiry.get().end();
      notFetched(failed.failure());
    } else if (reply instanceof Representation.NothingStored) {
      inquiry.get().end();
      nothingStored();
    } else {
      askAgain(patienceWithOwner()); // It goes; another comes.
    }
  }

  /** For what its owner has of old nobody waits longer than for an owner, who has a copy. */
  private void queued(Representation.Queued queued) {
    if (!queued.reading() || from(copies()).usable().isEmpty()) {
      state = State.QUEUED;
      patientFor(ASK_AGAIN);
    }
  }

  /** The next owner lets one fetch for all who have waited; none of them goes there by himself. */
  private void askAgain(Duration patience) {
    state = State.ASKING;
    patientFor(patience);
    inquiry.orElseThrow().again(copies());
  }

  /** Nobody waits for it; but whoever was told to fetch has to say that it does not. */
  private void late(Representation.Reply reply) {
    if (reply instanceof Representation.Go go) {
      go.fetch().filter(it -> !it.equals(fetches)).ifPresent(inquiry.orElseThrow()::release);
    } else if (reply instanceof Representation.Found found) {
      refreshInBackground(found);
    }
  }

  private void found(Representation.Found found, Optional<byte[]> bytes) {
    inquiry.orElseThrow().end();
    if (bytes.isEmpty()) { // Its place was needed meanwhile.
      found.refresh().ifPresent(inquiry.get()::release);
      askOwner(List.of());
      return;
    }
    var response = found.response();
    if (found.standing() != Standing.CURRENT) {
      surroundings.marked().accept(found.standing());
    }
    client.give(response, bytes.get(), statusOf(found));
    surroundings.copies().hit(request.target());
    refreshInBackground(found);
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

  /** For whom there was no room may have been less important than this one is. */
  private void notFetched(Representation.Failure failure) {
    if (failure.type() == ProblemType.SHED && request.forward().priority() == Priority.CRITICAL) {
      var decision = Reuse.decide(request.caching(), List.of(), surroundings.clock().instant());
      ask(decision, Ticket.NONE, List.of(), Map.of(), "");
    } else {
      refuse(failure.type(), failure.detail(), failure.fields());
    }
  }

  private void refuse(ProblemType type, String detail, List<FieldLine> fields) {
    client.refuse(
        new ForwardClient.Failure(type, detail, fields),
        CacheStatus.forwarded(CacheStatus.Forward.MISS).asCollapsed());
  }

  private void go(Representation.Go go) {
    fetches = go.ticket();
    renewal = Renewal.of(request, go.ticket(), go.exchange(), owners());
    var contents = new HashMap<Long, byte[]>();
    go.contents().forEach(it -> contents.put(it.id(), it.bytes()));
    var stored = go.stored().isEmpty() ? seeds(contents) : go.stored();
    var now = surroundings.clock().instant();
    var decision = Reuse.decide(request.caching(), stored, now);
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
    var here = from(copies());
    var usable = here.usable();
    var standing = surroundings.standing().get();
    var reason = standing == Standing.CURRENT ? Standing.OWNER_MOVING : standing;
    if (usable.isPresent()) {
      var response = usable.get().response();
      surroundings.marked().accept(reason);
      client.give(response, usable.get().content(), hit(response).because(reason.detail()));
      usable.get().hits().increment();
    } else if (here.decision() instanceof ReuseDecision.NothingStored) {
      nothingStored();
    } else {
      ask(here.decision(), Ticket.NONE, here.responses(), Map.of(), reason.detail());
    }
  }

  /** At the deadline: nobody could wait for what the service would say. */
  private void tooLate() {
    if (from(copies()).usable().isPresent()) {
      withoutOwner();
    } else {
      inquiry.ifPresent(Inquiry::end);
      refuse(
          ProblemType.UPSTREAM_TIMEOUT,
          "What another request has asked the service for was not there in time.",
          List.of());
    }
  }

  private void nothingStored() {
    client.refuse(
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
        new Question(request.caching(), decision, request.settings(), id -> content(id, contents));
    var next =
        new Fetch(
            question,
            client,
            new FetchOwner(
                request,
                ticket,
                renewal,
                owners(),
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

  private Optional<Inquiries> owners() {
    return inquiry.map(Inquiry::owners);
  }

  private Optional<byte[]> content(long id, Map<Long, byte[]> contents) {
    return Optional.ofNullable(contents.get(id))
        .or(() -> surroundings.copies().content(request.target(), id));
  }

  private void askUnconditionally(Ticket ticket, String detail) {
    var now = surroundings.clock().instant();
    ask(Reuse.decide(request.caching(), List.of(), now), ticket, List.of(), Map.of(), detail);
  }

  private void forward(Fetch sink, Question question) {
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

  private void refreshInBackground(Representation.Found found) {
    found
        .refresh()
        .ifPresent(
            it ->
                BackgroundRefresh.begin(
                    request,
                    it,
                    Renewal.of(request, it, found.exchange(), owners()),
                    found.response(),
                    loop,
                    owners(),
                    surroundings));
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
    client.writable();
  }

  @Override
  public void abandon() {
    client.hasGone();
    fetch.ifPresent(it -> it.clientGone(fetches.isFlight()));
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
      tooLate();
    } else if (owners().map(Inquiries::isOver).orElse(false)) {
      withoutOwner();
    } else if (now - untilNanos >= 0) {
      if (state == State.ASKING) {
        owners().ifPresent(Inquiries::unanswered);
        withoutOwner();
      } else {
        askAgain(OWNER_PATIENCE);
      }
    }
  }
}
