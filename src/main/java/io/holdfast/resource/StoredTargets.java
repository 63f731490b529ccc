package io.holdfast.resource;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.RemovalCause;
import io.holdfast.caching.CacheGroups;
import io.holdfast.caching.CacheKey;
import io.holdfast.caching.Purge;
import io.holdfast.caching.StoredResponse;
import io.holdfast.telemetry.Limits;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.Stream;
import org.apache.pekko.actor.typed.ActorRef;

/**
 * What the owners on this node have stored, bounded in bytes: when there is no room, one that is
 * used neither often nor lately is asked to leave (Caffeine's W-TinyLFU, which a scan does not
 * impress), and is fetched again when somebody wants it. And who may answer from copies: that
 * outlives the stay of an owner in memory. Safe for many threads.
 */
public final class StoredTargets {
  /** What a target costs beside content and fields: actor, mailbox; and what a response does. */
  private static final int TARGET_BYTES = 2 * 1024;

  private static final int RESPONSE_BYTES = 1024;

  private final Cache<String, Stored> targets;
  private final LongAdder evicted = new LongAdder();
  private final Leases<ActorRef<Representation.Reply>> leases = new Leases<>(Representation.LEASE);

  private record Stored(StoredTarget target, RepresentationState state, Runnable leave) {
    long bytes() {
      return TARGET_BYTES
          + target.uri().memoryBytes()
          + (long) state.responses() * RESPONSE_BYTES
          + state.bytes();
    }

    /** One that is beyond all bounds has no place anyway. */
    int weight() {
      return (int) Math.min(Integer.MAX_VALUE, bytes());
    }

    Stream<Found> found() {
      return state.entries().entrySet().stream()
          .flatMap(
              entry ->
                  entry.getValue().stored().stream()
                      .map(it -> new Found(target, entry.getKey(), it, bytesOf(it))));
    }

    private long bytesOf(StoredResponse response) {
      var content = state.contents().get(response.contentId());
      return content == null ? 0 : content.length;
    }

    boolean isReachedBy(Purge.Scope scope) {
      return state.entries().values().stream()
          .flatMap(entry -> entry.stored().stream())
          .anyMatch(it -> scope.reaches(target.route(), target.uri(), CacheGroups.of(it.fields())));
    }
  }

  /** How much of a route is stored. */
  public record Share(long targets, long responses, long bytes) {
    public static final Share NONE = new Share(0, 0, 0);

    private Share plus(Stored stored) {
      return new Share(targets + 1, responses + stored.state().responses(), bytes + stored.bytes());
    }
  }

  public StoredTargets(long bytesMax) {
    this.targets =
        Caffeine.newBuilder()
            .maximumWeight(bytesMax)
            .weigher((String id, Stored stored) -> stored.weight())
            .executor(Runnable::run)
            .removalListener(this::removed)
            .build();
  }

  private void removed(String id, Stored stored, RemovalCause cause) {
    if (cause.wasEvicted() && stored != null) {
      evicted.increment();
      stored.leave().run();
    }
  }

  /** Publishes how much there is. */
  public StoredTargets bindTo(MeterRegistry meters) {
    Gauge.builder(
            "holdfast.cache.memory",
            targets,
            it -> it.policy().eviction().orElseThrow().weightedSize().orElse(0))
        .description("Stored responses in memory, as they count against cache.memory-max")
        .baseUnit("bytes")
        .register(meters);
    Gauge.builder("holdfast.cache.targets", targets, Cache::estimatedSize)
        .description("Targets of which this node owns stored responses")
        .register(meters);
    Limits.show(meters, "cache.memory-max", evicted);
    return this;
  }

  Leases<ActorRef<Representation.Reply>> leases() {
    return leases;
  }

  void used(String entityId) {
    targets.getIfPresent(entityId);
  }

  /**
   * An owner is in memory, and has that.
   *
   * @param leave called on any thread; must not block
   */
  void holds(String entityId, StoredTarget target, RepresentationState state, Runnable leave) {
    targets.put(entityId, new Stored(target, state, leave));
  }

  void left(String entityId, Runnable leave) {
    targets
        .asMap()
        .computeIfPresent(entityId, (id, there) -> there.leave() == leave ? null : there);
  }

  /** How many targets have something that a purge reaches. */
  public long count(Purge.Scope scope) {
    return targets.asMap().values().stream()
        .filter(it -> !it.state().contents().isEmpty() && it.isReachedBy(scope))
        .count();
  }

  /**
   * A stored response.
   *
   * @param bytes of its content
   */
  public record Found(StoredTarget target, CacheKey key, StoredResponse response, long bytes) {}

  /** What is stored of the targets that a purge would reach; of more than {@code most} some. */
  public List<Found> find(Purge.Scope scope, int most) {
    return targets.asMap().values().stream()
        .filter(it -> it.isReachedBy(scope))
        .flatMap(Stored::found)
        .limit(most)
        .toList();
  }

  /** Frees the memory of what a purge has removed. */
  public void free(Purge.Scope scope) {
    targets.asMap().values().stream()
        .filter(it -> it.isReachedBy(scope))
        .forEach(it -> it.leave().run());
  }

  /** By route. */
  public Map<String, Share> shares() {
    var shares = new TreeMap<String, Share>();
    for (var stored : targets.asMap().values()) {
      if (stored.state().responses() > 0) {
        var before = shares.getOrDefault(stored.target().route(), Share.NONE);
        shares.put(stored.target().route(), before.plus(stored));
      }
    }
    return shares;
  }

  /** How many are in memory. */
  long size() {
    targets.cleanUp();
    return targets.estimatedSize();
  }
}
