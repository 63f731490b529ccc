package io.holdfast.edge;

import io.holdfast.resource.Representation;
import io.holdfast.resource.Standing;
import io.holdfast.resource.StoredTarget;
import io.holdfast.upstream.Forwarder;
import io.holdfast.upstream.Timed;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;

/**
 * Tells the owners of targets that a request has changed them, and waits until nobody answers from
 * what was stored before. They are asked again and again, wherever they are meanwhile, also by a
 * node that was left out once it is a member again. Whoever has asked waits for that as long as for
 * an answer; then he gets it all the same, for what was done is done.
 */
final class Invalidating implements Timed {
  /** Longer than the lease of a copy, and than the proof of an owner that was cut off. */
  private static final Duration ALL_MIN = Duration.ofMillis(2500);

  private static final Duration AGAIN_AFTER = Duration.ofMillis(200);

  private final Set<StoredTarget> left;
  private final CachedExchange.Surroundings surroundings;
  private final Forwarder loop;
  private final Runnable then;
  private final long untilNanos;
  private long againNanos = System.nanoTime() + AGAIN_AFTER.toNanos();
  private boolean over;

  private Invalidating(
      Set<StoredTarget> targets,
      CachedExchange.Surroundings surroundings,
      Forwarder loop,
      long untilNanos,
      Runnable then) {
    this.left = new HashSet<>(targets);
    this.surroundings = surroundings;
    this.loop = loop;
    this.untilNanos = untilNanos;
    this.then = then;
  }

  /**
   * @param deadlineNanos of the request
   * @param then run on the loop when it is done, perhaps at once
   */
  static void begin(
      Set<StoredTarget> targets,
      CachedExchange.Surroundings surroundings,
      Forwarder loop,
      long deadlineNanos,
      Runnable then) {
    targets.forEach(surroundings.copies()::drop);
    if (targets.isEmpty()) {
      then.run();
      return;
    }
    long atLeast = System.nanoTime() + ALL_MIN.toNanos();
    long until = deadlineNanos - atLeast > 0 ? deadlineNanos : atLeast;
    var invalidating = new Invalidating(targets, surroundings, loop, until, then);
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
            });
    owners.tell(new Representation.Invalidate(target, number[0], owners.replies()));
  }

  private void replied(StoredTarget target, Representation.Reply reply) {
    if (reply instanceof Representation.Invalidated || isAsGoodAsDone(reply)) {
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
      then.run();
    }
  }
}
