package io.holdfast.resource;

import io.holdfast.resource.Representation.Command;
import io.holdfast.resource.Representation.Drop;
import io.holdfast.resource.Representation.Reply;
import io.holdfast.resource.Representation.Returned;
import java.time.Duration;
import org.apache.pekko.actor.typed.ActorRef;

/**
 * The nodes that may answer from copies of what one owner has, as long as it vouches for these; and
 * how that ends before its time. Of one actor.
 */
final class CopyHolders {
  private final String entityId;
  private final ActorRef<Command> owner;
  private final Representation.Surroundings surroundings;

  CopyHolders(String entityId, ActorRef<Command> owner, Representation.Surroundings surroundings) {
    this.entityId = entityId;
    this.owner = owner;
    this.surroundings = surroundings;
  }

  private Leases<ActorRef<Reply>> leases() {
    return surroundings.stored().leases();
  }

  /** From now on for {@link Representation#LEASE}. */
  void vouchFor(ActorRef<Reply> node) {
    leases().grant(entityId, node, System.nanoTime());
  }

  /**
   * What they have is no longer the newest. If nothing is invalid that is not waited for: it is as
   * fresh as it was.
   *
   * @param butFor one who may go on
   */
  void recall(StoredTarget target, boolean invalid, ActorRef<Reply> butFor) {
    long now = System.nanoTime();
    var drop = new Drop(target, invalid, now, owner);
    leases().holders(entityId, now).stream()
        .filter(it -> !it.equals(butFor))
        .forEach(it -> it.tell(drop));
  }

  void returned(Returned returned) {
    leases().returned(entityId, returned.replyTo(), returned.asOf());
  }

  /**
   * For how long somebody may still answer from a copy, of this owner's or of an earlier one's;
   * zero or less if nobody may.
   */
  Duration remaining() {
    var ours = leases().remaining(entityId, System.nanoTime());
    var ofOthers = Representation.LEASE.minus(surroundings.ownedFor(entityId));
    return ours.compareTo(ofOthers) > 0 ? ours : ofOthers;
  }
}
