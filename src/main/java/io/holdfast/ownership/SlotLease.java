package io.holdfast.ownership;

import io.holdfast.database.Slots;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import org.apache.pekko.actor.ExtendedActorSystem;
import org.apache.pekko.coordination.lease.LeaseSettings;
import org.apache.pekko.coordination.lease.javadsl.Lease;

/**
 * The seam by which one shard of Pekko's sharding asks for its row of {@code shard_owner}. Made by
 * Pekko by its class name; the lease's name ends in {@code -shard-<type>-<shard id>}.
 */
public final class SlotLease extends Lease {
  private final LeaseSettings settings;
  private final Ownership ownership;
  private final int slot;

  public SlotLease(LeaseSettings settings, ExtendedActorSystem system) {
    this.settings = settings;
    var setup = system.settings().setup().get(OwnershipSetup.class).orElseThrow();
    this.ownership = setup.ownership();
    this.slot = slotOf(settings.leaseName(), setup.slots());
  }

  /**
   * {@code holdfast-shard-document-17} names shard 17 of the kind {@code DOCUMENT}, and {@code
   * holdfast-shard-sharded-daemon-process-operation-17} that of {@code OPERATION}.
   */
  static int slotOf(String leaseName, Slots slots) {
    var parts = leaseName.split("-");
    var kind = parts[parts.length - 2].toUpperCase(Locale.ROOT);
    return slots.slotOf(Slots.Kind.valueOf(kind), Integer.parseInt(parts[parts.length - 1]));
  }

  @Override
  public LeaseSettings getSettings() {
    return settings;
  }

  @Override
  public CompletionStage<Boolean> acquire() {
    return acquire(reason -> {});
  }

  @Override
  public CompletionStage<Boolean> acquire(Consumer<Optional<Throwable>> lost) {
    return ownership.acquire(slot, lost);
  }

  @Override
  public CompletionStage<Boolean> release() {
    return ownership.release(slot);
  }

  @Override
  public boolean checkLease() {
    return ownership.isCurrent(slot);
  }
}
