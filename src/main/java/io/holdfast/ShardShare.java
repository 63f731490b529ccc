package io.holdfast;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.IntSupplier;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.cluster.MemberStatus;
import org.apache.pekko.cluster.typed.Cluster;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Waits until this node has its share of the shards, so that a node which has just come is not
 * asked for documents whose owners are about to move to it: what is handed over before the first
 * request is handed over in a moment.
 *
 * <p>A share that does not come keeps no node from being ready: it can still pass requests on.
 */
final class ShardShare {
  private static final Logger log = LoggerFactory.getLogger(ShardShare.class);
  private static final Duration LOOK_EVERY = Duration.ofMillis(100);
  private static final Duration WAIT_MAX = Duration.ofSeconds(10);

  private final ActorSystem<?> system;
  private final IntSupplier owned;
  private final int shards;
  private final long untilNanos = System.nanoTime() + WAIT_MAX.toNanos();
  private final CompletableFuture<Void> arrived = new CompletableFuture<>();

  private ShardShare(ActorSystem<?> system, IntSupplier owned, int shards) {
    this.system = system;
    this.owned = owned;
    this.shards = shards;
  }

  /**
   * @param owned the number of shards that this node owns now
   * @param shards of the whole cluster
   * @return completes when the share is there, or 10 s later
   */
  static CompletionStage<Void> arrives(ActorSystem<?> system, IntSupplier owned, int shards) {
    var share = new ShardShare(system, owned, shards);
    share.look();
    return share.arrived;
  }

  private void look() {
    if (isShare(owned.getAsInt(), shards, upMembers())) {
      arrived.complete(null);
    } else if (System.nanoTime() - untilNanos >= 0) {
      log.info("{} of {} shards are here; the rest comes later", owned.getAsInt(), shards);
      arrived.complete(null);
    } else {
      system.scheduler().scheduleOnce(LOOK_EVERY, this::look, system.executionContext());
    }
  }

  /** Pekko evens shards out until no node has more than one less than the fullest. */
  static boolean isShare(int owned, int shards, int members) {
    return owned >= shards / Math.max(1, members) - 1;
  }

  private int upMembers() {
    int up = 0;
    for (var member : Cluster.get(system).state().getMembers()) {
      up += member.status().equals(MemberStatus.up()) ? 1 : 0;
    }
    return up;
  }
}
