package io.holdfast.testing;

import io.holdfast.database.Changes.Heads;
import io.holdfast.database.Changes.Row;
import io.holdfast.resource.ChangeLog;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;

/** Changes of documents without a database; they can fail, and keep whoever asks waiting. */
public final class ChangesInMemory implements ChangeLog {
  public final AtomicInteger looks = new AtomicInteger();
  public final AtomicInteger expiries = new AtomicInteger();
  private final Map<Long, List<Row>> streams = new HashMap<>();
  private volatile Optional<Throwable> failure = Optional.empty();
  private volatile long generation;
  private volatile CountDownLatch gate = new CountDownLatch(0);

  /** Adds a change at the end of a stream. */
  public synchronized void add(long stream, String collection, String id, String etag) {
    var rows = streams.computeIfAbsent(stream, s -> new ArrayList<>());
    rows.add(new Row(stream, rows.size() + 1, collection, id, etag, false));
  }

  /** The database has another history from now on, of which everything is kept. */
  public void promote(long to) {
    generation = to;
  }

  /** Everything fails from now on. */
  public void fail(Throwable with) {
    failure = Optional.of(with);
  }

  public void heal() {
    failure = Optional.empty();
  }

  /** Who looks waits. */
  public void hold() {
    gate = new CountDownLatch(1);
  }

  public void release() {
    gate.countDown();
  }

  private void check() throws SQLException {
    if (failure.isEmpty()) {
      return;
    }
    if (failure.get() instanceof SQLException e) {
      throw e;
    }
    if (failure.get() instanceof Error e) {
      throw e;
    }
    throw (RuntimeException) failure.get();
  }

  @Override
  public Heads heads() throws SQLException {
    looks.incrementAndGet();
    try {
      gate.await();
    } catch (InterruptedException e) {
      throw new SQLException(e);
    }
    check();
    synchronized (this) {
      var heads = new HashMap<Long, Long>();
      streams.forEach((stream, rows) -> heads.put(stream, (long) rows.size()));
      return new Heads(generation, heads);
    }
  }

  @Override
  public synchronized List<Row> of(long stream, long after, long to, int limit)
      throws SQLException {
    check();
    return List.copyOf(streams.get(stream).subList((int) after, (int) Math.min(after + limit, to)));
  }

  @Override
  public int expire(Duration age) throws SQLException {
    expiries.incrementAndGet();
    check();
    return 0;
  }
}
