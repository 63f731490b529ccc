package io.holdfast.database;

import io.holdfast.testing.TestDatabase;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;

/**
 * Measures the journal under 64 writers, each waiting for its outcome: {@code JournalBench
 * H2|POSTGRESQL [seconds]}. Payload 300 bytes, with fence and listing. A program, not a test.
 */
public final class JournalBench {
  private static final int WRITERS = 64;
  private static final int PAYLOAD_BYTES = 300;
  private static final Duration WARM_UP = Duration.ofSeconds(5);

  private JournalBench() {}

  public static void main(String[] arguments) throws Exception {
    var kind = TestDatabase.valueOf(arguments[0]);
    var seconds = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 20;
    try (var node = Node.start(1, kind.fresh())) {
      var ids = IntStream.range(0, WRITERS).mapToObj(i -> "document|docs/w" + i).toList();
      node.own(ids.toArray(String[]::new));
      var stored = new AtomicLong();
      var nanos = new AtomicLong();
      var done = new CountDownLatch(WRITERS);
      long end = System.nanoTime() + WARM_UP.plusSeconds(seconds).toNanos();
      ids.forEach(id -> next(node, id, 1, end, stored, nanos, done));
      var idle = new CountDownLatch(1);
      idle.await(WARM_UP.toMillis(), TimeUnit.MILLISECONDS);
      long before = stored.get();
      long nanosBefore = nanos.get();
      idle.await(seconds, TimeUnit.SECONDS);
      long count = stored.get() - before;
      double latency = (nanos.get() - nanosBefore) / 1e6 / count;
      System.out.printf("%s: %d events/s, mean %.2f ms%n", kind, count / seconds, latency);
      done.await(10, TimeUnit.SECONDS);
    }
    System.exit(0);
  }

  private static void next(
      Node node,
      String id,
      long nr,
      long end,
      AtomicLong stored,
      AtomicLong nanos,
      CountDownLatch done) {
    long sent = System.nanoTime();
    if (sent > end) {
      done.countDown();
      return;
    }
    var row = new EventRow(nr, 7, "m", new byte[PAYLOAD_BYTES]);
    var listing = new JournalWrite.ListingRow("docs", id.substring(14), "0-" + nr, false);
    node.journal
        .write(new JournalWrite.Events(id, List.of(row), Optional.of(listing)))
        .thenAccept(
            outcome -> {
              if (!(outcome instanceof WriteOutcome.Stored)) {
                throw new IllegalStateException(outcome.toString());
              }
              stored.incrementAndGet();
              nanos.addAndGet(System.nanoTime() - sent);
              next(node, id, nr + 1, end, stored, nanos, done);
            });
  }
}
