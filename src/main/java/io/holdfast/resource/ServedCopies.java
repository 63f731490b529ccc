package io.holdfast.resource;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.holdfast.caching.CacheGroups;
import io.holdfast.caching.CacheKey;
import io.holdfast.caching.Purge;
import io.holdfast.caching.StoredResponse;
import io.holdfast.telemetry.Limits;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongFunction;

/**
 * Stored responses that this node has served, and answers from without asking as long as their
 * owner vouches for them. Later they are what it has when the owner cannot be had: marked, or to be
 * validated. Bounded in bytes; they outlive the lives of a node. Safe for many threads.
 */
public final class ServedCopies {
  private static final int COPY_BYTES = 1024;

  /** As fields, and as bytes of a head. */
  private static final int COPIES_OF_FIELDS = 2;

  /** Copies of one target: variants, and contents of QUERY. */
  private static final int OF_TARGET_MAX = 16;

  private final Cache<StoredTarget, List<Copy>> copies;
  private final LongAdder evicted = new LongAdder();

  /**
   * One of them.
   *
   * @param key under which it is stored
   * @param purge number of the last purge that its owner knew
   * @param vouched the time for which it does not have to be asked about
   * @param rendered its head as bytes
   * @param hits answers from copies of its target, since there are some here
   */
  public record Copy(
      CacheKey key,
      StoredResponse response,
      byte[] content,
      long purge,
      Vouched vouched,
      Rendered rendered,
      LongAdder hits) {
    public Copy(
        CacheKey key, StoredResponse response, byte[] content, long purge, Vouched vouched) {
      this(key, response, content, purge, vouched, new Rendered(), new LongAdder());
    }

    /** Goes on counting with those of its target. */
    private Copy beside(Copy other) {
      return new Copy(key, response, content, purge, vouched, rendered, other.hits);
    }

    private int bytes() {
      return content.length
          + key.memoryBytes()
          + COPIES_OF_FIELDS * response.memoryBytes()
          + COPY_BYTES;
    }

    boolean isSame(Copy other) {
      return key.equals(other.key) && response.vary().equals(other.response.vary());
    }

    /** Its owner is being asked. */
    Copy beingRenewed() {
      return new Copy(
          key,
          response,
          content,
          purge,
          new Vouched(vouched.askedNanos(), vouched.askedMillis(), true, true),
          rendered,
          hits);
    }

    Copy unvouched() {
      return new Copy(key, response, content, purge, Vouched.NOT, rendered, hits);
    }
  }

  /** Its head as it was given last: it is another one each second, when its age has grown. */
  public static final class Rendered {
    private volatile Head last = new Head(-1, new byte[0]);

    private record Head(long age, byte[] bytes) {}

    /**
     * @param age for which it is to be
     * @param render makes it
     */
    public byte[] at(long age, LongFunction<byte[]> render) {
      var head = last;
      if (head.age() != age) {
        head = new Head(age, render.apply(age));
        last = head;
      }
      return head.bytes();
    }
  }

  /**
   * For how long an owner's word holds: by both clocks, since a suspended machine stops one of
   * them.
   *
   * @param askedNanos when the owner was asked, on the monotonic clock
   * @param askedMillis the same on the wall clock
   * @param vouched whether it gave its word
   * @param renewing it is being asked again
   */
  public record Vouched(long askedNanos, long askedMillis, boolean vouched, boolean renewing) {
    public static final Vouched NOT = new Vouched(0, 0, false, false);

    /** If the owner, which is asked now, gives its word. */
    public static Vouched fromNow() {
      return new Vouched(System.nanoTime(), System.currentTimeMillis(), true, false);
    }

    public boolean holds() {
      return vouched
          && System.nanoTime() - askedNanos < Representation.LEASE.toNanos()
          && Math.abs(System.currentTimeMillis() - askedMillis) < Representation.LEASE.toMillis();
    }

    /** Whether it is time to ask again, so that it does not run out. */
    public boolean isToBeRenewed() {
      return !renewing && System.nanoTime() - askedNanos > Representation.LEASE.toNanos() / 2;
    }
  }

  public ServedCopies(long bytesMax) {
    this.copies =
        Caffeine.newBuilder()
            .maximumWeight(bytesMax)
            .weigher(ServedCopies::bytes)
            .executor(Runnable::run)
            .evictionListener((target, all, cause) -> evicted.increment())
            .build();
  }

  private static int bytes(StoredTarget target, List<Copy> all) {
    return target.uri().memoryBytes() + all.stream().mapToInt(Copy::bytes).sum();
  }

  /** Publishes how much there is. */
  public void bindTo(MeterRegistry meters) {
    Gauge.builder(
            "holdfast.cache.copies",
            copies,
            it -> it.policy().eviction().orElseThrow().weightedSize().orElse(0))
        .description("Copies of stored responses, as they count against cache.copies-max")
        .baseUnit("bytes")
        .register(meters);
    Limits.show(meters, "cache.copies-max", evicted);
  }

  /** All under a key that no purge has reached, whether vouched for or not. */
  public List<Copy> find(StoredTarget target, CacheKey key, PurgeLog purges) {
    var all = copies.getIfPresent(target);
    if (all == null) {
      return List.of();
    }
    if (all.size() == 1) {
      var only = all.get(0);
      return only.key().equals(key) && isLeft(target, only, purges) ? all : List.of();
    }
    return all.stream().filter(it -> it.key().equals(key) && isLeft(target, it, purges)).toList();
  }

  private static boolean isLeft(StoredTarget target, Copy copy, PurgeLog purges) {
    return copy.purge() >= purges.known()
        || purges.effect(
                copy.purge(),
                target.route(),
                target.uri(),
                CacheGroups.of(copy.response().fields()))
            == PurgeLog.Effect.NOTHING;
  }

  /** The only one of a target, if there is no other to choose. */
  public Optional<Copy> only(StoredTarget target) {
    var all = copies.getIfPresent(target);
    return all != null && all.size() == 1 ? Optional.of(all.get(0)) : Optional.empty();
  }

  /** The content of that id, if it is here. */
  public Optional<byte[]> content(StoredTarget target, long contentId) {
    var all = copies.getIfPresent(target);
    return all == null
        ? Optional.empty()
        : all.stream()
            .filter(it -> it.response().contentId() == contentId)
            .map(Copy::content)
            .findFirst();
  }

  /** Keeps one, in place of what it succeeds. */
  public void keep(StoredTarget target, Copy copy) {
    copies.asMap().compute(target, (it, all) -> with(all == null ? List.of() : all, copy));
  }

  /**
   * The owner of one is going to be asked to vouch for it again.
   *
   * @return false if it is not here any more as it was: taken back, replaced, or asked about
   *     already
   */
  public boolean beginRenewal(StoredTarget target, Copy copy) {
    var begun = new boolean[1];
    copies
        .asMap()
        .computeIfPresent(
            target,
            (it, all) -> {
              begun[0] = all.stream().anyMatch(one -> one == copy);
              return begun[0] ? with(all, copy.beingRenewed()) : all;
            });
    return begun[0];
  }

  private static List<Copy> with(List<Copy> all, Copy added) {
    var copy = all.isEmpty() ? added : added.beside(all.get(0));
    if (all.size() == 1 && all.get(0).isSame(copy)) {
      return List.of(copy);
    }
    var more = new ArrayList<>(all.stream().filter(it -> !it.isSame(copy)).toList());
    more.add(copy);
    return List.copyOf(more.subList(Math.max(0, more.size() - OF_TARGET_MAX), more.size()));
  }

  /** Counts an answer that was not given from a copy, but of which there may be one now. */
  public void hit(StoredTarget target) {
    var all = copies.asMap().get(target);
    if (all != null) {
      all.get(0).hits().increment();
    }
  }

  /** A target, and how many answers were given from its copies. */
  public record Top(StoredTarget target, long hits) {}

  /** Those with the most hits, the first one first. Looks at all. */
  public List<Top> top(int most) {
    var least = new PriorityQueue<>(Comparator.comparingLong(Top::hits));
    copies
        .asMap()
        .forEach(
            (target, all) -> {
              long hits = all.get(0).hits().sum();
              if (hits > 0 && (least.size() < most || hits > least.element().hits())) {
                least.add(new Top(target, hits));
                if (least.size() > most) {
                  least.remove();
                }
              }
            });
    return least.stream().sorted(Comparator.comparingLong(Top::hits).reversed()).toList();
  }

  /** The owner vouches for none of a target's any more. */
  public void recall(StoredTarget target) {
    copies
        .asMap()
        .computeIfPresent(target, (it, all) -> all.stream().map(Copy::unvouched).toList());
  }

  /** Something has changed the target: they are no answer any more, nor part of one. */
  public void drop(StoredTarget target) {
    copies.invalidate(target);
  }

  /** Frees the memory of what a purge has removed. */
  public void free(Purge.Scope scope) {
    copies
        .asMap()
        .forEach(
            (target, all) -> {
              boolean reached =
                  all.stream()
                      .anyMatch(
                          it ->
                              scope.reaches(
                                  target.route(),
                                  target.uri(),
                                  CacheGroups.of(it.response().fields())));
              if (reached) {
                copies.invalidate(target);
              }
            });
  }

  /** How many targets have one. */
  public long size() {
    copies.cleanUp();
    return copies.estimatedSize();
  }
}
