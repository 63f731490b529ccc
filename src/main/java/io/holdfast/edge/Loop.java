package io.holdfast.edge;

import io.netty.channel.EventLoop;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One event loop with the connections that it owns, and the only timer that watches them: a walk
 * over all of them several times within the shortest limit, instead of a timer for each.
 */
final class Loop {
  private static final Logger LOG = LoggerFactory.getLogger(Loop.class);
  private static final Duration WALK_MAX = Duration.ofSeconds(1);
  private static final Duration WALK_MIN = Duration.ofMillis(10);
  private static final int WALKS_PER_LIMIT = 8;

  private final EventLoop executor;
  private final String dispatcher;
  private final Set<Connection> connections = new HashSet<>();

  private Loop(EventLoop executor, String dispatcher) {
    this.executor = executor;
    this.dispatcher = dispatcher;
  }

  static Loop start(EventLoop executor, String dispatcher, HttpSettings limits) {
    Loop loop = new Loop(executor, dispatcher);
    long nanos = walkEvery(limits).toNanos();
    executor.scheduleWithFixedDelay(loop::walk, nanos, nanos, TimeUnit.NANOSECONDS);
    return loop;
  }

  private static Duration walkEvery(HttpSettings limits) {
    Duration shortest =
        limits.requestHeadTimeout().compareTo(limits.idleTimeout()) < 0
            ? limits.requestHeadTimeout()
            : limits.idleTimeout();
    Duration part = shortest.dividedBy(WALKS_PER_LIMIT);
    return part.compareTo(WALK_MAX) > 0 ? WALK_MAX : part.compareTo(WALK_MIN) < 0 ? WALK_MIN : part;
  }

  private void walk() {
    long now = System.nanoTime();
    for (Connection connection : List.copyOf(connections)) { // closing one removes it
      check(connection, now);
    }
  }

  /** An exception here would end the timer for all. */
  private static void check(Connection connection, long now) {
    try {
      connection.checkTimes(now);
    } catch (RuntimeException e) {
      LOG.error("A connection's times could not be checked", e);
    }
  }

  String dispatcher() {
    return dispatcher;
  }

  void add(Connection connection) {
    connections.add(connection);
  }

  void remove(Connection connection) {
    connections.remove(connection);
  }

  /** Tells every connection that the server drains. */
  void drain() {
    executor.execute(() -> List.copyOf(connections).forEach(Connection::drain));
  }

  /** Tells every connection that no more is read of what has begun. */
  void endReading() {
    executor.execute(() -> List.copyOf(connections).forEach(Connection::endReading));
  }
}
