package io.holdfast.ownership;

import io.holdfast.ownership.GuardState.Moment;
import io.holdfast.ownership.GuardState.Verdict;
import io.holdfast.telemetry.Failover;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The shards of one incarnation of this node: takes rows over, gives them back, and keeps the proof
 * that they are still its own.
 *
 * <p>Threads: one for take-overs and releases, one for the poll, one for timers; every other thread
 * only reads {@link #verdict}. While the database does not answer, acquisitions stay open and
 * proofs lapse; nothing is given up.
 */
public final class Ownership implements AutoCloseable {
  /**
   * For how long a row that another live node holds is left to it, so that it can release it. On a
   * busy machine that takes longer than a moment, and who loses a row has to begin anew.
   */
  private static final Duration PATIENCE = Duration.ofSeconds(2);

  /** Of what was never proved: longer than any answer is kept. */
  private static final Duration NEVER = Duration.ofDays(10_000);

  private static final Duration RETRY_HELD = Duration.ofMillis(25);
  private static final Duration RETRY_FAILED = Duration.ofMillis(100);
  private static final Duration SETTLE_AGAIN = Duration.ofSeconds(1);
  private static final Duration ASK_WHO_IS_SILENT = Duration.ofMillis(100);
  private static final Duration TAKEN_LOGGED_EVERY = Duration.ofSeconds(1);
  private static final Logger log = LoggerFactory.getLogger(Ownership.class);

  private final ShardFence fence;
  private final GuardSettings settings;
  private final Runnable startAnew;
  private final PurgeWatch purges;
  private final Map<Integer, Wanted> wanted = new LinkedHashMap<>();
  private final Map<Integer, Wanted> holders = new LinkedHashMap<>();
  private final Wishes wishes = new Wishes();
  private final AtomicReference<GuardState> state;
  private final ScheduledExecutorService rows = thread("holdfast-ownership-rows");
  private final ScheduledExecutorService polls = thread("holdfast-ownership-poll");
  private final ScheduledExecutorService timer = thread("holdfast-ownership-wait");
  private final Waits waits;
  private final TakenLog takenLog;
  private boolean tellsRest;
  private final Timer transactionTime;
  private final Timer waitTime;
  private final Timer totalTime;
  private final Timer shardHandover;
  private final Timer nodeHandover;
  private final Failover failover;
  private Optional<Handover> handover = Optional.empty();
  private final Set<Integer> waitedFor = new TreeSet<>();
  private ScheduledFuture<?> nextTakeOver;
  private boolean asksWhoIsSilent;
  private boolean fenceAnswers = true;

  /** When the newest question was sent whose purges are applied. */
  private volatile Optional<Moment> purgesKnown = Optional.empty();

  /** Only the thread of the poll touches these two. */
  private OptionalLong generation = OptionalLong.empty();

  private OptionalLong appliedPurge = OptionalLong.empty();

  private record Wanted(
      int slot,
      long wish,
      long askedNanos,
      Consumer<Optional<Throwable>> lost,
      CompletableFuture<Boolean> acquired) {}

  /** All shards of this node, which leaves. */
  private record Handover(long sinceNanos, int shards) {}

  private Ownership(
      ShardFence fence,
      GuardSettings settings,
      Runnable startAnew,
      PurgeWatch purges,
      MeterRegistry meters,
      Failover failover) {
    this.failover = failover;
    this.fence = fence;
    this.settings = settings;
    this.startAnew = startAnew;
    this.purges = purges;
    this.state = new AtomicReference<>(GuardState.none(settings.ttl()));
    this.waits = new Waits(settings.ttl(), timer);
    this.takenLog = new TakenLog(settings.ttl());
    this.transactionTime = phase(meters, "transaction");
    this.waitTime = phase(meters, "guard-wait");
    this.totalTime = phase(meters, "total");
    this.shardHandover = handover(meters, "shard");
    this.nodeHandover = handover(meters, "node");
    Gauge.builder("holdfast.shards.owned", state, s -> s.get().held().size())
        .description("Shards whose row names this node")
        .register(meters);
  }

  /**
   * @param startAnew called once a shard is found taken that was not released, this incarnation is
   *     found written off, or a thread here broke: the node has to leave and begin again
   * @param purges told of every number that the poll meets, the first one included, before the
   *     proof counts
   * @param failover told when shards were taken over from a node that has ended
   */
  public static Ownership create(
      ShardFence fence,
      GuardSettings settings,
      Runnable startAnew,
      PurgeWatch purges,
      MeterRegistry meters,
      Failover failover) {
    var ownership = new Ownership(fence, settings, startAnew, purges, meters, failover);
    ownership.polls.scheduleWithFixedDelay(
        ownership.guarded(ownership::poll), 0, settings.poll().toNanos(), TimeUnit.NANOSECONDS);
    return ownership;
  }

  /** Now, on both clocks. */
  public static Moment now() {
    return new Moment(System.nanoTime(), Instant.now());
  }

  /** May an answer about this slot be given as current? Decided now, from the newest proof. */
  public Verdict verdict(int slot) {
    return state.get().verdict(slot, now());
  }

  /** Will an answer about this slot be current for so long, whatever happens? */
  public boolean isCurrentFor(int slot, Duration time) {
    var now = now();
    var then = new Moment(now.monotonicNanos() + time.toNanos(), now.wall().plus(time));
    return state.get().verdict(slot, then) == Verdict.CURRENT;
  }

  /** How long ago the newest proof of this slot was asked for; very long when there is none. */
  public Duration provedAgo(int slot) {
    var holding = state.get().held().get(slot);
    return holding == null ? NEVER : Duration.between(holding.proof().wall(), now().wall());
  }

  /** For how long this slot has been this node's; zero if it is not. */
  public Duration ownedFor(int slot) {
    var holding = state.get().held().get(slot);
    return holding == null
        ? Duration.ZERO
        : Duration.ofNanos(System.nanoTime() - holding.since().monotonicNanos());
  }

  /**
   * Whether all purges are applied that were made longer than the guard's time ago. A stored
   * response may be given as current only while this is so, at its owner and from a copy; at its
   * owner beside the {@link #verdict}, which a take-over alone can renew.
   */
  public boolean knowsPurges() {
    return !state.get().gone()
        && purgesKnown.filter(sent -> sent.isWithin(settings.ttl(), now())).isPresent();
  }

  /** How many shards this node owns. */
  public int owned() {
    return state.get().held().size();
  }

  /** The slots of the shards that this node owns. */
  public Set<Integer> ownedSlots() {
    return state.get().held().keySet();
  }

  /**
   * Takes a slot. Completes with true once the row is ours and nobody can answer for a predecessor
   * any more; with false when this incarnation was written off, or the slot was given back
   * meanwhile. Does not complete while the database is away.
   */
  CompletionStage<Boolean> acquire(int slot, Consumer<Optional<Throwable>> lost) {
    var acquired = new CompletableFuture<Boolean>();
    var wish = new Wanted(slot, wishes.next(slot), System.nanoTime(), lost, acquired);
    runOnRows(
        () -> {
          if (isLast(wish)) {
            withdraw(slot, wish.wish());
            wanted.put(slot, wish);
            takeOverWithin(Duration.ZERO);
          } else {
            acquired.complete(false);
          }
        });
    return acquired;
  }

  /** Gives a slot back. Completes when the row says so, or the attempt failed (false). */
  CompletionStage<Boolean> release(int slot) {
    var released = new CompletableFuture<Boolean>();
    long wish = wishes.next(slot);
    long since = System.nanoTime();
    state.updateAndGet(s -> s.released(slot));
    runOnRows(() -> withdraw(slot, wish));
    runOnRowsAfter(
        TakeOver.VOUCHED_MAX,
        () -> {
          if (free(slot, wish, released)) {
            shardHandover.record(Duration.ofNanos(System.nanoTime() - since));
          }
        });
    return released;
  }

  /** This node leaves, and its shards are handed over from now on. */
  public synchronized void leaves() {
    handover = Optional.of(new Handover(System.nanoTime(), owned()));
  }

  /** They are, or there is no more time for it. */
  public synchronized void left() {
    handover.ifPresent(
        it -> {
          var took = Duration.ofNanos(System.nanoTime() - it.sinceNanos());
          nodeHandover.record(took);
          log.atInfo()
              .addKeyValue("millis", took.toMillis())
              .addKeyValue("shards", it.shards())
              .addKeyValue("kept", owned())
              .log(
                  "Handed over {} of {} shards in {} ms",
                  it.shards() - owned(),
                  it.shards(),
                  took.toMillis());
        });
    handover = Optional.empty();
  }

  private boolean isLast(Wanted wanted) {
    return wishes.isLast(wanted.slot(), wanted.wish());
  }

  /** A shard that stopped before it had its row: nobody wants it for that one any more. */
  private void withdraw(int slot, long laterWish) {
    var open = wanted.get(slot);
    if (open != null && open.wish() < laterWish) {
      wanted.remove(slot);
      open.acquired().complete(false);
    }
  }

  /** Whether the row is nobody's now. */
  private boolean free(int slot, long wish, CompletableFuture<Boolean> released) {
    if (!wishes.isLast(slot, wish)) {
      released.complete(true); // It has come back meanwhile, or is given back later.
      return false;
    }
    holders.remove(slot);
    waitedFor.remove(slot);
    try {
      fence.release(Set.of(slot));
      released.complete(true);
      return true;
    } catch (Exception e) {
      log.warn("Shard row {} was not released ({}): its successor waits", slot, e.toString());
      released.complete(false);
      return false;
    }
  }

  boolean isCurrent(int slot) {
    return verdict(slot) == Verdict.CURRENT;
  }

  private void takeOverWanted() {
    nextTakeOver = null;
    if (wanted.isEmpty()) {
      return;
    }
    var slots = new TreeSet<>(wanted.keySet());
    var patient = new HashSet<Integer>();
    wanted.values().stream()
        .filter(w -> System.nanoTime() - w.askedNanos() < PATIENCE.toNanos())
        .forEach(w -> patient.add(w.slot()));
    var sent = now();
    try {
      var outcomes = fence.takeOver(slots, patient);
      transactionTime.record(Duration.ofNanos(System.nanoTime() - sent.monotonicNanos()));
      reportFence(true, null);
      tell(outcomes, sent);
      outcomes.forEach((slot, outcome) -> conclude(slot, outcome, sent));
      takeOverWithin(RETRY_HELD);
    } catch (Exception e) {
      reportFence(false, e);
      takeOverWithin(RETRY_FAILED);
    }
  }

  private void tell(Map<Integer, ShardFence.Outcome> outcomes, Moment sent) {
    var taken = new TreeMap<TakeOver.Predecessor, Set<Integer>>();
    outcomes.forEach(
        (slot, outcome) -> {
          if (outcome instanceof ShardFence.Outcome.Taken it) {
            taken.computeIfAbsent(it.takeOver().predecessor(), p -> new TreeSet<>()).add(slot);
          }
        });
    long millis = Duration.ofNanos(System.nanoTime() - sent.monotonicNanos()).toMillis();
    taken.forEach(
        (predecessor, slots) ->
            takenLog
                .taken(predecessor, slots, millis, sinceSign(predecessor))
                .forEach(Ownership::tell));
    if (takenLog.isOpen() && !tellsRest) {
      tellsRest = true;
      runOnRowsAfter(TAKEN_LOGGED_EVERY, this::tellRest);
    }
  }

  private Optional<Duration> sinceSign(TakeOver.Predecessor predecessor) {
    return switch (predecessor) {
      case DEAD, PERHAPS_ALIVE -> failover.done(Failover.Step.TAKEN, System.nanoTime());
      case NOBODY, MYSELF -> Optional.empty();
    };
  }

  private static void tell(TakenLog.Line line) {
    var told = log.atInfo().addKeyValue("shards", line.shards());
    if (line.sinceSign().isPresent()) {
      told =
          told.addKeyValue("step", "taken")
              .addKeyValue("millis", line.sinceSign().get().toMillis());
    }
    told.log(line.text());
  }

  private void tellRest() {
    takenLog.rest().forEach(Ownership::tell);
    tellsRest = takenLog.isOpen();
    if (tellsRest) {
      runOnRowsAfter(TAKEN_LOGGED_EVERY, this::tellRest);
    }
  }

  private void conclude(int slot, ShardFence.Outcome outcome, Moment sent) {
    if (outcome instanceof ShardFence.Outcome.Taken taken) {
      own(wanted.remove(slot), taken.takeOver(), sent);
    } else if (outcome instanceof ShardFence.Outcome.Refused) {
      wanted.remove(slot).acquired().complete(false);
    }
  }

  private void own(Wanted taken, TakeOver takeOver, Moment sent) {
    var committed = now();
    state.updateAndGet(s -> isLast(taken) ? s.acquired(taken.slot(), sent, committed) : s);
    if (!isLast(taken)) {
      taken.acquired().complete(false); // Given back meanwhile: the row is freed with that.
      return;
    }
    holders.put(taken.slot(), taken);
    waits.begin(takeOver, guarded(() -> waited(taken, takeOver, committed)));
    askWhoIsSilent();
  }

  private void waited(Wanted taken, TakeOver takeOver, Moment since) {
    if (taken.acquired().complete(true)) {
      waitTime.record(Duration.ofNanos(System.nanoTime() - since.monotonicNanos()));
      totalTime.record(Duration.ofNanos(System.nanoTime() - taken.askedNanos()));
      if (takeOver.isUnsettled()) {
        runOnRows(() -> settleSoon(taken));
      }
    }
  }

  /** One question at a time, as long as somebody is waited for. */
  private void askWhoIsSilent() {
    if (!asksWhoIsSilent && !waits.awaited().isEmpty()) {
      asksWhoIsSilent = true;
      runOnRowsAfter(ASK_WHO_IS_SILENT, this::endWaits);
    }
  }

  private void endWaits() {
    asksWhoIsSilent = false;
    try {
      waits.end(fence.silent(waits.awaited()));
    } catch (Exception e) {
      log.debug(
          "Who has fallen silent is not known, so the guard's time is waited: {}", e.toString());
    }
    askWhoIsSilent();
  }

  /** One attempt is planned at a time, for all that are wanted. */
  private void takeOverWithin(Duration delay) {
    boolean planned =
        nextTakeOver != null
            && nextTakeOver.getDelay(TimeUnit.NANOSECONDS) <= Math.max(0, delay.toNanos());
    if (planned || wanted.isEmpty() || rows.isShutdown()) {
      return;
    }
    if (nextTakeOver != null) {
      nextTakeOver.cancel(false);
    }
    nextTakeOver =
        rows.schedule(guarded(this::takeOverWanted), delay.toNanos(), TimeUnit.NANOSECONDS);
  }

  /** Several waits end at about the same time: one transaction notes them. */
  private void settleSoon(Wanted waited) {
    if (holders.get(waited.slot()) == waited && waitedFor.add(waited.slot())) {
      runOnRows(this::settleWaitedFor);
    }
  }

  private void settleWaitedFor() {
    if (waitedFor.isEmpty()) {
      return;
    }
    try {
      fence.settle(Set.copyOf(waitedFor));
      waitedFor.clear();
    } catch (Exception e) {
      log.debug("Waits are not noted yet, a successor would wait too: {}", e.toString());
      runOnRowsAfter(SETTLE_AGAIN, this::settleWaitedFor);
    }
  }

  private void poll() {
    var sent = now();
    try {
      var proof = fence.proof();
      applyPurges(proof, sent);
      var lost = new HashSet<Integer>();
      state.updateAndGet(
          s -> {
            var polled = s.polled(sent, proof.slots(), proof.gone());
            lost.clear();
            lost.addAll(polled.lost());
            return polled.next();
          });
      boolean isAnotherHistory =
          generation.isPresent() && generation.getAsLong() != proof.generation();
      generation = OptionalLong.of(proof.generation());
      if (isAnotherHistory && !proof.gone()) {
        takeAgain(lost);
      } else if (!lost.isEmpty() || proof.gone()) {
        leave(lost, proof.gone());
      }
    } catch (Exception e) {
      log.debug("The guard's poll failed: {}", e.toString());
    }
  }

  /** Whoever is written off answers nothing as current, whatever it knows. */
  private void applyPurges(ShardFence.Proof proof, Moment sent) throws Exception {
    if (proof.gone()) {
      return;
    }
    if (appliedPurge.isEmpty() || appliedPurge.getAsLong() != proof.newestPurge()) {
      purges.apply(proof.newestPurge());
      appliedPurge = OptionalLong.of(proof.newestPurge());
    }
    purgesKnown = Optional.of(sent);
  }

  /**
   * The database's history changed, and with it rows went back to those who had them earlier.
   * Nobody took them from us: a shard that has stopped is taken over again with the next message
   * for it, as any other, whoever the row names.
   */
  private void takeAgain(Set<Integer> lost) {
    if (!lost.isEmpty()) {
      log.warn("The database does not know any more that shards {} are ours: taken again", lost);
    }
    runOnRows(() -> List.copyOf(lost).forEach(this::tellLost));
  }

  private void leave(Set<Integer> lost, boolean gone) {
    if (!lost.isEmpty()) {
      log.warn("Shards {} were taken by another node: this node leaves and starts anew", lost);
    }
    runOnRows(() -> List.copyOf(lost).forEach(this::tellLost));
    if (gone) {
      runOnRows(this::fallSilent);
    }
    if (gone || !lost.isEmpty()) {
      startAnew.run();
    }
  }

  /** Nothing is answered as current any more since the guard's state says gone. */
  private void fallSilent() {
    try {
      fence.fallSilent();
    } catch (Exception e) {
      log.debug("Successors are not told that they need not wait: {}", e.toString());
    }
  }

  private void tellLost(int slot) {
    var holder = holders.remove(slot);
    waitedFor.remove(slot);
    if (holder != null) {
      holder.lost().accept(Optional.empty());
    }
  }

  private void reportFence(boolean answers, Exception e) {
    if (answers != fenceAnswers) {
      fenceAnswers = answers;
      if (answers) {
        log.info("Shard rows can be taken again");
      } else {
        log.warn("{} shard rows cannot be taken yet: {}", wanted.size(), e.toString());
      }
    }
  }

  /** Whatever is thrown past the work would silence its thread: the node begins again instead. */
  private Runnable guarded(Runnable work) {
    return () -> {
      try {
        work.run();
      } catch (Throwable e) {
        log.error("Ownership cannot go on: this node leaves and starts anew", e);
        startAnew.run();
      }
    };
  }

  private void runOnRows(Runnable work) {
    try {
      rows.execute(guarded(work));
    } catch (RejectedExecutionException e) {
      log.debug("Ownership is closed");
    }
  }

  private void runOnRowsAfter(Duration delay, Runnable work) {
    try {
      rows.schedule(guarded(work), delay.toNanos(), TimeUnit.NANOSECONDS);
    } catch (RejectedExecutionException e) {
      log.debug("Ownership is closed");
    }
  }

  private static Timer phase(MeterRegistry meters, String phase) {
    return Timer.builder("holdfast.takeover")
        .description("Taking over a shard, by phase")
        .tag("phase", phase)
        .register(meters);
  }

  private static Timer handover(MeterRegistry meters, String what) {
    return Timer.builder("holdfast.handover")
        .description(
            "Giving shards to others as planned: of a shard until its row is free, of a node that"
                + " leaves until all are")
        .tag("of", what)
        .register(meters);
  }

  private static ScheduledExecutorService thread(String name) {
    return Executors.newSingleThreadScheduledExecutor(
        work -> {
          var thread = new Thread(work, name);
          thread.setDaemon(true);
          return thread;
        });
  }

  @Override
  public void close() {
    polls.shutdownNow();
    timer.shutdownNow();
    rows.shutdown();
    try {
      rows.awaitTermination(2, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
