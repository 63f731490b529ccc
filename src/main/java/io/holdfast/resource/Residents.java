package io.holdfast.resource;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.RemovalCause;
import io.holdfast.telemetry.Limits;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/**
 * The documents of one collection that are in this node's memory, bounded in bytes: when there is
 * no room, one that is neither used often nor lately is asked to leave, and comes back from the
 * database with the next request for it. Safe for many threads.
 */
public final class Residents {
  /** What a document costs beside its content: actor, mailbox, state, answers. */
  static final int DOCUMENT_BYTES = 4 * 1024;

  private final Cache<String, Resident> residents;
  private final LongAdder evicted = new LongAdder();
  private final Set<String> recovering = ConcurrentHashMap.newKeySet();

  /** How a document stands to this node's memory. */
  public enum Presence {
    IN_MEMORY,
    /** It is being read from the database. */
    RECOVERING,
    NOT_IN_MEMORY
  }

  /** A document in memory, and how to ask it to leave. */
  private record Resident(int bytes, Runnable leave) {}

  public Residents(long bytesMax) {
    this.residents =
        Caffeine.newBuilder()
            .maximumWeight(bytesMax)
            .weigher((String id, Resident resident) -> resident.bytes())
            .executor(Runnable::run)
            .removalListener(this::removed)
            .build();
  }

  private void removed(String id, Resident resident, RemovalCause cause) {
    if (cause.wasEvicted() && resident != null) {
      evicted.increment();
      resident.leave().run();
    }
  }

  /** Publishes how much there is, and how many had to leave. */
  public Residents bindTo(MeterRegistry meters, String collection) {
    Gauge.builder("holdfast.documents.memory", residents, Residents::weight)
        .description("Documents in memory, as they count against memory-max")
        .baseUnit("bytes")
        .tag("collection", collection)
        .register(meters);
    Limits.show(meters, "documents.%s.memory-max".formatted(collection), evicted);
    return this;
  }

  private static double weight(Cache<?, ?> cache) {
    return cache.policy().eviction().orElseThrow().weightedSize().orElse(0);
  }

  /** Does not count as a use. */
  public Presence presence(String entityId) {
    if (residents.asMap().containsKey(entityId)) {
      return Presence.IN_MEMORY;
    }
    return recovering.contains(entityId) ? Presence.RECOVERING : Presence.NOT_IN_MEMORY;
  }

  /** A document is going to be read. */
  void begins(String entityId) {
    recovering.add(entityId);
  }

  /** It is not read any more. */
  void isNotRead(String entityId) {
    recovering.remove(entityId);
  }

  /** A document is used. */
  void used(String entityId) {
    residents.getIfPresent(entityId);
  }

  /**
   * A document is in memory, with so much content.
   *
   * @param leave called on any thread, at most once for each call of this; must not block
   */
  void holds(String entityId, int contentBytes, Runnable leave) {
    residents.put(entityId, new Resident(contentBytes + DOCUMENT_BYTES, leave));
    recovering.remove(entityId);
  }

  /** A document left memory, unless it has come back meanwhile. */
  void left(String entityId, Runnable leave) {
    recovering.remove(entityId);
    residents
        .asMap()
        .computeIfPresent(entityId, (id, there) -> there.leave() == leave ? null : there);
  }

  /** How many are in memory. */
  long count() {
    residents.cleanUp();
    return residents.estimatedSize();
  }
}
