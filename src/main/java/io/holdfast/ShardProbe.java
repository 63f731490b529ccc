package io.holdfast;

import io.holdfast.caching.CacheKey;
import io.holdfast.caching.CacheRequest;
import io.holdfast.caching.TargetUri;
import io.holdfast.database.Slots;
import io.holdfast.http.Fields;
import io.holdfast.resource.Document;
import io.holdfast.resource.Representation;
import io.holdfast.resource.StoredTarget;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.javadsl.AskPattern;

/**
 * Asks one owner of every shard, so that a node is ready only when it reaches all of them, and no
 * client's first request pays for a shard's start. What is asked for does not exist, and is no
 * client's.
 */
final class ShardProbe {
  private static final Duration ATTEMPT = Duration.ofMillis(700);
  private static final Duration PAUSE = Duration.ofMillis(50);
  private static final Fields ONLY_IF_CACHED = Fields.of("Cache-Control", "only-if-cached");

  private final ActorSystem<?> system;

  ShardProbe(ActorSystem<?> system) {
    this.system = system;
  }

  /** Completes when each shard of documents has answered once. */
  CompletionStage<Void> documents(ActorRef<Document.Command> region, Slots slots) {
    return allAnswer(
        region,
        OwnDocuments.oneOfEachShard(slots).values().stream()
            .map(OwnDocuments::entityId)
            .<Function<ActorRef<Document.Reply>, Document.Command>>map(
                id -> replyTo -> new Document.Read(id, 0, replyTo))
            .toList());
  }

  /** Completes when each shard of stored responses has answered once. */
  CompletionStage<Void> representations(ActorRef<Representation.Command> region, Slots slots) {
    return allAnswer(
        region,
        oneTargetOfEachShard(slots).stream()
            .<Function<ActorRef<Representation.Reply>, Representation.Command>>map(
                target -> replyTo -> question(target, replyTo))
            .toList());
  }

  private static Representation.Ask question(
      StoredTarget target, ActorRef<Representation.Reply> replyTo) {
    var request = new CacheRequest("GET", CacheKey.get(target.uri()), ONLY_IF_CACHED);
    return new Representation.Ask(target, request, List.of(), 0, 0, replyTo);
  }

  /** Of a route that no configuration can have. */
  private static Collection<StoredTarget> oneTargetOfEachShard(Slots slots) {
    var targets = new HashMap<Integer, StoredTarget>();
    for (int i = 0; targets.size() < slots.shards(); i++) {
      var target = new StoredTarget("~", TargetUri.of("http", TargetUri.ANY_HOST, "/" + i));
      targets.putIfAbsent(slots.shardOf(target.entityId()), target);
    }
    return targets.values();
  }

  /** Asks again until all have answered, or the system ends. */
  private <C, R> CompletionStage<Void> allAnswer(
      ActorRef<C> region, List<Function<ActorRef<R>, C>> questions) {
    return CompletableFuture.allOf(
        questions.stream()
            .map(question -> answers(region, question).toCompletableFuture())
            .toArray(CompletableFuture[]::new));
  }

  private <C, R> CompletionStage<Void> answers(
      ActorRef<C> region, Function<ActorRef<R>, C> question) {
    CompletionStage<R> reply = AskPattern.ask(region, question::apply, ATTEMPT, system.scheduler());
    return reply
        .handle(
            (answer, failure) ->
                failure == null || system.getWhenTerminated().toCompletableFuture().isDone()
                    ? CompletableFuture.<Void>completedFuture(null)
                    : afterAPause(region, question))
        .thenCompose(next -> next);
  }

  /** A region that has stopped fails an ask at once. */
  private <C, R> CompletableFuture<Void> afterAPause(
      ActorRef<C> region, Function<ActorRef<R>, C> question) {
    var pause = CompletableFuture.delayedExecutor(PAUSE.toMillis(), TimeUnit.MILLISECONDS);
    return CompletableFuture.supplyAsync(() -> answers(region, question), pause)
        .thenCompose(next -> next);
  }
}
