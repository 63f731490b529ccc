package io.holdfast.database;

import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Machines whose clocks a test sets as it likes, and a database whose clock is right. Time goes on
 * when the test says so. Safe for many threads.
 */
public final class MachineClocks {
  private static final Instant START = Instant.parse("2030-01-01T12:00:00Z");

  private final AtomicLong nanos = new AtomicLong();

  /** A machine and what its node takes for the time of day. */
  public final class Machine {
    private final DatabaseClock clock;
    private volatile Duration ahead;

    private Machine(Duration ahead) {
      this.ahead = ahead;
      this.clock = new DatabaseClock(() -> now().plus(this.ahead), nanos::get);
    }

    /** Somebody sets its clock. */
    public void set(Duration toBeAhead) {
      ahead = toBeAhead;
    }

    /** Its node asks the database. */
    public void asks(Duration roundTrip) {
      long received = nanos.get();
      long sent = received - roundTrip.toNanos();
      clock.answered(now().minusNanos(roundTrip.toNanos() / 2), sent, received);
    }

    /** What its node goes by. */
    public DatabaseClock clock() {
      return clock;
    }
  }

  /** One whose clock is ahead of the true time by that; negative: behind. */
  public Machine machine(Duration ahead) {
    return new Machine(ahead);
  }

  /** The true time, which is the database's. */
  public Instant now() {
    return START.plusNanos(nanos.get());
  }

  /** Time goes on. */
  public void pass(long millis) {
    nanos.addAndGet(TimeUnit.MILLISECONDS.toNanos(millis));
  }
}
