package io.holdfast.tools.chaos;

import io.holdfast.tools.chaos.Operation.Request;
import java.util.Collection;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * Sends requests at a fixed rate, whatever becomes of them. Only when very many wait for an answer
 * does it wait too; their latency counts from when they were due all the same.
 */
final class Load implements AutoCloseable {
  private static final int IN_FLIGHT_MAX = 4096;
  private static final long DRAIN_SECONDS_MAX = 20;
  private static final long NANOS_PER_SECOND = 1_000_000_000L;

  private final Sender sender;
  private final Workload workload;
  private final RunClock clock;
  private final Collection<Operation> history;
  private final Semaphore permits = new Semaphore(IN_FLIGHT_MAX);
  private Thread pace = new Thread(() -> {});
  private volatile boolean stopped;

  /**
   * @param history takes in each request when it ended; safe for many threads
   */
  Load(Sender sender, Workload workload, RunClock clock, Collection<Operation> history) {
    this.sender = sender;
    this.workload = workload;
    this.clock = clock;
    this.history = history;
  }

  /**
   * Begins.
   *
   * @param requests asked for the next when it is due; none is left out
   */
  void start(int ratePerSecond, Supplier<Optional<Request>> requests) {
    pace = new Thread(() -> pace(ratePerSecond, requests), "load");
    pace.start();
  }

  private void pace(int ratePerSecond, Supplier<Optional<Request>> requests) {
    long begin = clock.now();
    for (long i = 0; !stopped; i++) {
      long intended = begin + i * NANOS_PER_SECOND / ratePerSecond;
      clock.await(intended);
      requests.get().ifPresent(it -> send(it, intended));
    }
  }

  private void send(Request request, long intended) {
    permits.acquireUninterruptibly();
    sender.send(request, intended).thenAccept(this::ended);
  }

  private void ended(Operation operation) {
    history.add(operation);
    workload.learn(operation);
    permits.release();
  }

  /** Sends no more, and waits until each request has ended. */
  @Override
  public void close() throws InterruptedException {
    stopped = true;
    pace.join();
    if (!permits.tryAcquire(IN_FLIGHT_MAX, DRAIN_SECONDS_MAX, TimeUnit.SECONDS)) {
      throw new IllegalStateException("requests did not end within their time");
    }
  }
}
