package io.holdfast.cluster;

import io.holdfast.cluster.SelfCheckDecision.Cause;
import io.holdfast.cluster.SelfCheckDecision.Look;
import io.holdfast.cluster.SelfCheckDecision.Verdict;
import io.holdfast.database.Registry;
import io.holdfast.database.Registry.Withdrawal;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Timer;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.pekko.actor.ActorSystem;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A node's watch over itself: makes requests of its own public port as a client would, and leaves
 * the cluster if they are not answered while a peer serves.
 *
 * <p>Nothing here runs on a thread that it watches, neither a dispatcher nor an event loop: one
 * thread asks, which may hang, and one decides, which waits for the first only so long. Not even a
 * line is logged by the latter before it has acted, because a log that cannot be written may be the
 * trouble.
 */
public final class SelfCheck implements AutoCloseable {
  /** How late the deciding thread is run is seen at the end of each. */
  private static final Duration SLICE = Duration.ofMillis(250);

  private static final Logger log = LoggerFactory.getLogger(SelfCheck.class);

  /** How a node asks itself. */
  public interface Probe {
    /**
     * One request, to what only this node has to answer. Blocks for about the timeout at most.
     *
     * @return what was wrong with the answer, if something was
     * @throws IOException no answer came
     */
    Optional<String> ask() throws IOException;

    /** Whether the database is away, as far as this node knows. */
    boolean isDatabaseAway();

    /** Whether this process could open another file or connection. */
    boolean hasDescriptors();
  }

  private final ActorSystem system;
  private final ClusterSetup setup;
  private final long me;
  private final Probe probe;
  private final SelfCheckSettings settings;
  private final Runnable changed;
  private final ExecutorService asking;
  private final CountDownLatch closed = new CountDownLatch(1);
  private final Timer answered;
  private final Counter failed;
  private Optional<Future<Optional<String>>> open = Optional.empty();
  private boolean saidThatItStays;
  private volatile SelfCheckDecision decision;
  private volatile Verdict verdict = Verdict.SERVES;

  private SelfCheck(
      ActorSystem system, ClusterSetup setup, long me, Probe probe, Runnable changed) {
    this.system = system;
    this.setup = setup;
    this.me = me;
    this.probe = probe;
    this.changed = changed;
    this.settings = setup.settings().selfCheck();
    this.decision = SelfCheckDecision.begin(settings, setup.now());
    this.asking = Executors.newSingleThreadExecutor(work -> daemon("holdfast-self-request", work));
    this.answered =
        Timer.builder("holdfast.self.check")
            .description("Answers to the node's own requests")
            .publishPercentiles(0.5, 0.99)
            .register(setup.meters());
    this.failed =
        Counter.builder("holdfast.self.check.failed")
            .description("Requests of its own that the node did not answer")
            .register(setup.meters());
  }

  /**
   * @param changed called when {@link #serves} has changed; must not block
   */
  static SelfCheck start(
      ActorSystem system, ClusterSetup setup, long me, Probe probe, Runnable changed) {
    var check = new SelfCheck(system, setup, me, probe, changed);
    check.rehearse();
    daemon("holdfast-self-check", check::run).start();
    return check;
  }

  private static Thread daemon(String name, Runnable work) {
    var thread = new Thread(work, name);
    thread.setDaemon(true);
    return thread;
  }

  /** Whether this node answers its own requests, as far as is known. */
  boolean serves() {
    return verdict == Verdict.SERVES;
  }

  /** What is wrong, for people; empty while it serves. */
  public Optional<String> trouble() {
    return serves() ? Optional.empty() : Optional.of(describe(decision, setup.now()));
  }

  /** A process without descriptors may load no class: what is needed then is there before. */
  private void rehearse() {
    var look = new Look.Failed(Cause.SILENT, "", Duration.ZERO, Duration.ZERO, false);
    var played = decision.after(look, Instant.MAX).after(look, Instant.MAX);
    var spared =
        played.canBeSpared(List.of(), setup.now()) ? Withdrawal.WITHDRAWN : Withdrawal.NEEDED;
    log.debug(
        "{} {} {} {}",
        played.verdict(setup.now()),
        spared,
        played.departure(),
        describe(played, setup.now()));
  }

  private void run() {
    try {
      while (!closed.await(settings.interval().toNanos(), TimeUnit.NANOSECONDS)) {
        lookAndTake();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      asking.shutdownNow();
    }
  }

  /** Whatever is thrown, it goes on watching. */
  private void lookAndTake() throws InterruptedException {
    try {
      take(look());
    } catch (RuntimeException | Error e) {
      say("its watch over itself failed: " + e);
    }
  }

  /**
   * One request, within the timeout. One that was left hanging by the look before comes first: its
   * late answer is as good as any, its failure was counted then.
   */
  private Look look() throws InterruptedException {
    long began = System.nanoTime();
    long collected = collectedMillis();
    var late = Duration.ZERO;
    boolean isNew = open.isEmpty();
    if (isNew) {
      open = Optional.of(asking.submit(probe::ask));
    }
    while (since(began).compareTo(settings.timeout()) < 0) {
      long sliceBegan = System.nanoTime();
      try {
        var wrong = open.orElseThrow().get(SLICE.toNanos(), TimeUnit.NANOSECONDS);
        open = Optional.empty();
        return result(wrong, began, unlessCollected(late, collected));
      } catch (ExecutionException e) {
        open = Optional.empty();
        if (isNew) {
          var what = String.valueOf(e.getCause());
          return failed(Cause.SILENT, what, began, unlessCollected(late, collected));
        }
        isNew = true;
        open = Optional.of(asking.submit(probe::ask));
      } catch (TimeoutException e) {
        late = late.plus(since(sliceBegan).minus(SLICE));
      }
    }
    return failed(Cause.SILENT, "no answer", began, unlessCollected(late, collected));
  }

  private Look result(Optional<String> wrong, long began, Duration late) {
    if (wrong.isPresent()) {
      return failed(Cause.REFUSED, wrong.get(), began, late);
    }
    answered.record(since(began));
    return new Look.Answered();
  }

  private Look failed(Cause cause, String what, long began, Duration late) {
    failed.increment();
    return new Look.Failed(
        probe.hasDescriptors() ? cause : Cause.NO_DESCRIPTORS,
        what,
        since(began),
        late,
        probe.isDatabaseAway());
  }

  /** Who collects garbage all the time is late by its own doing. */
  private static Duration unlessCollected(Duration late, long collectedBefore) {
    var own = Duration.ofMillis(collectedMillis() - collectedBefore);
    return late.compareTo(own) > 0 ? late.minus(own) : Duration.ZERO;
  }

  private static long collectedMillis() {
    return ManagementFactory.getGarbageCollectorMXBeans().stream()
        .mapToLong(collector -> Math.max(0, collector.getCollectionTime()))
        .sum();
  }

  private void take(Look look) {
    var before = verdict;
    var now = setup.now();
    decision = decision.after(look, now);
    verdict = decision.verdict(now);
    if ((verdict == Verdict.SERVES) != (before == Verdict.SERVES)) {
      changed.run();
    }
    if (verdict == Verdict.LEAVES) {
      leave(now);
    } else if (verdict != before) {
      saidThatItStays = false;
      say(verdict == Verdict.SERVES ? "answers its own requests again" : describe(decision, now));
    }
  }

  private void leave(Instant now) {
    var withdrawal = withdraw(now);
    if (withdrawal.isEmpty()) {
      stay("the database, which knows whether another one serves, does not answer");
    } else if (withdrawal.get() == Withdrawal.NEEDED) {
      stay("nobody else has served all that time");
    } else if (closed.getCount() > 0) {
      setup.leave(system, describe(decision, now), decision.departure());
      closed.countDown();
    }
  }

  private Optional<Withdrawal> withdraw(Instant now) {
    try {
      return Optional.of(
          setup.registry().withdraw(me, others -> decision.canBeSpared(others, now)));
    } catch (Registry.Unanswered e) {
      return Optional.empty();
    }
  }

  private void stay(String because) {
    if (!saidThatItStays) {
      saidThatItStays = true;
      say(describe(decision, setup.now()) + "; it stays, for " + because);
    }
  }

  private static String describe(SelfCheckDecision decision, Instant now) {
    return "it has not answered its own requests for %.1f s (%s)"
        .formatted(
            decision.failingFor(now).toMillis() / 1e3,
            decision.last().map(SelfCheck::describe).orElse("none failed"));
  }

  private static String describe(Look.Failed failed) {
    return failed.cause() == Cause.NO_DESCRIPTORS
        ? "no file descriptor is left: " + failed.what()
        : failed.what();
  }

  /** Elsewhere: who decides never waits for a log. */
  private void say(String what) {
    CompletableFuture.runAsync(() -> log.warn("{}: {}", setup.node().name(), what));
  }

  private static Duration since(long nanos) {
    return Duration.ofNanos(System.nanoTime() - nanos);
  }

  /** No more is asked. */
  @Override
  public void close() {
    closed.countDown();
  }
}
