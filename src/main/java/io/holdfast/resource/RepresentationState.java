package io.holdfast.resource;

import io.holdfast.caching.Answer;
import io.holdfast.caching.CacheKey;
import io.holdfast.caching.CacheRequest;
import io.holdfast.caching.CacheSettings;
import io.holdfast.caching.Generation;
import io.holdfast.caching.Reuse;
import io.holdfast.caching.ReuseDecision;
import io.holdfast.caching.ReuseDecision.Fresh;
import io.holdfast.caching.ReuseDecision.Miss;
import io.holdfast.caching.ReuseDecision.NothingStored;
import io.holdfast.caching.ReuseDecision.Stale;
import io.holdfast.caching.ReuseDecision.StaleWhileRevalidate;
import io.holdfast.caching.ReuseDecision.Validate;
import io.holdfast.caching.StaleOnError;
import io.holdfast.caching.StoredResponse;
import io.holdfast.caching.UpdateDecision.Updated;
import io.holdfast.caching.Variants;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/**
 * All that the owner of one target knows: what is stored under which key, who fetches what, and
 * what has been invalidated. Immutable; sees no clock.
 *
 * @param generation raised whenever what is stored becomes invalid
 * @param entries by key; one target has several only by QUERY
 * @param contents by the ids that stored responses name
 */
record RepresentationState(
    Generation generation, Map<CacheKey, RepresentationEntry> entries, Map<Long, byte[]> contents) {
  static final RepresentationState EMPTY =
      new RepresentationState(Generation.FIRST, Map.of(), Map.of());

  /** Queries with more contents than that push each other out. */
  static final int KEYS_MAX = 64;

  private static final byte[] NO_CONTENT = new byte[0];

  RepresentationState {
    entries = Map.copyOf(entries);
    contents = Map.copyOf(contents);
  }

  /** Where the answer to a request comes from. */
  sealed interface Verdict {}

  /**
   * This is it.
   *
   * @param use why it may be
   * @param refresh to be made in the background by whoever asked
   */
  record Give(StoredResponse response, StoredUse use, Optional<Flight> refresh)
      implements Verdict {}

  /**
   * Whoever asked is to fetch it.
   *
   * @param flight others wait for what it brings
   */
  record Fetch(Optional<Flight> flight) implements Verdict {}

  /**
   * Another fetches already.
   *
   * @param accepted its answer will do; else it only has to be waited for, and then asked again
   */
  record Join(long flight, boolean accepted) implements Verdict {}

  /** There is nothing, and the request wants no other. */
  record Nothing() implements Verdict {}

  /** What was decided, and what is known from now on. */
  record Asked(RepresentationState next, Verdict verdict) {}

  /**
   * @param number of this request: higher than that of all before
   * @param arrived the number that the request had when it first came
   * @param patience how long others wait for its fetch
   */
  Asked ask(CacheRequest request, long number, long arrived, Duration patience, Instant now) {
    var entry = entry(request.key());
    var decision = Reuse.decide(request, entry.stored(), now);
    if (decision instanceof Fresh fresh) {
      return give(fresh.response(), StoredUse.FRESH);
    } else if (decision instanceof Stale stale) {
      return give(stale.response(), StoredUse.STALE);
    } else if (decision instanceof StaleWhileRevalidate stale) {
      return giveWhileRevalidating(request, stale.response(), number, patience, now);
    } else if (decision instanceof NothingStored) {
      return new Asked(this, new Nothing());
    }
    var instead = onError(decision).filter(it -> it.allows(now) && entry.rearming().waits(now));
    if (instead.isPresent()) {
      return give(instead.get().response(), StoredUse.REARMED);
    }
    if (entry.isUnshared(now) || !mayBeShared(request, decision)) {
      return new Asked(this, new Fetch(Optional.empty()));
    }
    return join(request, entry, number, arrived, patience, now);
  }

  private Asked give(StoredResponse response, StoredUse use) {
    return new Asked(this, new Give(response, use, Optional.empty()));
  }

  private Asked giveWhileRevalidating(
      CacheRequest request, StoredResponse stale, long number, Duration patience, Instant now) {
    var entry = entry(request.key());
    if (entry.flightFor(request, now).isPresent() || entry.rearming().waits(now)) {
      return give(stale, StoredUse.REVALIDATED);
    }
    var flight = new Flight(number, request.fields(), generation, now.plus(patience));
    return new Asked(
        with(request.key(), entry.with(flight)),
        new Give(stale, StoredUse.REVALIDATED, Optional.of(flight)));
  }

  /**
   * A request that wants the service's own word joins no fetch that was under way when it came: it
   * waits for its end, and then for the next, with all others like it. A HEAD waits for what a GET
   * fetches; what it brings itself is not stored, and so nobody else's.
   */
  private Asked join(
      CacheRequest request,
      RepresentationEntry entry,
      long number,
      long arrived,
      Duration patience,
      Instant now) {
    var under = entry.flightFor(request, now);
    if (under.isPresent()) {
      boolean accepted = under.get().number() >= arrived || !wantsTheService(request);
      return new Asked(this, new Join(under.get().number(), accepted));
    }
    if (request.wantsHead()) {
      return new Asked(this, new Fetch(Optional.empty()));
    }
    var flight = new Flight(number, request.fields(), generation, now.plus(patience));
    return new Asked(with(request.key(), entry.with(flight)), new Fetch(Optional.of(flight)));
  }

  private static boolean wantsTheService(CacheRequest request) {
    var directives = request.directives();
    return directives.noCache() || directives.maxAge().orElse(1) == 0;
  }

  private static boolean mayBeShared(CacheRequest request, ReuseDecision decision) {
    if (request.directives().noStore()) {
      return false;
    }
    if (decision instanceof Miss miss) {
      return miss.mayBeShared();
    }
    return decision instanceof Validate validate && !validate.forwarded().has("Authorization");
  }

  private static Optional<StaleOnError> onError(ReuseDecision decision) {
    if (decision instanceof Miss miss) {
      return miss.onError();
    }
    return decision instanceof Validate validate ? validate.onError() : Optional.empty();
  }

  /** Whether what a fetch has brought is the answer for one who has waited for it. */
  static boolean answers(StoredResponse brought, CacheRequest waiting) {
    return brought.vary().matches(waiting.fields()) && Answer.covers(waiting, brought);
  }

  /**
   * Whether what a fetch has brought may be given to one who came at that time. A fetch is under
   * way here until its word arrives; by then its client may long have the answer, and whoever came
   * after that gets what may be used without the service's word, and nothing else (RFC 9111,
   * section 4).
   */
  static boolean isInTime(StoredResponse brought, CacheRequest waiting, Instant came) {
    return !came.isAfter(brought.responseTime())
        || Reuse.decide(waiting, List.of(brought), came) instanceof Fresh;
  }

  // ---- what fetches bring ----

  RepresentationEntry entry(CacheKey key) {
    return entries.getOrDefault(key, RepresentationEntry.EMPTY);
  }

  /** Empty if it is not here. */
  byte[] contentOf(StoredResponse response) {
    return contents.getOrDefault(response.contentId(), NO_CONTENT);
  }

  /** Nobody waits for that fetch any more. */
  RepresentationState landed(CacheKey key, long flight) {
    return entries.containsKey(key) ? with(key, entry(key).without(flight)) : this;
  }

  /** The service's answer is to be kept, under the request's key. */
  RepresentationState stored(
      CacheRequest request, StoredResponse response, byte[] content, CacheSettings settings) {
    var entry = entry(request.key());
    var responses = Variants.with(request, response, entry.stored(), settings);
    var more = new HashMap<>(contents);
    more.put(response.contentId(), content);
    return new RepresentationState(generation, entries, more)
        .with(request.key(), entry.refreshed(responses));
  }

  /** What is stored holds, with new fields; as far as its content is still here. */
  RepresentationState updated(CacheKey key, Updated updated, CacheSettings settings) {
    var entry = entry(key);
    var here = updated.updated().stream().filter(this::hasContent).toList();
    var known = new Updated(updated.answer(), here, updated.replaced());
    return with(key, entry.refreshed(Variants.with(known, entry.stored(), settings)));
  }

  private boolean hasContent(StoredResponse response) {
    return contents.containsKey(response.contentId());
  }

  /** These are stale from now on. */
  RepresentationState outdated(CacheKey key, List<StoredResponse> stale, Instant now) {
    var entry = entry(key);
    return with(
        key,
        entry.with(
            entry.stored().stream().map(it -> stale.contains(it) ? it.staled(now) : it).toList()));
  }

  /** The service did not answer, or with a failure. */
  RepresentationState failed(
      CacheKey key, Instant now, double chance, Optional<Duration> retryAfter) {
    var entry = entry(key);
    return with(key, entry.failed(entry.rearming().failed(now, chance, retryAfter)));
  }

  /** The answer was one client's alone. */
  RepresentationState unshared(CacheKey key, Instant now) {
    return with(key, entry(key).unshared(now));
  }

  /** With what is kept of an earlier owner. */
  RepresentationState warmed(
      Map<CacheKey, List<StoredResponse>> stored, Map<Long, byte[]> contentsById) {
    var warmed = new HashMap<>(entries);
    stored.forEach((key, all) -> warmed.put(key, entry(key).with(all)));
    return new RepresentationState(generation, warmed, contentsById).pruned();
  }

  // ---- what makes it invalid ----

  /** Nothing that is stored, or that is under way, may be used any more. */
  RepresentationState invalidated() {
    return new RepresentationState(generation.raised(), Map.of(), Map.of());
  }

  /**
   * With the purges up to that one applied. Fetches that are under way are waited for no more.
   *
   * @param effect what is left of a stored response
   */
  RepresentationState purged(
      long number, Function<StoredResponse, Optional<StoredResponse>> effect) {
    if (number <= generation.purge()) {
      return this;
    }
    var left = new HashMap<CacheKey, RepresentationEntry>();
    entries.forEach(
        (key, entry) ->
            left.put(
                key,
                entry.grounded(
                    entry.stored().stream().flatMap(it -> effect.apply(it).stream()).toList())));
    return new RepresentationState(generation.knowing(number), left, contents).pruned();
  }

  // ---- its size ----

  private RepresentationState with(CacheKey key, RepresentationEntry entry) {
    var changed = new HashMap<>(entries);
    changed.put(key, entry);
    if (changed.size() > KEYS_MAX) {
      changed.entrySet().stream()
          .filter(it -> !it.getKey().equals(key) && it.getValue().flights().isEmpty())
          .min(Comparator.comparing(it -> newest(it.getValue())))
          .map(Map.Entry::getKey)
          .ifPresent(changed::remove);
    }
    return new RepresentationState(generation, changed, contents).pruned();
  }

  private static Instant newest(RepresentationEntry entry) {
    return entry.stored().stream()
        .map(StoredResponse::responseTime)
        .max(Comparator.naturalOrder())
        .orElse(Instant.MIN);
  }

  /** Without content that no stored response names. */
  private RepresentationState pruned() {
    Set<Long> named = new HashSet<>();
    entries.values().forEach(it -> it.stored().forEach(one -> named.add(one.contentId())));
    if (named.containsAll(contents.keySet())) {
      return this;
    }
    var left = new HashMap<>(contents);
    left.keySet().retainAll(named);
    return new RepresentationState(generation, entries, left);
  }

  /** Of all content, all fields, and all keys. */
  long bytes() {
    long ofKeys = entries.keySet().stream().mapToLong(CacheKey::memoryBytes).sum();
    long ofFields =
        entries.values().stream()
            .flatMap(it -> it.stored().stream())
            .mapToLong(StoredResponse::memoryBytes)
            .sum();
    return ofKeys + ofFields + contents.values().stream().mapToLong(it -> it.length).sum();
  }

  /** How many responses are stored. */
  int responses() {
    return entries.values().stream().mapToInt(it -> it.stored().size()).sum();
  }
}
