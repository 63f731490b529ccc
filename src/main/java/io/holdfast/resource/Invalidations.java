package io.holdfast.resource;

import io.holdfast.resource.Representation.Invalidate;
import io.holdfast.resource.Representation.Invalidated;
import io.holdfast.resource.Representation.NotNow;
import java.util.ArrayList;
import java.util.List;

/**
 * Invalidations that an owner has carried out, and whose answers wait until nobody else answers
 * from what was there before either. For one thread.
 */
final class Invalidations {
  private final List<Open> open = new ArrayList<>();

  /**
   * @param removal of the {@link WarmRow}
   */
  private record Open(Invalidate order, long removal) {}

  boolean areOver() {
    return open.isEmpty();
  }

  void begin(Invalidate order, long removal) {
    open.add(new Open(order, removal));
  }

  /** Nobody knows when it will be so. */
  void giveUp(Standing reason) {
    open.forEach(it -> it.order().replyTo().tell(new NotNow(it.order().exchange(), reason)));
    open.clear();
  }

  /** Nobody has a copy any more: those are done of which nothing is kept either. */
  void end(WarmRow row) {
    var done = open.stream().filter(it -> row.isGone(it.removal())).toList();
    done.forEach(it -> it.order().replyTo().tell(new Invalidated(it.order().exchange())));
    open.removeAll(done);
  }
}
