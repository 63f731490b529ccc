package io.holdfast.ownership;

import java.util.concurrent.CompletableFuture;

/** Lets tests of other packages take a slot as Pekko's sharding does. */
public final class OwnershipTesting {
  private OwnershipTesting() {}

  public static CompletableFuture<Boolean> acquire(Ownership ownership, int slot) {
    return ownership.acquire(slot, lost -> {}).toCompletableFuture();
  }
}
