package io.holdfast;

import io.holdfast.resource.Document;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.AbstractBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.Receive;

/**
 * What a node does by itself before it takes part in sharding: it reads documents from the
 * database, which do not exist, by actors that belong to no shard. Shards are moved to a node as
 * soon as it takes part; their first requests would wait a second and more until the classes of a
 * document and of its recovery are loaded and compiled.
 *
 * <p>Its documents own nothing, so none of them can be answered as current, or be written.
 */
final class WarmUp extends AbstractBehavior<Document.Reply> {
  private static final int DOCUMENTS = 300;
  private static final int AT_A_TIME = 8;
  private static final Duration ALL_MAX = Duration.ofSeconds(2);

  private final Document.Surroundings surroundings;
  private final CompletableFuture<Void> done;
  private final long untilNanos = System.nanoTime() + ALL_MAX.toNanos();
  private int asked;
  private int answered;

  /**
   * @param done completed when all are read; or after two seconds, whatever comes
   */
  static Behavior<Document.Reply> create(
      Document.Surroundings surroundings, CompletableFuture<Void> done) {
    done.completeOnTimeout(null, ALL_MAX.toMillis(), java.util.concurrent.TimeUnit.MILLISECONDS);
    return Behaviors.setup(context -> new WarmUp(context, surroundings, done));
  }

  private WarmUp(
      ActorContext<Document.Reply> context,
      Document.Surroundings surroundings,
      CompletableFuture<Void> done) {
    super(context);
    this.surroundings = surroundings;
    this.done = done;
    for (int i = 0; i < AT_A_TIME; i++) {
      ask();
    }
  }

  private void ask() {
    var id = OwnDocuments.entityId("warm-up-" + asked++);
    var shardless = getContext().getSystem().ignoreRef();
    var document =
        getContext()
            .spawnAnonymous(Document.create(id, shardless.unsafeUpcast().narrow(), surroundings));
    document.tell(new Document.Read(id, asked, getContext().getSelf()));
  }

  @Override
  public Receive<Document.Reply> createReceive() {
    return newReceiveBuilder().onAnyMessage(reply -> onReply()).build();
  }

  private Behavior<Document.Reply> onReply() {
    answered++;
    if (asked < DOCUMENTS && System.nanoTime() - untilNanos < 0) {
      ask();
      return this;
    }
    if (answered < asked) {
      return this;
    }
    done.complete(null);
    return Behaviors.stopped();
  }
}
