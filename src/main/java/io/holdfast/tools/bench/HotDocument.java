package io.holdfast.tools.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;

/**
 * One document that everybody reads and one client writes, a few times a second: what its writes
 * take meanwhile.
 */
final class HotDocument {
  private static final long WRITE_EVERY_NANOS = 100_000_000;

  private final ClosedLoop writer;
  private final Supplier<byte[]> writes;

  /**
   * @param writer with one connection
   */
  HotDocument(ClosedLoop writer, Supplier<byte[]> writes) {
    this.writer = writer;
    this.writes = writes;
  }

  /** Writes on a thread of its own for so long. */
  CompletableFuture<ClosedLoop.Result> write(double seconds) {
    var result = new CompletableFuture<ClosedLoop.Result>();
    var thread = new Thread(() -> result.complete(written(seconds)), "writes");
    thread.setUncaughtExceptionHandler((it, failure) -> result.completeExceptionally(failure));
    thread.setDaemon(true);
    thread.start();
    return result;
  }

  private ClosedLoop.Result written(double seconds) {
    try {
      return writer.run(this::next, seconds, Long.MAX_VALUE);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private byte[] next() {
    LockSupport.parkNanos(WRITE_EVERY_NANOS);
    return writes.get();
  }
}
