package io.holdfast.edge;

import io.holdfast.resource.Representation;
import io.holdfast.resource.Standing;
import io.holdfast.resource.StoredTarget;
import io.holdfast.upstream.Forwarder;
import io.holdfast.upstream.Timed;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;

/**
 * Tells the owners of targets that a request has changed them, and waits until nobody answers from
 * what was stored before. An owner that cannot be had is asked again for as long as anybody could
 * still answer in its name, and then given up: its successor has nothing.
 */
final class Invalidating implements Timed {
  /** Longer than the lease of a copy, and than the proof of an owner that was cut off. */
  private static final Duration ALL_MAX = Duration.ofMillis(2500);

  private static final Duration AGAIN_AFTER = Duration.ofMillis(200);

  private final Map<Long, StoredTarget> open = new HashMap<>();
  private final Inquiries owners;
  private final Supplier<Standing> standing;
  private final Forwarder loop;
  private final Runnable then;
  private final long untilNanos = System.nanoTime() + ALL_MAX.toNanos();
  private long againNanos = System.nanoTime() + AGAIN_AFTER.toNanos();
  private boolean over;

  private Invalidating(
      Inquiries owners, Supplier<Standing> standing, Forwarder loop, Runnable then) {
    this.owners = owners;
    this.standing = standing;
    this.loop = loop;
    this.then = then;
  }

  /**
   * @param then run on the loop when it is done, perhaps at once
   */
  static void begin(
      Set<StoredTarget> targets,
      CachedExchange.Surroundings surroundings,
      Forwarder loop,
      Runnable then) {
    targets.forEach(surroundings.copies()::drop);
    var owners = surroundings.owners().get();
    if (targets.isEmpty() || owners.isEmpty()) {
      then.run();
      return;
    }
    var invalidating = new Invalidating(owners.get(), surroundings.standing(), loop, then);
    loop.add(invalidating);
    targets.forEach(invalidating::ask);
  }

  private void ask(StoredTarget target) {
    var number = new long[1];
    number[0] = owners.begin(reply -> loop.later(() -> replied(number[0], reply)));
    open.put(number[0], target);
    tell(number[0], target);
  }

  private void tell(long number, StoredTarget target) {
    owners.tell(new Representation.Invalidate(target, number, owners.replies()));
  }

  private void replied(long number, Representation.Reply reply) {
    if (reply instanceof Representation.Invalidated || isAsGoodAsDone(reply)) {
      owners.end(number);
      open.remove(number);
      if (open.isEmpty()) {
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
        && standing.get() == Standing.DATABASE_AWAY;
  }

  @Override
  public void tick(long now) {
    if (now - untilNanos >= 0) {
      end();
    } else if (now - againNanos >= 0) {
      againNanos = now + AGAIN_AFTER.toNanos();
      open.forEach(this::tell);
    }
  }

  private void end() {
    if (!over) {
      over = true;
      open.keySet().forEach(owners::end);
      loop.remove(this);
      then.run();
    }
  }
}
