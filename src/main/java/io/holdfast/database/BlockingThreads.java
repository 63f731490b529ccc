package io.holdfast.database;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;

/** The threads that wait for the database, so that no actor's dispatcher does. */
final class BlockingThreads implements AutoCloseable {
  /** Reads that may wait for a thread; beyond, a read fails at once. */
  static final int WAITING_MAX = 10_000;

  private static final Duration CLOSE_WAIT = Duration.ofSeconds(1);

  private final ThreadPoolExecutor threads;
  private final LongAdder rejected = new LongAdder();

  BlockingThreads(String name, int threadsMax) {
    this(named(name), threadsMax);
  }

  BlockingThreads(ThreadFactory made, int threadsMax) {
    this.threads =
        new ThreadPoolExecutor(
            threadsMax,
            threadsMax,
            30,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(WAITING_MAX),
            made);
    threads.allowCoreThreadTimeOut(true);
  }

  /** Blocking work with a result. */
  @FunctionalInterface
  interface Call<T> {
    T run() throws Exception;
  }

  /** Runs the call on one of the threads; fails at once when too many wait. */
  <T> CompletionStage<T> run(Call<T> call) {
    var result = new CompletableFuture<T>();
    try {
      threads.execute(() -> complete(result, call));
    } catch (RejectedExecutionException e) {
      rejected.increment();
      result.completeExceptionally(new JournalUnavailable(false, "too many reads wait", e));
    } catch (Error e) { // no thread is to be had
      result.completeExceptionally(e);
    }
    return result;
  }

  private static <T> void complete(CompletableFuture<T> result, Call<T> call) {
    try {
      result.complete(call.run());
    } catch (Throwable e) {
      result.completeExceptionally(e);
    }
  }

  /** What was not run, since too many waited. */
  LongAdder rejected() {
    return rejected;
  }

  int waiting() {
    return threads.getQueue().size();
  }

  /** Daemon threads with a name that a thread dump is read by. */
  static ThreadFactory named(String name) {
    var count = new AtomicInteger();
    return work -> {
      var thread = new Thread(work, name + "-" + count.incrementAndGet());
      thread.setDaemon(true);
      return thread;
    };
  }

  @Override
  public void close() {
    threads.shutdown();
    try {
      if (!threads.awaitTermination(CLOSE_WAIT.toMillis(), TimeUnit.MILLISECONDS)) {
        threads.shutdownNow();
      }
    } catch (InterruptedException e) {
      threads.shutdownNow();
      Thread.currentThread().interrupt();
    }
  }
}
