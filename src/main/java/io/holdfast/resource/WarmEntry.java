package io.holdfast.resource;

import io.holdfast.caching.CacheKey;
import io.holdfast.caching.StoredResponse;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What is stored of a target, as it is kept in the database for owners to come. Immutable.
 *
 * @param purge number of the last purge that was known: what has become of it since can be asked
 * @param stored by key
 * @param contents by the ids that stored responses name
 */
record WarmEntry(
    StoredTarget target,
    long purge,
    Map<CacheKey, List<StoredResponse>> stored,
    Map<Long, byte[]> contents) {
  /** All responses of a target together; the newest one is kept in any case. */
  static final int BYTES_MAX = 2 << 20;

  /** Beside fields and content of a response. */
  private static final int RESPONSE_BYTES = 256;

  /** A response that came later than now was written by another clock. */
  private static final Duration AHEAD_MAX = Duration.ofSeconds(5);

  private record One(CacheKey key, StoredResponse response) {}

  /** Of what an owner has: the newest, as far as there is room. */
  static WarmEntry of(StoredTarget target, RepresentationState state) {
    var all = new ArrayList<One>();
    state.entries().forEach((key, it) -> it.stored().forEach(one -> all.add(new One(key, one))));
    all.sort(Comparator.comparing((One it) -> it.response().responseTime()).reversed());
    var stored = new HashMap<CacheKey, List<StoredResponse>>();
    var contents = new HashMap<Long, byte[]>();
    long bytes = 0;
    for (var one : all) {
      var id = one.response().contentId();
      var content = state.contents().get(id);
      if (content != null) {
        bytes += bytes(one.response()) + (contents.containsKey(id) ? 0 : content.length);
        if (!stored.isEmpty() && bytes > BYTES_MAX) {
          break;
        }
        contents.put(id, content);
        stored.computeIfAbsent(one.key(), key -> new ArrayList<>()).add(one.response());
      }
    }
    return new WarmEntry(target, state.generation().purge(), stored, contents);
  }

  private static long bytes(StoredResponse response) {
    return RESPONSE_BYTES + response.memoryBytes();
  }

  boolean isEmpty() {
    return stored.isEmpty();
  }

  /** About what it takes. */
  long bytes() {
    long ofFields =
        stored.values().stream().flatMap(List::stream).mapToLong(WarmEntry::bytes).sum();
    return ofFields + contents.values().stream().mapToLong(it -> it.length).sum();
  }

  /**
   * What an owner has that begins with it: nothing that a purge has reached since, and nothing of a
   * time that has not come. What is there has been removed with every invalidation, so the rest
   * holds; whether it is fresh its own age says.
   *
   * @param before what the owner has; it is left as it is if something is stored in it
   */
  RepresentationState into(RepresentationState before, PurgeLog purges, Instant now) {
    if (!before.contents().isEmpty()) {
      return before;
    }
    var left = new HashMap<CacheKey, List<StoredResponse>>();
    stored.forEach(
        (key, all) -> {
          var usable = all.stream().flatMap(it -> left(it, purges, now).stream()).toList();
          if (!usable.isEmpty()) {
            left.put(key, usable);
          }
        });
    return before.warmed(left, contents);
  }

  private Optional<StoredResponse> left(StoredResponse response, PurgeLog purges, Instant now) {
    return response.responseTime().isAfter(now.plus(AHEAD_MAX))
        ? Optional.empty()
        : purges.left(response, purge, target, now);
  }
}
