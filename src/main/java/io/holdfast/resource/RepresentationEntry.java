package io.holdfast.resource;

import io.holdfast.caching.CacheRequest;
import io.holdfast.caching.Rearming;
import io.holdfast.caching.StoredResponse;
import io.holdfast.http.Fields;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What the owner of a target knows under one key. Immutable.
 *
 * @param stored in any order
 * @param flights fetches that others may wait for
 * @param rearming the pause after failed refreshes
 * @param unsharedUntil an answer was one client's alone: until then nobody waits for another's
 */
record RepresentationEntry(
    List<StoredResponse> stored, List<Flight> flights, Rearming rearming, Instant unsharedUntil) {
  static final RepresentationEntry EMPTY =
      new RepresentationEntry(List.of(), List.of(), Rearming.none(), Instant.EPOCH);

  /** As long as an answer was not to be stored the next one will hardly be. */
  private static final Duration UNSHARED_FOR = Duration.ofSeconds(30);

  RepresentationEntry {
    stored = List.copyOf(stored);
    flights = List.copyOf(flights);
  }

  boolean isEmpty(Instant now) {
    return stored.isEmpty()
        && flights.isEmpty()
        && !rearming.waits(now)
        && !now.isBefore(unsharedUntil);
  }

  boolean isUnshared(Instant now) {
    return now.isBefore(unsharedUntil);
  }

  /**
   * The newest flight whose answer could be the request's too, as far as is known of what the
   * service varies on.
   */
  Optional<Flight> flightFor(CacheRequest request, Instant now) {
    return flights.stream()
        .filter(flight -> now.isBefore(flight.until()) && isAlike(flight.request(), request))
        .reduce((older, newer) -> newer);
  }

  private boolean isAlike(Fields ofFlight, CacheRequest request) {
    return stored.stream().allMatch(it -> it.vary().selectsAlike(ofFlight, request.fields()));
  }

  RepresentationEntry with(List<StoredResponse> responses) {
    return new RepresentationEntry(responses, flights, rearming, unsharedUntil);
  }

  /** With these left; nobody waits for what is under way. */
  RepresentationEntry grounded(List<StoredResponse> left) {
    return new RepresentationEntry(left, List.of(), rearming, unsharedUntil);
  }

  /** The service has answered. */
  RepresentationEntry refreshed(List<StoredResponse> responses) {
    return new RepresentationEntry(responses, flights, Rearming.none(), Instant.EPOCH);
  }

  RepresentationEntry with(Flight flight) {
    var more = new ArrayList<>(flights);
    more.add(flight);
    return new RepresentationEntry(stored, more, rearming, unsharedUntil);
  }

  RepresentationEntry without(long flight) {
    return new RepresentationEntry(
        stored,
        flights.stream().filter(it -> it.number() != flight).toList(),
        rearming,
        unsharedUntil);
  }

  RepresentationEntry failed(Rearming next) {
    return new RepresentationEntry(stored, flights, next, unsharedUntil);
  }

  RepresentationEntry unshared(Instant now) {
    return new RepresentationEntry(stored, flights, Rearming.none(), now.plus(UNSHARED_FOR));
  }
}
