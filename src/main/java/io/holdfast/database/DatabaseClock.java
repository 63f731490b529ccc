package io.holdfast.database;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.OffsetDateTime;
import java.util.concurrent.locks.StampedLock;
import java.util.function.LongSupplier;

/**
 * The time of day as the database has it: the same on all nodes, to some milliseconds, however
 * their own clocks are set. What a node writes down for others to compare is of this clock.
 *
 * <p>From one answer of the database to the next it goes on with the machine's monotonic clock,
 * which nobody can set. Until the first answer it is the machine's own time. Where a better answer
 * shows that it is ahead, it goes at half its pace until it is right: on one node time does not run
 * backwards, and nor does an {@code Age}. Safe for many threads.
 */
public final class DatabaseClock implements InstantSource {
  /** A monotonic clock gains or loses less than one in so many. */
  private static final long DRIFT = 10_000;

  /**
   * More than an answer is ever wrong by: the database's clock was set, and is followed at once.
   */
  private static final long AHEAD_MAX = Duration.ofSeconds(2).toNanos();

  private final InstantSource machine;
  private final LongSupplier nanos;

  /** Whoever has read the time by one reading has done so before the next one begins. */
  private final StampedLock lock = new StampedLock();

  private volatile Reading reading;

  /**
   * @param uncertainNanos by how much it may be wrong, either way
   * @param aheadNanos by how much this clock was ahead of it
   */
  private record Reading(
      Instant time, long atNanos, long uncertainNanos, long aheadNanos, boolean ofDatabase) {
    Instant databaseAt(long now) {
      return time.plusNanos(now - atNanos);
    }

    Instant timeAt(long now) {
      return databaseAt(now).plusNanos(Math.max(0, aheadNanos - (now - atNanos) / 2));
    }

    long uncertainAt(long now) {
      return uncertainNanos + Math.abs(now - atNanos) / DRIFT;
    }
  }

  DatabaseClock() {
    this(InstantSource.system(), System::nanoTime);
  }

  DatabaseClock(InstantSource machine, LongSupplier nanos) {
    this.machine = machine;
    this.nanos = nanos;
    this.reading = new Reading(machine.instant(), nanos.getAsLong(), 0, 0, false);
  }

  @Override
  public Instant instant() {
    long stamp = lock.tryOptimisticRead();
    var time = reading.timeAt(nanos.getAsLong());
    return lock.validate(stamp) ? time : instantLocked();
  }

  private Instant instantLocked() {
    long stamp = lock.readLock();
    try {
      return reading.timeAt(nanos.getAsLong());
    } finally {
      lock.unlockRead(stamp);
    }
  }

  /** By how much this machine's own clock is ahead of the database's; negative: behind. */
  public Duration machineAhead() {
    return Duration.between(instant(), machine.instant());
  }

  boolean isSet() {
    return reading.ofDatabase();
  }

  /** Asks the database. As the first statement of a transaction: H2's time is of its beginning. */
  void observe(Connection connection, Dialect dialect) throws SQLException {
    long sent = nanos.getAsLong();
    try (var select = connection.prepareStatement("SELECT " + dialect.now());
        var rows = select.executeQuery()) {
      rows.next();
      var time = rows.getObject(1, OffsetDateTime.class).toInstant();
      answered(time, sent, nanos.getAsLong());
    }
  }

  /**
   * The database's clock was read at some moment between the two. A slow answer says little, and
   * changes nothing unless it contradicts what is known.
   */
  void answered(Instant time, long sentNanos, long receivedNanos) {
    long stamp = lock.writeLock();
    try {
      take(time, sentNanos, receivedNanos);
    } finally {
      lock.unlockWrite(stamp);
    }
  }

  /** It goes on from now, not from when the answer came: others have read the time meanwhile. */
  private void take(Instant time, long sentNanos, long receivedNanos) {
    long uncertain = (receivedNanos - sentNanos) / 2;
    long at = sentNanos + uncertain;
    var known = reading;
    long knownUncertain = known.uncertainAt(at);
    var wrong = Duration.between(known.databaseAt(at), time).abs();
    boolean contradicts = wrong.compareTo(Duration.ofNanos(uncertain + knownUncertain)) > 0;
    if (!known.ofDatabase() || contradicts || uncertain <= knownUncertain) {
      long now = nanos.getAsLong();
      var right = time.plusNanos(now - at);
      reading = new Reading(right, now, uncertain, ahead(right, now), true);
    }
  }

  private long ahead(Instant right, long now) {
    long ahead = Duration.between(right, reading.timeAt(now)).toNanos();
    return reading.ofDatabase() && ahead > 0 && ahead <= AHEAD_MAX ? ahead : 0;
  }
}
