package io.holdfast.edge;

import io.holdfast.http.CacheStatus;
import io.holdfast.http.FieldLine;
import io.holdfast.resource.Representation;
import io.holdfast.resource.Standing;
import io.holdfast.resource.StoredTarget;
import io.holdfast.upstream.Forwarder;
import io.holdfast.upstream.Timed;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * Tells the owners of targets that a request has changed them, and waits until nobody answers from
 * what was stored before. They are asked again and again, wherever they are meanwhile, also by a
 * node that was left out once it is a member again. Whoever has asked waits for that as long as for
 * an answer; then he gets it all the same, for what was done is done.
 */
final class Invalidating implements Timed {
  /** What has become of it. */
  enum Outcome {
    /** Nobody is answered from what was stored before, whatever may happen now. */
    COMPLETE,
    /**
     * Nobody is as long as nodes live that have heard of it: it is not certain that the database
     * has heard of it too, from which a cluster that begins anew would have it again.
     */
    PENDING;

    private static final FieldLine MARK =
        new FieldLine(
            "Cache-Status",
            CacheStatus.forwarded(CacheStatus.Forward.METHOD)
                .because("invalidation-pending")
                .value());

    /** Of the answer: what is not complete is not answered as if it were. */
    List<FieldLine> marks() {
      return this == COMPLETE ? List.of() : List.of(MARK);
    }
  }

  /** Longer than the lease of a copy, and than the proof of an owner that was cut off. */
  private static final Duration ALL_MIN = Duration.ofMillis(2500);

  private static final Duration AGAIN_AFTER = Duration.ofMillis(200);

  private final Set<StoredTarget> left;
  private final CachedExchange.Surroundings surroundings;
  private final Forwarder loop;
  private final Predicate<StoredTarget> isKept;
  private final Consumer<Outcome> then;
  private final long untilNanos;
  private long againNanos = System.nanoTime() + AGAIN_AFTER.toNanos();
  private Outcome outcome = Outcome.COMPLETE;
  private boolean over;

  private Invalidating(
      Set<StoredTarget> targets,
      Predicate<StoredTarget> isKept,
      CachedExchange.Surroundings surroundings,
      Forwarder loop,
      long untilNanos,
      Consumer<Outcome> then) {
    this.left = new HashSet<>(targets);
    this.isKept = isKept;
    this.surroundings = surroundings;
    this.loop = loop;
    this.untilNanos = untilNanos;
    this.then = then;
  }

  /**
   * @param isKept whether it may be in the database, too
   * @param deadlineNanos of the request
   * @param then run on the loop when it is done, perhaps at once
   */
  static void begin(
      Set<StoredTarget> targets,
      Predicate<StoredTarget> isKept,
      CachedExchange.Surroundings surroundings,
      Forwarder loop,
      long deadlineNanos,
      Consumer<Outcome> then) {
    targets.forEach(surroundings.copies()::drop);
    if (targets.isEmpty()) {
      then.accept(Outcome.COMPLETE);
      return;
    }
    long atLeast = System.nanoTime() + ALL_MIN.toNanos();
    long until = deadlineNanos - atLeast > 0 ? deadlineNanos : atLeast;
    var invalidating = new Invalidating(targets, isKept, surroundings, loop, until, then);
    loop.add(invalidating);
    invalidating.ask();
  }

  private void ask() {
    var owners = surroundings.owners().get();
    owners.ifPresent(it -> left.forEach(target -> ask(target, it)));
  }

  private void ask(StoredTarget target, Inquiries owners) {
    var number = new long[1];
    number[0] =
        owners.begin(
            reply -> {
              owners.end(number[0]);
              loop.later(() -> replied(target, reply));
            },
            Duration.ofNanos(Math.max(0, untilNanos - System.nanoTime())));
    owners.tell(new Representation.Invalidate(target, number[0], owners.replies()));
  }

  private void replied(StoredTarget target, Representation.Reply reply) {
    if (reply instanceof Representation.Invalidated || isAsGoodAsDone(reply)) {
      boolean isDone = reply instanceof Representation.Invalidated || !isKept.test(target);
      outcome = isDone ? outcome : Outcome.PENDING;
      left.remove(target);
      if (left.isEmpty()) {
        end();
      }
    }
  }

  /**
   * The owner has dropped everything; and while nobody has the database there is no other owner.
   */
  private boolean isAsGoodAsDone(Representation.Reply reply) {
    return reply instanceof Representation.NotNow notNow
        && notNow.reason() == Standing.DATABASE_AWAY
        && surroundings.standing().get() == Standing.DATABASE_AWAY;
  }

  @Override
  public void tick(long now) {
    if (now - untilNanos >= 0) {
      end();
    } else if (now - againNanos >= 0) {
      againNanos = now + AGAIN_AFTER.toNanos();
      ask();
    }
  }

  private void end() {
    if (!over) {
      over = true;
      loop.remove(this);
      then.accept(left.stream().anyMatch(isKept) ? Outcome.PENDING : outcome);
    }
  }
}
