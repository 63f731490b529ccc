package io.holdfast.edge;

import io.holdfast.resource.Representation;
import io.holdfast.resource.Ticket;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * Tells the owner that gave a ticket, again and again, that the fetch goes on: one of which it
 * hears nothing is waited for no more. On an event loop.
 */
final class Renewal {
  /** Several times in {@link Representation#HEARD_WITHIN}. */
  static final Duration EVERY = Duration.ofMillis(500);

  private final Runnable tell;
  private long nextNanos = System.nanoTime() + EVERY.toNanos();

  private Renewal(Runnable tell) {
    this.tell = tell;
  }

  /**
   * @param exchange under which the ticket was asked for
   */
  static Renewal of(
      CachedRequest request, Ticket ticket, long exchange, Optional<Inquiries> owners) {
    return owners.isPresent() && ticket.isFlight()
        ? new Renewal(() -> tell(request, exchange, owners.get()))
        : none();
  }

  /** Of a fetch for which nobody waits. */
  static Renewal none() {
    return new Renewal(() -> {});
  }

  /**
   * An owner that does not know of it, since it is another one, does nothing for so little time.
   */
  private static void tell(CachedRequest request, long exchange, Inquiries owners) {
    owners.tell(
        new Representation.Ask(
            request.target(), request.caching(), List.of(), 0, exchange, owners.replies()));
  }

  void tick(long now) {
    if (now - nextNanos >= 0) {
      nextNanos = now + EVERY.toNanos();
      tell.run();
    }
  }
}
