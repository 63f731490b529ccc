package io.holdfast;

import io.holdfast.database.Slots;
import io.holdfast.resource.Document;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.javadsl.AskPattern;

/**
 * Asks one document of every shard, so that a node is ready only when it reaches all of them, and
 * no client's first request pays for a shard's start. The documents asked do not exist: they are
 * none of a client's.
 */
final class ShardProbe {
  private static final Duration ATTEMPT = Duration.ofMillis(700);
  private static final Duration PAUSE = Duration.ofMillis(50);

  private final ActorSystem<?> system;
  private final ActorRef<Document.Command> region;
  private final Slots slots;

  ShardProbe(ActorSystem<?> system, ActorRef<Document.Command> region, Slots slots) {
    this.system = system;
    this.region = region;
    this.slots = slots;
  }

  /** Completes when each shard has answered once; asks again until then, or the system ends. */
  CompletionStage<Void> allAnswer() {
    return CompletableFuture.allOf(
        OwnDocuments.oneOfEachShard(slots).values().stream()
            .map(OwnDocuments::entityId)
            .map(this::answers)
            .map(CompletionStage::toCompletableFuture)
            .toArray(CompletableFuture[]::new));
  }

  private CompletionStage<Void> answers(String entityId) {
    CompletionStage<Document.Reply> reply =
        AskPattern.ask(
            region,
            replyTo -> new Document.Read(entityId, 0, replyTo),
            ATTEMPT,
            system.scheduler());
    return reply
        .handle(
            (answer, failure) ->
                failure == null || system.getWhenTerminated().toCompletableFuture().isDone()
                    ? CompletableFuture.<Void>completedFuture(null)
                    : afterAPause(entityId))
        .thenCompose(next -> next);
  }

  /** A region that has stopped fails an ask at once. */
  private CompletableFuture<Void> afterAPause(String entityId) {
    var pause = CompletableFuture.delayedExecutor(PAUSE.toMillis(), TimeUnit.MILLISECONDS);
    return CompletableFuture.supplyAsync(() -> answers(entityId), pause).thenCompose(next -> next);
  }
}
