package io.holdfast.database;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** What waits for the writer, in the order in which it came; bounded in rows and bytes. */
final class WriteQueue {
  static final int QUEUE_ROWS_MAX = 20_000;
  static final long QUEUE_BYTES_MAX = 64L << 20;

  /** One batch, one transaction: small enough to commit well within the statement's limit. */
  static final int BATCH_ROWS_MAX = 500;

  static final long BATCH_BYTES_MAX = 4L << 20;

  private final Deque<Pending> waiting = new ArrayDeque<>();
  private int rows;
  private long bytes;
  private boolean closed;

  /**
   * A write and who waits for its outcome.
   *
   * @param generation of the history that was known when it came
   */
  record Pending(
      JournalWrite write, int slot, long generation, CompletableFuture<WriteOutcome> outcome) {}

  /** Whether there was room for it. */
  synchronized boolean offer(Pending pending) {
    var write = pending.write();
    if (closed || rows + write.rows() > QUEUE_ROWS_MAX || bytes + write.bytes() > QUEUE_BYTES_MAX) {
      return false;
    }
    waiting.addLast(pending);
    rows += write.rows();
    bytes += write.bytes();
    notifyAll();
    return true;
  }

  /** All that waits, up to a batch; waits for the first. Empty once the queue is closed. */
  synchronized List<Pending> takeBatch() throws InterruptedException {
    while (waiting.isEmpty() && !closed) {
      wait();
    }
    var batch = new ArrayList<Pending>();
    int batchRows = 0;
    long batchBytes = 0;
    while (!waiting.isEmpty()) {
      var next = waiting.peekFirst().write();
      batchRows += next.rows();
      batchBytes += next.bytes();
      if (!batch.isEmpty() && (batchRows > BATCH_ROWS_MAX || batchBytes > BATCH_BYTES_MAX)) {
        break;
      }
      batch.add(removeFirst());
    }
    return batch;
  }

  /** Takes out all that waits. */
  synchronized List<Pending> drain() {
    var drained = new ArrayList<Pending>();
    while (!waiting.isEmpty()) {
      drained.add(removeFirst());
    }
    return drained;
  }

  private Pending removeFirst() {
    var first = waiting.removeFirst();
    rows -= first.write().rows();
    bytes -= first.write().bytes();
    return first;
  }

  synchronized int rows() {
    return rows;
  }

  synchronized void close() {
    closed = true;
    notifyAll();
  }

  synchronized boolean isClosed() {
    return closed;
  }
}
