package io.holdfast.edge;

import java.time.Duration;

/**
 * When a connection last did what, and what is overdue. Pure; times are {@link System#nanoTime}
 * values.
 */
final class ConnectionTimes {
  /** While draining a connection may be silent for so long before it is closed. */
  static final Duration QUIET = Duration.ofSeconds(1);

  /** What to do about a connection that is between requests. */
  enum Between {
    WAIT,
    HEAD_IS_LATE,
    IDLE,
    QUIET_WHILE_DRAINING
  }

  private final long headTimeout;
  private final long idleTimeout;
  private long requestSince;
  private long lastRead;
  private long quietSince;
  private long headSince;
  private boolean headTimed = true; // the first head counts from accept
  private long writeMark;
  private long writeProgress;

  ConnectionTimes(HttpSettings limits, long now) {
    this.headTimeout = limits.requestHeadTimeout().toNanos();
    this.idleTimeout = limits.idleTimeout().toNanos();
    this.requestSince = now;
    this.lastRead = now;
    this.quietSince = now;
    this.headSince = now;
    this.writeProgress = now;
  }

  /** Bytes came in. */
  void read(long now) {
    lastRead = now;
  }

  /** The first bytes of a request are there. */
  void requestBegins(long now) {
    requestSince = now;
  }

  /** For how long the request has been there; before any, for how long it has been waited for. */
  long ofRequest(long now) {
    return now - requestSince;
  }

  /** What came in last belongs to a head that is not complete. Its further bytes change nothing. */
  void headBegun() {
    if (!headTimed) {
      headTimed = true;
      headSince = lastRead;
    }
  }

  void headComplete() {
    headTimed = false;
  }

  /** The request has been answered. */
  void answered(long now) {
    requestSince = now; // the next one may be there already
    quietSince = now;
  }

  /** Between requests. */
  Between between(boolean headBegun, boolean draining, long now) {
    if (draining && !headBegun) {
      return now - quietSince > QUIET.toNanos() ? Between.QUIET_WHILE_DRAINING : Between.WAIT;
    }
    if (headTimed) {
      return now - headSince > headTimeout ? Between.HEAD_IS_LATE : Between.WAIT;
    }
    return now - quietSince > idleTimeout ? Between.IDLE : Between.WAIT;
  }

  /** Whether nothing came in for the idle timeout, in a request whose content is awaited. */
  boolean contentStalled(long now) {
    return now - lastRead > idleTimeout;
  }

  /**
   * Whether the client takes nothing of what is to be written.
   *
   * @param pending bytes to be written
   * @param progress bytes written of the first buffer among them
   */
  boolean writeStalled(long pending, long progress, long now) {
    long mark = pending == 0 ? 0 : pending * 31 + progress;
    if (mark == 0 || mark != writeMark) {
      writeMark = mark;
      writeProgress = now;
    }
    return now - writeProgress > idleTimeout;
  }
}
