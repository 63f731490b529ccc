package io.holdfast.resource;

import io.holdfast.resource.Representation.Ask;
import io.holdfast.resource.Representation.Reply;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.LongPredicate;
import java.util.function.Predicate;
import org.apache.pekko.actor.typed.ActorRef;

/** The requests that wait for the fetches of one owner. Bounded. For one thread. */
final class Waiters {
  /** Whoever comes then fetches by himself. */
  static final int MAX = 10_000;

  private final List<Waiter> waiting = new ArrayList<>();

  /**
   * When a request first came.
   *
   * @param number higher than that of all before
   */
  record Arrival(long number, Instant at) {}

  /**
   * One of them.
   *
   * @param accepts what the flight brings will do; else it asks again then
   */
  record Waiter(Ask ask, Arrival arrived, long flight, boolean accepts, Instant until) {}

  boolean hasRoom() {
    return waiting.size() < MAX;
  }

  boolean isEmpty() {
    return waiting.isEmpty();
  }

  void add(Waiter waiter) {
    waiting.add(waiter);
  }

  /** Out of those, the one that is asking again. */
  Optional<Waiter> take(Ask again) {
    var before = waiting.stream().filter(it -> it.ask().isSame(again)).findFirst();
    before.ifPresent(waiting::remove);
    before.ifPresent(it -> it.ask().span().end());
    return before;
  }

  /** Those out of them who wait for such a flight. */
  List<Waiter> take(LongPredicate flights) {
    var taken = waiting.stream().filter(it -> flights.test(it.flight())).toList();
    waiting.removeAll(taken);
    return taken;
  }

  /** Nobody there waits any more. */
  void gone(ActorRef<Reply> node) {
    forget(it -> it.ask().replyTo().equals(node));
  }

  void forgetUntil(Instant now) {
    forget(it -> now.isAfter(it.until()));
  }

  private void forget(Predicate<Waiter> which) {
    waiting.removeIf(
        it -> {
          boolean isForgotten = which.test(it);
          if (isForgotten) {
            it.ask().span().end();
          }
          return isForgotten;
        });
  }

  List<Ask> asks() {
    return waiting.stream().map(Waiter::ask).toList();
  }
}
