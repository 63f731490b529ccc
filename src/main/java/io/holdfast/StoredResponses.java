package io.holdfast;

import io.holdfast.admin.CacheView;
import io.holdfast.caching.Purge;
import io.holdfast.database.Database;
import io.holdfast.database.Purges;
import io.holdfast.database.WriteBehind;
import io.holdfast.edge.CacheCounts;
import io.holdfast.edge.Edge;
import io.holdfast.ownership.PurgeWatch;
import io.holdfast.resource.PurgeLearning;
import io.holdfast.resource.PurgeLog;
import io.holdfast.resource.PurgeTable;
import io.holdfast.resource.Purging;
import io.holdfast.resource.Reached;
import io.holdfast.resource.ServedCopies;
import io.holdfast.resource.StoredTargets;
import io.holdfast.route.Route;
import io.holdfast.route.Routes;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.AskPattern;

/**
 * What one life of a node knows of stored responses and of purges, and the operator's view of it.
 */
final class StoredResponses implements CacheView, AutoCloseable {
  /** For so long a purge may need to be written down: a locked row is waited for twice. */
  private static final Duration WRITE_MAX = Duration.ofSeconds(8);

  private static final Duration BEGIN_MAX = Duration.ofSeconds(5);
  private static final Duration LOOK_EVERY = Duration.ofSeconds(2);
  private static final int TOP_MAX = 10;
  private static final int URL_CHARS_MAX = 300;

  private final Supplier<Routes> routes;
  private final Duration guardTime;
  private final Purges purges;
  private final PurgeTable table;
  private final PurgeLog log;
  private final StoredTargets targets;
  private final ServedCopies copies;
  private final CacheCounts counts;
  private final Supplier<WriteBehind.Counts> warm;
  private final PurgeLearning learning;
  private final CompletableFuture<Running> running = new CompletableFuture<>();
  private List<TopUrl> top = List.of();
  private long lookedNanos = System.nanoTime() - LOOK_EVERY.toNanos() - 1;

  private record Running(ActorSystem<?> system, ActorRef<Purging.Command> purging) {}

  /**
   * @param targets what the owners on this node have stored
   * @param forwarded has what outlives this life: copies, and the purges that are known
   * @param warm what became of those that are kept in the database
   */
  StoredResponses(
      Database database,
      Duration guardTime,
      Supplier<Routes> routes,
      StoredTargets targets,
      Edge.Forwarded forwarded,
      CacheCounts counts,
      Supplier<WriteBehind.Counts> warm) {
    this.routes = routes;
    this.targets = targets;
    this.copies = forwarded.copies();
    this.log = forwarded.purges();
    this.counts = counts;
    this.warm = warm;
    this.guardTime = guardTime;
    this.purges = new Purges(database);
    this.table = PurgeTable.in(purges);
    this.learning = new PurgeLearning(table, log, reached());
  }

  private Reached reached() {
    return new Reached() {
      @Override
      public long count(Purge purge) {
        return targets.count(purge.scope());
      }

      @Override
      public void apply(Purge purge) {
        if (!purge.soft()) {
          targets.free(purge.scope());
          copies.free(purge.scope());
        }
      }
    };
  }

  @Override
  public List<RouteCache> routes() {
    var shares = targets.shares();
    return routes.get().routes().stream()
        .filter(Route::isForwarded)
        .map(route -> shown(route, shares.getOrDefault(route.name(), StoredTargets.Share.NONE)))
        .toList();
  }

  private RouteCache shown(Route route, StoredTargets.Share share) {
    var counted = counts.of(route.name());
    return new RouteCache(
        route.name(),
        share.responses(),
        share.bytes(),
        (long) counted.hits(),
        (long) counted.misses());
  }

  /** All copies are looked at, so not with each pulse. */
  @Override
  public synchronized List<TopUrl> top() {
    long now = System.nanoTime();
    if (now - lookedNanos > LOOK_EVERY.toNanos()) {
      top = copies.top(TOP_MAX).stream().map(StoredResponses::shown).toList();
      lookedNanos = now;
    }
    return top;
  }

  private static TopUrl shown(ServedCopies.Top it) {
    var url = it.target().uri().toString();
    return new TopUrl(
        it.target().route(), url.substring(0, Math.min(URL_CHARS_MAX, url.length())), it.hits());
  }

  @Override
  public WriteBehind.Counts warm() {
    return warm.get();
  }

  /** What the owners on this node have stored. */
  StoredTargets targets() {
    return targets;
  }

  CacheCounts counts() {
    return counts;
  }

  /** What is stored carries its number, and is asked about with each use. */
  PurgeLog log() {
    return log;
  }

  /** To be applied before a proof of ownership counts. */
  PurgeWatch watch() {
    return learning;
  }

  /** To be spawned as {@link Purging#NAME} once the node is a member. */
  Behavior<Purging.Command> purging() {
    return Purging.create(table, learning, guardTime);
  }

  /** Orders are taken from now on. */
  void begin(ActorSystem<?> system, ActorRef<Purging.Command> purging) {
    running.complete(new Running(system, purging));
  }

  @Override
  public CompletionStage<Purging.Reply> purge(Purge.Scope scope, boolean soft, boolean dryRun) {
    return running
        .copy()
        .orTimeout(BEGIN_MAX.toMillis(), TimeUnit.MILLISECONDS)
        .thenCompose(
            now ->
                AskPattern.ask(
                    now.purging(),
                    (ActorRef<Purging.Reply> replyTo) ->
                        new Purging.Order(scope, soft, dryRun, replyTo),
                    WRITE_MAX.plus(Purging.waitMax(guardTime)),
                    now.system().scheduler()));
  }

  @Override
  public void close() {
    purges.close();
  }
}
