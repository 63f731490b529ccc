package io.holdfast.resource;

import io.holdfast.resource.Representation.Ask;
import io.holdfast.resource.Representation.Reply;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.pekko.actor.typed.ActorRef;

/** Who was told to fetch by one owner, and when they were last heard of. For one thread. */
final class Fetchers {
  private final Map<Long, Fetcher> byFlight = new HashMap<>();

  private record Fetcher(ActorRef<Reply> node, long exchange, Ticket ticket, Instant heard) {
    boolean isWho(Ask ask) {
      return exchange == ask.exchange() && node.equals(ask.replyTo());
    }
  }

  /** Whoever asks is told to fetch, under that ticket. */
  void add(Ask ask, Ticket ticket, Instant now) {
    byFlight.put(ticket.flight(), new Fetcher(ask.replyTo(), ask.exchange(), ticket, now));
  }

  /** The ticket of whoever asks, if he has been told to fetch already: he is heard of. */
  Optional<Ticket> heard(Ask ask, Instant now) {
    var who = byFlight.values().stream().filter(it -> it.isWho(ask)).findAny();
    who.ifPresent(it -> add(ask, it.ticket(), now));
    return who.map(Fetcher::ticket);
  }

  /** When that flight is waited for no more, if nothing is heard of it. */
  Instant until(Flight flight, Duration heardWithin) {
    return Optional.ofNullable(byFlight.get(flight.number()))
        .map(it -> it.heard().plus(heardWithin))
        .filter(flight.until()::isAfter)
        .orElse(flight.until());
  }

  /** The flights of a node. */
  List<Long> of(ActorRef<Reply> node) {
    return byFlight.entrySet().stream()
        .filter(it -> it.getValue().node().equals(node))
        .map(Map.Entry::getKey)
        .toList();
  }

  void remove(long flight) {
    byFlight.remove(flight);
  }

  void clear() {
    byFlight.clear();
  }

  void retain(Collection<Long> flights) {
    byFlight.keySet().retainAll(flights);
  }
}
