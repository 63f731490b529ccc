package io.holdfast.ownership;

import io.holdfast.database.Slots;
import java.util.function.Supplier;
import org.apache.pekko.actor.setup.Setup;

/** Hands this node's {@link Ownership} to the leases that Pekko makes by class name. */
public final class OwnershipSetup extends Setup {
  private final Supplier<Ownership> ownership;
  private final Slots slots;

  /**
   * @param ownership asked for when the first shard starts, after the node knows its incarnation
   */
  public OwnershipSetup(Supplier<Ownership> ownership, Slots slots) {
    this.ownership = ownership;
    this.slots = slots;
  }

  Slots slots() {
    return slots;
  }

  Ownership ownership() {
    return ownership.get();
  }
}
