package io.holdfast.testing;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;

/**
 * One document that is read through several nodes as fast as can be, while one writer changes it
 * through each of them in turn, and the lies that readers were told: a read that began after a
 * write was acknowledged, or after another read ended, must not give an older version.
 */
public final class HotDocument {
  private static final int LIES_KEPT = 10;

  private final long untilNanos;
  private final AtomicLong newest = new AtomicLong();
  private final AtomicLong reads = new AtomicLong();
  private final AtomicLong writes = new AtomicLong();
  private final Queue<String> lies = new ConcurrentLinkedQueue<>();
  private final Queue<Throwable> failures = new ConcurrentLinkedQueue<>();
  private volatile boolean lied;

  /** A client's way to the document, of one thread. */
  public interface Client {
    /** The version that is given as current; nothing where the answer says that it may be old. */
    OptionalLong read() throws Exception;

    /** Changes the document if it has that version, and gives its version from then on. */
    long write(long version) throws Exception;
  }

  /** Makes a client of one node. */
  @FunctionalInterface
  public interface Way {
    Client connect() throws IOException;
  }

  private HotDocument(Duration time) {
    this.untilNanos = System.nanoTime() + time.toNanos();
  }

  /**
   * Reads and writes until the time is up or somebody was lied to, and fails if a request does.
   *
   * @param ways one to each node
   * @param first the document's version now
   */
  public static HotDocument load(
      List<? extends Way> ways, int readersOfEach, long first, Duration time) throws Exception {
    var load = new HotDocument(time);
    load.newest.set(first);
    var threads = new ArrayList<Thread>();
    for (int i = 0; i < ways.size() * readersOfEach; i++) {
      var client = ways.get(i % ways.size()).connect();
      threads.add(load.thread("reader-" + i, () -> load.read(client)));
    }
    var writers = new ArrayList<Client>();
    for (var way : ways) {
      writers.add(way.connect());
    }
    threads.add(load.thread("writer", () -> load.write(writers)));
    threads.forEach(Thread::start);
    for (var thread : threads) {
      thread.join();
    }
    if (!load.failures.isEmpty()) {
      throw new AssertionError("A request failed", load.failures.peek());
    }
    return load;
  }

  @FunctionalInterface
  private interface Work {
    void run() throws Exception;
  }

  private Thread thread(String name, Work work) {
    return new Thread(
        () -> {
          try {
            while (!lied && failures.isEmpty() && System.nanoTime() - untilNanos < 0) {
              work.run();
            }
          } catch (Exception | AssertionError e) {
            failures.add(e);
          }
        },
        name);
  }

  private void read(Client client) throws Exception {
    long known = newest.get();
    var read = client.read();
    reads.incrementAndGet();
    if (read.isPresent() && read.getAsLong() < known && lies.size() < LIES_KEPT) {
      lies.add("version %d though %d was known before".formatted(read.getAsLong(), known));
      lied = true;
    }
    read.ifPresent(this::known);
  }

  private void write(List<Client> writers) throws Exception {
    int number = (int) writes.getAndIncrement();
    known(writers.get(number % writers.size()).write(newest.get()));
  }

  private void known(long version) {
    newest.accumulateAndGet(version, Math::max);
  }

  public long reads() {
    return reads.get();
  }

  public long writes() {
    return writes.get();
  }

  /** What readers were told that was not so. */
  public List<String> lies() {
    return List.copyOf(lies);
  }
}
