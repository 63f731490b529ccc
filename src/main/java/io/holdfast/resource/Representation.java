package io.holdfast.resource;

import io.holdfast.caching.CacheGroups;
import io.holdfast.caching.CacheRequest;
import io.holdfast.caching.CacheSettings;
import io.holdfast.caching.StoredResponse;
import io.holdfast.caching.UpdateDecision.Updated;
import io.holdfast.http.FieldLine;
import io.holdfast.http.ProblemType;
import io.holdfast.resource.RepresentationState.Fetch;
import io.holdfast.resource.RepresentationState.Give;
import io.holdfast.resource.RepresentationState.Join;
import io.holdfast.resource.Waiters.Arrival;
import io.holdfast.resource.Waiters.Waiter;
import io.holdfast.telemetry.Span;
import io.holdfast.telemetry.Tracing;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.LongPredicate;
import java.util.stream.Stream;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.PostStop;
import org.apache.pekko.actor.typed.SupervisorStrategy;
import org.apache.pekko.actor.typed.javadsl.AbstractBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.Receive;
import org.apache.pekko.actor.typed.javadsl.TimerScheduler;
import org.apache.pekko.cluster.sharding.typed.javadsl.ClusterSharding;
import org.apache.pekko.cluster.sharding.typed.javadsl.EntityTypeKey;

/**
 * The owner of what is stored of one target, of one route, in the whole cluster: decides from what
 * a request is answered, lets one node fetch while the others wait, takes in what it brings, and
 * vouches for copies.
 *
 * <p>It fetches nothing itself: whoever asked first is told to, streams the answer to its own
 * client, and brings what may be stored. It starts empty, on whichever node its shard is, or with
 * what is kept of a warm route; what it loses with its node is fetched again, once. If it does not
 * answer, the edge goes on without it.
 */
public final class Representation extends AbstractBehavior<Representation.Command> {
  public static final EntityTypeKey<Command> TYPE_KEY =
      EntityTypeKey.create(Command.class, "representation");

  /** For so long a node may answer from its copy without asking again. */
  public static final Duration LEASE = Duration.ofSeconds(1);

  /** So long whoever asks waits for what is kept in the database; then it begins without. */
  static final Duration KEPT_WAIT_MAX = Duration.ofMillis(250);

  /** Whether the database has done what an invalidation waits for, or is away. */
  private static final Duration LOOK_AGAIN = Duration.ofMillis(200);

  /**
   * Whoever fetches says again and again that it does; else others wait for it no longer than this.
   * Nodes of an earlier build do not say so: what they fetch may then be fetched twice.
   */
  public static final Duration HEARD_WITHIN = Duration.ofSeconds(3);

  private static final byte[] NO_CONTENT = new byte[0];

  /** What an owner can be asked and told. */
  public sealed interface Command {}

  /** What comes from edges. */
  public sealed interface Message extends Command {
    /** What it is about. */
    StoredTarget target();
  }

  /**
   * From what is this request answered?
   *
   * @param known ids of contents that the asker has
   * @param patienceMillis how long its fetch may take
   * @param span below which it is shown
   */
  public record Ask(
      StoredTarget target,
      CacheRequest request,
      List<Long> known,
      long patienceMillis,
      long exchange,
      ActorRef<Reply> replyTo,
      Span span)
      implements Message {
    public Ask(
        StoredTarget target,
        CacheRequest request,
        List<Long> known,
        long patienceMillis,
        long exchange,
        ActorRef<Reply> replyTo) {
      this(target, request, known, patienceMillis, exchange, replyTo, Span.NONE);
    }

    private Ask shownBy(Span other) {
      return new Ask(target, request, known, patienceMillis, exchange, replyTo, other);
    }

    /** The answer, or that it will be there later. */
    private void answer(Reply reply) {
      replyTo.tell(reply);
      if (!(reply instanceof Queued)) {
        span.end();
      }
    }

    /** The edge asks again under the same number, in case that the owner has moved. */
    boolean isSame(Ask other) {
      return exchange == other.exchange() && replyTo.equals(other.replyTo());
    }
  }

  /**
   * The service has answered, and the answer is to be stored.
   *
   * @param request that it answers, or for which it may be used
   */
  public record Store(
      StoredTarget target,
      CacheRequest request,
      CacheSettings settings,
      Ticket ticket,
      StoredResponse response,
      byte[] content,
      long exchange,
      ActorRef<Reply> replyTo)
      implements Message {}

  /** The service has confirmed what is stored. */
  public record Confirm(
      StoredTarget target,
      CacheRequest request,
      CacheSettings settings,
      Ticket ticket,
      StoredResponse answer,
      List<StoredResponse> updated,
      List<StoredResponse> replaced,
      long exchange,
      ActorRef<Reply> replyTo)
      implements Message {}

  /** An answer to HEAD shows that these are stale. */
  public record Outdate(
      StoredTarget target, CacheRequest request, Ticket ticket, List<StoredResponse> stale)
      implements Message {}

  /** The service has answered, for this client alone. */
  public record Unshare(StoredTarget target, CacheRequest request, Ticket ticket)
      implements Message {}

  /**
   * The service has not answered, or with a failure.
   *
   * @param retryAfterMillis what it asked for; negative if nothing
   * @param failure what is said to those who waited; without one they are to fetch by themselves
   */
  public record Fail(
      StoredTarget target,
      CacheRequest request,
      Ticket ticket,
      long retryAfterMillis,
      Optional<Failure> failure)
      implements Message {}

  /** Why there is no answer. */
  public record Failure(ProblemType type, String detail, List<FieldLine> fields) {}

  /** The fetch was given up: it says nothing about the service. */
  public record Release(StoredTarget target, CacheRequest request, Ticket ticket)
      implements Message {}

  /** Something has changed the target: nothing that is stored may be used any more. */
  public record Invalidate(StoredTarget target, long exchange, ActorRef<Reply> replyTo)
      implements Message {}

  /**
   * Who was let answer from a copy does so no more.
   *
   * @param asOf of the {@link Drop}
   */
  public record Returned(StoredTarget target, long asOf, ActorRef<Reply> replyTo)
      implements Message {}

  private record Gone(ActorRef<Reply> node) implements Command {}

  private record Kept(long owner, long generation, Warm.Read read) implements Command {}

  private record Removed(long owner, long order) implements Command {}

  private enum Look implements Command {
    NOW
  }

  /** There is no room in memory. */
  private enum Leave implements Command {
    WHEN_IDLE
  }

  /** What is kept has been waited for long enough. */
  private enum Begin implements Command {
    WITHOUT
  }

  /** What an owner answers. */
  public sealed interface Reply {
    /** The exchange that asked. */
    long exchange();

    /** The name of the node that answers; empty where it says none. */
    default String node() {
      return "";
    }

    /** With what the asker is told to fetch: others wait until it says what has become of that. */
    default Optional<Ticket> fetch() {
      return Optional.empty();
    }
  }

  /** An id, and the content that it names. */
  public record Content(long id, byte[] bytes) {}

  /**
   * From this.
   *
   * @param content empty if it is known
   * @param known the asker has it already
   * @param vouched the asker may answer from it for {@link #LEASE}, counted from when it asked
   * @param purge number of the last purge that was known to the owner
   * @param refresh to be made in the background
   */
  public record Found(
      long exchange,
      StoredResponse response,
      byte[] content,
      boolean known,
      StoredUse use,
      Standing standing,
      boolean vouched,
      long purge,
      Optional<Ticket> refresh,
      String node)
      implements Reply {
    @Override
    public Optional<Ticket> fetch() {
      return refresh;
    }
  }

  /**
   * Fetch it.
   *
   * @param stored all that there is under the key
   * @param contents those that the asker has not got
   */
  public record Go(
      long exchange,
      Ticket ticket,
      List<StoredResponse> stored,
      List<Content> contents,
      String node)
      implements Reply {
    @Override
    public Optional<Ticket> fetch() {
      return Optional.of(ticket).filter(Ticket::isFlight);
    }
  }

  /**
   * Wait.
   *
   * @param reading not for a fetch, but until what is kept has been read: who has a copy that will
   *     do need not wait so long
   */
  public record Queued(long exchange, boolean reading) implements Reply {}

  /** Nothing is stored, and the request wants nothing else; or what was brought is not. */
  public record NothingStored(long exchange) implements Reply {}

  /** The fetch that was waited for has failed. */
  public record NotFetched(long exchange, Failure failure) implements Reply {}

  /** Nobody answers with anything older any more. */
  public record Invalidated(long exchange) implements Reply {}

  /** It cannot be done here now. */
  public record NotNow(long exchange, Standing reason) implements Reply {}

  /**
   * Do not answer from copies any more, and say so to their owner.
   *
   * @param invalid they are no answer any more at all; else only no longer vouched for
   * @param asOf when it was sent, on the owner's monotonic clock: it is about nothing that was
   *     vouched for since
   * @param owner gets {@link Returned}
   */
  public record Drop(StoredTarget target, boolean invalid, long asOf, ActorRef<Command> owner)
      implements Reply {
    @Override
    public long exchange() {
      return 0;
    }
  }

  /** What an owner needs of its node. */
  public interface Surroundings {
    /** How this node stands to the owner's shard, now. */
    Standing standing(String entityId);

    /** Whether the shard is proved to be this node's for so long from now on. */
    boolean isCurrentFor(String entityId, Duration time);

    /** For how long the shard has been this node's. */
    Duration ownedFor(String entityId);

    /** What is stored on this node. */
    StoredTargets stored();

    /** The purges that this node knows. */
    PurgeLog purges();

    /** What is kept for owners to come. */
    Warm warm();

    /** The time of day, the same on all nodes. */
    Instant now();

    /** What shows what is done here. */
    default Tracing tracing() {
      return Tracing.OFF;
    }
  }

  private final String entityId;
  private final Surroundings surroundings;
  private final TimerScheduler<Command> timers;
  private final ActorRef<ClusterSharding.ShardCommand> shard;
  private final Runnable leave;
  private final long owner = ThreadLocalRandom.current().nextLong();
  private final Fetchers fetchers = new Fetchers();
  private final Set<ActorRef<Reply>> watched = new HashSet<>();
  private final Waiters waiting = new Waiters();
  private final Invalidations invalidations = new Invalidations();
  private final List<Ask> beforeKept = new ArrayList<>();
  private final WarmRow row;
  private final CopyHolders holders;
  private boolean readsKept;
  private Optional<StoredTarget> target = Optional.empty();
  private RepresentationState state;
  private long number;

  /**
   * @param shard is asked for leave when there is no room in memory
   */
  public static Behavior<Command> create(
      String entityId, ActorRef<ClusterSharding.ShardCommand> shard, Surroundings surroundings) {
    return Behaviors.supervise(
            Behaviors.<Command>setup(
                context ->
                    Behaviors.withTimers(
                        timers ->
                            new Representation(context, timers, entityId, shard, surroundings))))
        .onFailure(SupervisorStrategy.restart());
  }

  private Representation(
      ActorContext<Command> context,
      TimerScheduler<Command> timers,
      String entityId,
      ActorRef<ClusterSharding.ShardCommand> shard,
      Surroundings surroundings) {
    super(context);
    this.entityId = entityId;
    this.surroundings = surroundings;
    this.timers = timers;
    this.row = new WarmRow(surroundings.warm());
    this.state =
        new RepresentationState(
            RepresentationState.EMPTY.generation().knowing(surroundings.purges().known()),
            Map.of(),
            Map.of());
    this.shard = shard;
    var self = context.getSelf();
    this.leave = () -> self.tell(Leave.WHEN_IDLE);
    this.holders = new CopyHolders(entityId, self, surroundings);
  }

  @Override
  public Receive<Command> createReceive() {
    return newReceiveBuilder()
        .onMessage(Ask.class, this::onAsk)
        .onMessage(Store.class, this::onStore)
        .onMessage(Confirm.class, this::onConfirm)
        .onMessage(Outdate.class, this::onOutdate)
        .onMessage(Unshare.class, this::onUnshare)
        .onMessage(Fail.class, this::onFail)
        .onMessage(Release.class, this::onRelease)
        .onMessage(Invalidate.class, this::onInvalidate)
        .onMessage(Returned.class, this::onReturned)
        .onMessage(Gone.class, this::onGone)
        .onMessage(Kept.class, this::onKept)
        .onMessage(Removed.class, this::onRemoved)
        .onMessage(Begin.class, this::onBegin)
        .onMessage(Look.class, this::onLook)
        .onMessage(Leave.class, this::onLeave)
        .onSignal(PostStop.class, signal -> onStop())
        .build();
  }

  private Behavior<Command> onAsk(Ask asked) {
    var ask = traced(asked);
    surroundings.stored().used(entityId);
    concerns(ask);
    if (timers.isTimerActive(Begin.class) && beforeKept.size() < Waiters.MAX) {
      beforeKept.stream().filter(ask::isSame).forEach(it -> it.span().end());
      beforeKept.removeIf(ask::isSame);
      beforeKept.add(ask);
      // Who heard nothing would go to the service by himself.
      ask.answer(new Queued(ask.exchange(), true));
    } else {
      answer(ask);
    }
    return this;
  }

  private Ask traced(Ask ask) {
    var span = surroundings.tracing().below(ask.span(), Tracing.Kind.INTERNAL, "stored response");
    return span.isNone() ? ask : ask.shownBy(span.with("http.route", ask.target().route()));
  }

  private String node() {
    return surroundings.tracing().node();
  }

  private void answer(Ask ask) {
    var ticket = fetchers.heard(ask, surroundings.now());
    if (ticket.isPresent()) {
      goesOn(ask, ticket.get());
      return;
    }
    var before = waiting.take(ask).map(Waiter::arrived);
    answer(ask, before.orElseGet(() -> new Arrival(++number, surroundings.now())), new HashSet<>());
  }

  /** Unless he has not heard that he is to fetch; nothing that is stored is sent twice. */
  private void goesOn(Ask ask, Ticket ticket) {
    if (ask.patienceMillis() > 0) {
      ask.answer(new Go(ask.exchange(), ticket, List.of(), List.of(), node()));
    }
  }

  /** From the first message on it is known what is owned; and purges are applied with the next. */
  private void concerns(Message message) {
    if (target.isEmpty()) {
      target = Optional.of(message.target());
      holds();
      readKept(message.target());
    }
    var log = surroundings.purges();
    if (log.known() == state.generation().purge()) {
      return;
    }
    var before = state.generation();
    var now = surroundings.now();
    set(state.purged(log.known(), it -> log.left(it, before.purge(), message.target(), now)));
    askAgain(flight -> true);
  }

  /** Whoever asks meanwhile waits for it, for a moment. */
  private void readKept(StoredTarget of) {
    if (surroundings.warm().keeps(of.route())) {
      long generation = state.generation().own();
      readsKept = true;
      timers.startSingleTimer(Begin.class, Begin.WITHOUT, KEPT_WAIT_MAX);
      getContext()
          .pipeToSelf(
              surroundings.warm().read(of),
              (read, failure) ->
                  new Kept(
                      owner,
                      generation,
                      failure == null ? read : new Warm.Read(false, Optional.empty())));
    }
  }

  /** Unless something has made it invalid while it was read, perhaps before this one began. */
  private Behavior<Command> onKept(Kept kept) {
    if (kept.owner() != owner) {
      return this;
    }
    readsKept = false;
    if (kept.generation() == state.generation().own()) {
      if (kept.read().nothing()) {
        row.isNotThere();
      }
      kept.read()
          .entry()
          .ifPresent(it -> set(it.into(state, surroundings.purges(), surroundings.now())));
    }
    return onBegin(Begin.WITHOUT);
  }

  private Behavior<Command> onBegin(Begin begin) {
    timers.cancel(Begin.class);
    List.copyOf(beforeKept).forEach(this::answer);
    beforeKept.clear();
    return this;
  }

  /**
   * @param sent contents that its node gets with other answers of the moment
   */
  private void answer(Ask ask, Arrival arrived, Set<Long> sent) {
    var now = surroundings.now();
    var patience = Duration.ofMillis(ask.patienceMillis());
    var asked = state.ask(ask.request(), ++number, arrived.number(), patience, now);
    set(asked.next());
    var verdict = asked.verdict();
    if (verdict instanceof Give give) {
      var refresh = give.refresh().map(flight -> begin(flight, ask));
      give(ask, give.response(), give.use(), refresh, sent);
    } else if (verdict instanceof Fetch fetch) {
      go(ask, fetch.flight().map(flight -> begin(flight, ask)).orElse(unjoined()));
    } else if (verdict instanceof Join join) {
      await(ask, arrived, join, now.plus(patience));
    } else {
      ask.answer(new NothingStored(ask.exchange()));
    }
  }

  private Ticket unjoined() {
    return new Ticket(owner, 0, state.generation());
  }

  private Ticket begin(Flight flight, Ask ask) {
    var now = surroundings.now();
    var ticket = new Ticket(owner, flight.number(), flight.began());
    fetchers.add(ask, ticket, now);
    if (watched.add(ask.replyTo())) {
      getContext().watchWith(ask.replyTo(), new Gone(ask.replyTo()));
    }
    if (!timers.isTimerActive(Look.class)) {
      timers.startSingleTimer(Look.class, Look.NOW, Duration.between(now, until(flight)));
    }
    return ticket;
  }

  private void go(Ask ask, Ticket ticket) {
    var stored = state.entry(ask.request().key()).stored();
    var contents = ContentsSent.of(state, ask.request(), ask.known());
    ask.answer(new Go(ask.exchange(), ticket, stored, contents, node()));
  }

  private void give(
      Ask ask, StoredResponse response, StoredUse use, Optional<Ticket> refresh, Set<Long> sent) {
    boolean known = ask.known().contains(response.contentId()) || !sent.add(response.contentId());
    var standing = surroundings.standing(entityId);
    boolean vouched =
        standing == Standing.CURRENT
            && invalidations.areOver()
            && isStored(ask.request(), response)
            && surroundings.isCurrentFor(entityId, LEASE);
    if (vouched) {
      holders.vouchFor(ask.replyTo());
    }
    ask.answer(
        new Found(
            ask.exchange(),
            response,
            known ? NO_CONTENT : state.contentOf(response),
            known,
            use,
            standing,
            vouched,
            state.generation().purge(),
            refresh,
            node()));
  }

  private boolean isStored(CacheRequest request, StoredResponse response) {
    return state.entry(request.key()).stored().contains(response);
  }

  private void await(Ask ask, Arrival arrived, Join join, Instant until) {
    if (!waiting.hasRoom()) {
      go(ask, unjoined());
      return;
    }
    waiting.add(new Waiter(ask, arrived, join.flight(), join.accepted(), until));
    ask.answer(new Queued(ask.exchange(), false));
  }

  // ---- what fetches bring ----

  private Behavior<Command> onStore(Store store) {
    concerns(store);
    var ticket = store.ticket();
    land(store.request(), ticket);
    if (mayKeep(ticket, store)) {
      recall(store.replyTo(), false);
      set(state.stored(store.request(), store.response(), store.content(), store.settings()));
      row.keep(store.target(), state);
      vouch(store.request(), store.response(), store.exchange(), store.replyTo());
    } else {
      store.replyTo().tell(new NothingStored(store.exchange()));
    }
    share(ticket, store.response(), store.content());
    return this;
  }

  private boolean mayKeep(Ticket ticket, Store store) {
    return isMine(ticket)
        && surroundings
            .purges()
            .holds(
                ticket.began(),
                state.generation(),
                store.target().route(),
                store.target().uri(),
                CacheGroups.of(store.response().fields()));
  }

  /** Of this owner, and nothing was invalidated since. */
  private boolean isMine(Ticket ticket) {
    return ticket.owner() == owner && ticket.began().own() >= state.generation().own();
  }

  private Behavior<Command> onConfirm(Confirm confirm) {
    concerns(confirm);
    var ticket = confirm.ticket();
    land(confirm.request(), ticket);
    if (isMine(ticket) && ticket.began().purge() >= state.generation().purge()) {
      confirmed(confirm);
    }
    if (isStored(confirm.request(), confirm.answer())) {
      vouch(confirm.request(), confirm.answer(), confirm.exchange(), confirm.replyTo());
      share(ticket, confirm.answer(), state.contentOf(confirm.answer()));
    } else {
      confirm.replyTo().tell(new NothingStored(confirm.exchange()));
      askAgain(ticket);
    }
    return this;
  }

  /** Its new fields may forbid to store it any longer: then it is nobody else's, also as a copy. */
  private void confirmed(Confirm confirm) {
    var key = confirm.request().key();
    boolean stays = confirm.updated().contains(confirm.answer());
    recall(stays ? confirm.replyTo() : nobody(), !stays);
    var updated = new Updated(confirm.answer(), confirm.updated(), confirm.replaced());
    set(state.updated(key, updated, confirm.settings()));
    row.keep(confirm.target(), state);
    if (!stays) {
      set(state.unshared(key, surroundings.now()));
    }
  }

  private Behavior<Command> onOutdate(Outdate outdate) {
    concerns(outdate);
    land(outdate.request(), outdate.ticket());
    recall(nobody(), false);
    set(state.outdated(outdate.request().key(), outdate.stale(), surroundings.now()));
    row.keep(outdate.target(), state);
    return this;
  }

  private Behavior<Command> onUnshare(Unshare unshare) {
    concerns(unshare);
    land(unshare.request(), unshare.ticket());
    if (isFlightHere(unshare.ticket())) { // Else it is one that nobody could have waited for.
      set(state.unshared(unshare.request().key(), surroundings.now()));
    }
    askAgain(unshare.ticket());
    return this;
  }

  private Behavior<Command> onFail(Fail fail) {
    concerns(fail);
    var ticket = fail.ticket();
    land(fail.request(), ticket);
    if (ticket.owner() == owner && !isShed(fail)) {
      var after =
          fail.retryAfterMillis() < 0
              ? Optional.<Duration>empty()
              : Optional.of(Duration.ofMillis(fail.retryAfterMillis()));
      double chance = ThreadLocalRandom.current().nextDouble();
      set(state.failed(fail.request().key(), surroundings.now(), chance, after));
    }
    if (isFlightHere(ticket)) {
      for (var waiter : waiting.take(it -> it == ticket.flight())) {
        fail(waiter, fail);
      }
    }
    return this;
  }

  /** That says nothing about the service. */
  private static boolean isShed(Fail fail) {
    return fail.failure().filter(it -> it.type() == ProblemType.SHED).isPresent();
  }

  /** There may be something stale for it; else it hears what the fetch has heard. */
  private void fail(Waiter waiter, Fail fail) {
    var now = surroundings.now();
    var asked =
        state.ask(waiter.ask().request(), ++number, waiter.arrived().number(), Duration.ZERO, now);
    if (asked.verdict() instanceof Give give) {
      give(waiter.ask(), give.response(), give.use(), Optional.empty(), new HashSet<>());
    } else if (fail.failure().isPresent()) {
      var exchange = waiter.ask().exchange();
      waiter.ask().replyTo().tell(new NotFetched(exchange, fail.failure().get()));
    } else {
      go(waiter.ask(), unjoined());
    }
  }

  private Behavior<Command> onRelease(Release release) {
    concerns(release);
    land(release.request(), release.ticket());
    askAgain(release.ticket());
    return this;
  }

  private void land(CacheRequest request, Ticket ticket) {
    if (isFlightHere(ticket)) {
      fetchers.remove(ticket.flight());
      set(state.landed(request.key(), ticket.flight()));
    }
  }

  /** Whoever has waited for it gets it, also if it may not be stored any more. */
  private void share(Ticket ticket, StoredResponse response, byte[] content) {
    if (!isFlightHere(ticket)) {
      return;
    }
    var sent = new HashMap<ActorRef<Reply>, Set<Long>>();
    for (var waiter : waiting.take(flight -> flight == ticket.flight())) {
      var toNode = sent.computeIfAbsent(waiter.ask().replyTo(), it -> new HashSet<>());
      var request = waiter.ask().request();
      boolean answers =
          RepresentationState.answers(response, request)
              && RepresentationState.isInTime(response, request, waiter.arrived().at());
      if (!waiter.accepts() || !answers) {
        answer(waiter.ask(), waiter.arrived(), toNode);
      } else if (isStored(waiter.ask().request(), response)) {
        give(waiter.ask(), response, StoredUse.COLLAPSED, Optional.empty(), toNode);
      } else {
        giveUnstored(waiter.ask(), response, content);
      }
    }
  }

  private void giveUnstored(Ask ask, StoredResponse response, byte[] content) {
    ask.answer(
        new Found(
            ask.exchange(),
            response,
            content,
            false,
            StoredUse.COLLAPSED,
            Standing.CURRENT,
            false,
            Ticket.NONE.began().purge(),
            Optional.empty(),
            node()));
  }

  /** An earlier owner had the same numbers for flights of its own. */
  private boolean isFlightHere(Ticket ticket) {
    return ticket.owner() == owner && ticket.isFlight();
  }

  private void askAgain(Ticket ticket) {
    if (isFlightHere(ticket)) {
      askAgain(it -> it == ticket.flight());
    }
  }

  private void askAgain(LongPredicate flights) {
    waiting.take(flights).forEach(it -> answer(it.ask(), it.arrived(), new HashSet<>()));
  }

  // ---- copies ----

  /** Whoever has fetched it may answer from it. */
  private void vouch(
      CacheRequest request, StoredResponse response, long exchange, ActorRef<Reply> node) {
    var ask =
        new Ask(target.orElseThrow(), request, List.of(response.contentId()), 0, exchange, node);
    give(ask, response, StoredUse.FRESH, Optional.empty(), new HashSet<>());
  }

  private void recall(ActorRef<Reply> butFor, boolean invalid) {
    target.ifPresent(it -> holders.recall(it, invalid, butFor));
  }

  private ActorRef<Reply> nobody() {
    return getContext().getSystem().ignoreRef();
  }

  private Behavior<Command> onInvalidate(Invalidate order) {
    concerns(order);
    set(state.invalidated());
    fetchers.clear();
    var self = getContext().getSelf();
    long removal = row.remove(order.target(), number -> self.tell(new Removed(owner, number)));
    invalidations.begin(order, removal);
    recall(nobody(), true);
    askAgain(flight -> true);
    endInvalidations();
    return this;
  }

  private Behavior<Command> onReturned(Returned returned) {
    concerns(returned);
    holders.returned(returned);
    endInvalidations();
    return this;
  }

  private Behavior<Command> onRemoved(Removed removed) {
    if (removed.owner() == owner) {
      row.gone(removed.order());
      endInvalidations();
    }
    return this;
  }

  /**
   * Nobody may answer from a copy any more that this owner has vouched for, nor from one of an
   * earlier owner; and no owner to come may find what is kept.
   */
  private void endInvalidations() {
    if (invalidations.areOver()) {
      return;
    }
    var standing = surroundings.standing(entityId);
    var wait = holders.remaining();
    if (standing != Standing.CURRENT) {
      invalidations.giveUp(standing);
    } else if (wait.isNegative() || wait.isZero()) {
      invalidations.end(row);
    } else {
      timers.startSingleTimer(Invalidations.class, Look.NOW, wait);
      return;
    }
    if (invalidations.areOver()) {
      holds();
    } else {
      timers.startSingleTimer(Invalidations.class, Look.NOW, LOOK_AGAIN);
    }
  }

  // ---- time, and the end ----

  private Behavior<Command> onGone(Gone gone) {
    watched.remove(gone.node());
    waiting.gone(gone.node());
    fetchers.of(gone.node()).forEach(this::ground);
    return this;
  }

  private void ground(long flight) {
    fetchers.remove(flight);
    for (var key : List.copyOf(state.entries().keySet())) {
      set(state.landed(key, flight));
    }
    askAgain(it -> it == flight);
  }

  private Behavior<Command> onLook(Look look) {
    var now = surroundings.now();
    endInvalidations();
    waiting.forgetUntil(now);
    flights().filter(it -> !now.isBefore(until(it))).toList().forEach(it -> ground(it.number()));
    fetchers.retain(flights().map(Flight::number).toList());
    flights()
        .map(this::until)
        .filter(now::isBefore)
        .min(Instant::compareTo)
        .ifPresent(
            until -> timers.startSingleTimer(Look.class, Look.NOW, Duration.between(now, until)));
    return this;
  }

  private Stream<Flight> flights() {
    return state.entries().values().stream().flatMap(it -> it.flights().stream());
  }

  /** When it is waited for no more, if nothing is heard of it. */
  private Instant until(Flight flight) {
    return fetchers.until(flight, HEARD_WITHIN);
  }

  /**
   * Who waits would have to go to the service by himself, and what is fetched would be lost. When
   * that is over it is put among what is stored again, which finds out whether there is room.
   */
  private Behavior<Command> onLeave(Leave order) {
    boolean isIdle =
        waiting.isEmpty()
            && invalidations.areOver()
            && !readsKept
            && state.entries().values().stream().allMatch(it -> it.flights().isEmpty());
    if (isIdle) {
      shard.tell(new ClusterSharding.Passivate<>(getContext().getSelf()));
    }
    return this;
  }

  private void set(RepresentationState next) {
    boolean changed = next.contents() != state.contents() || next.entries() != state.entries();
    state = next;
    if (changed) {
      holds();
    }
  }

  private void holds() {
    target.ifPresent(it -> surroundings.stored().holds(entityId, it, state, leave));
  }

  private Behavior<Command> onStop() {
    surroundings.stored().left(entityId, leave);
    recall(nobody(), false);
    waiting.asks().forEach(this::notHere);
    beforeKept.forEach(this::notHere);
    return this;
  }

  private void notHere(Ask ask) {
    ask.answer(new NotNow(ask.exchange(), Standing.OWNER_MOVING));
  }
}
