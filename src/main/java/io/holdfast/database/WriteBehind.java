package io.holdfast.database;

import io.holdfast.database.StoredTargetRows.Changes;
import io.holdfast.database.StoredTargetRows.Row;
import io.holdfast.database.StoredTargetRows.Total;
import io.holdfast.database.WaitingRows.Batch;
import io.micrometer.core.instrument.MeterRegistry;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps what is stored of targets in the database, behind those who store it, so that a cluster
 * that begins anew has it. What is to be stored waits in memory, for a moment and within limits,
 * and is turned away where there is no room: nobody waits for it. A removal is never turned away:
 * whoever asks for it is told when it is committed, and until then it is tried again and again.
 *
 * <p>A row is used only if each owner of its shard since it was written has looked after it, that
 * is removed it when something made it invalid: see {@link StoredTargetRows}. One thread writes,
 * and one reads.
 */
public final class WriteBehind implements AutoCloseable {
  /** So long what is stored waits for more. */
  private static final Duration LINGER = Duration.ofMillis(200);

  /**
   * How often it is looked whether shards have come, and routes have changed. That costs nothing if
   * not; and a shard that goes again before it was looked at begins without its rows.
   */
  private static final Duration TICK = Duration.ofMillis(100);

  private static final Duration AGAIN_AFTER = Duration.ofMillis(300);

  /** Where nothing is kept warm, it is looked so often whether something is left. */
  private static final long CLEAN_EVERY_NANOS = Duration.ofMinutes(1).toNanos();

  /** The total is counted when so much of what it may be was written, and at times. */
  private static final int TRIMMED_PARTS = 32;

  private static final long COUNT_EVERY_NANOS = Duration.ofMinutes(1).toNanos();

  /** Targets in one question. */
  private static final int READ_AT_A_TIME = 64;

  /** Targets that wait to be read; beyond, an owner begins without. */
  private static final int READS_MAX = 10_000;

  private static final Logger log = LoggerFactory.getLogger(WriteBehind.class);

  private final Database database;
  private final Keeping keeping;
  private final long bytesMax;
  private final StoredTargetRows rows;
  private final WaitingRows waiting = new WaitingRows(LINGER.toNanos());
  private final WriteBehindMeters meters;
  private final BlockingThreads reading = new BlockingThreads("holdfast-stored-read", 1);
  private final Map<String, Question> questions = new LinkedHashMap<>();
  private final Thread thread;

  /** Held while the rows of shards are looked after, so that nobody goes by an earlier list. */
  private final Object looking = new Object();

  /** Routes of which there may be rows that hold, in shards that are ours. */
  private volatile Set<String> lookedAfter;

  /** Slots that this node has looked after at some time. */
  private final Set<Integer> everOurs = new HashSet<>();

  private volatile Total total = new Total(0, 0);
  private volatile boolean closed;

  /** The rest is touched by the writing thread alone. */
  private Set<Integer> slots = Set.of();

  private long sinceCounted;
  private long surplus;
  private long countedNanos = System.nanoTime() - COUNT_EVERY_NANOS;
  private long cleanedNanos = System.nanoTime();

  /**
   * What is to be kept, as a node knows it at the time.
   *
   * @param me the incarnation under which shards are owned
   * @param routes that are kept warm
   * @param owned the slots of stored responses that are this node's
   */
  public record Keeping(
      LongSupplier me, Supplier<Set<String>> routes, Supplier<Set<Integer>> owned) {}

  /**
   * What a row is of.
   *
   * @param id of the target's owner, up to 64 characters
   * @param slot of its shard
   * @param route up to 255 characters
   */
  public record Target(String id, int slot, String route) {}

  /** What an owner begins with. */
  public sealed interface Read {}

  /** This. */
  public record Entry(byte[] bytes) implements Read {}

  /** There is no row. */
  public record Nothing() implements Read {}

  /** There may be a row, and it is not to be had now. */
  public record Unknown() implements Read {}

  /**
   * What this node has done, and what there is.
   *
   * @param rows in the whole database, as they were counted last
   * @param bytes of these
   * @param waiting to be written
   * @param dropped were not written, since there was no room or no database
   */
  public record Counts(
      long rows, long bytes, long waiting, long written, long read, long removed, long dropped) {}

  private record Question(Target target, CompletableFuture<Read> answer) {}

  private WriteBehind(Database database, Keeping keeping, long bytesMax, MeterRegistry meters) {
    this.database = database;
    this.keeping = keeping;
    this.lookedAfter = keeping.routes().get(); // No shard is ours yet.
    this.bytesMax = bytesMax;
    this.rows = new StoredTargetRows(database, keeping.me());
    this.meters = new WriteBehindMeters(meters, waiting, () -> total);
    this.thread = BlockingThreads.named("holdfast-stored-write").newThread(this::work);
  }

  /**
   * @param database whose schema is up to date
   * @param bytesMax of all rows in the database
   */
  public static WriteBehind start(
      Database database, Keeping keeping, long bytesMax, MeterRegistry meters) {
    var started = new WriteBehind(database, keeping, bytesMax, meters);
    started.thread.start();
    return started;
  }

  // ---- what owners do ----

  /** Whether what is stored of the route is kept. */
  public boolean keeps(String route) {
    return keeping.routes().get().contains(route);
  }

  /** Whether there may be rows of the route that hold: it may have been kept a moment ago. */
  public boolean mayHave(String route) {
    return keeps(route) || lookedAfter.contains(route);
  }

  /**
   * Has it written behind, in the place of what there is.
   *
   * @param entry what the row is to be, made on the thread that writes
   * @param size about what that takes
   * @return false if there is no room for it, or no database: then what there is stays, and whoever
   *     knows that it does not hold any more has it removed
   */
  public boolean keep(Target target, Supplier<byte[]> entry, long size) {
    boolean room =
        !database.health().isAway() && waiting.keep(target, entry, size, System.nanoTime());
    if (!room) {
      meters.dropped(1);
    }
    return room;
  }

  /**
   * Removes the row, if there is one.
   *
   * @param done run on another thread once none is left; never, if the shard goes to another before
   */
  public void remove(Target target, Runnable done) {
    waiting.remove(target, done, System.nanoTime());
  }

  /** What there is of a target. Never fails. */
  public CompletionStage<Read> read(Target target) {
    var here = waiting.find(target);
    if (here.isPresent()) {
      return CompletableFuture.completedFuture(
          here.get().entry().<Read>map(it -> new Entry(it.get())).orElseGet(Unknown::new));
    }
    if (waiting.isEmptied(target.slot()) || !database.isUsable()) {
      return CompletableFuture.completedFuture(new Unknown());
    }
    var question = new Question(target, new CompletableFuture<>());
    synchronized (questions) {
      if (questions.size() >= READS_MAX) {
        return CompletableFuture.completedFuture(new Unknown());
      }
      var same = questions.putIfAbsent(target.id(), question);
      if (same != null) {
        return same.answer();
      }
    }
    reading.run(this::readSome);
    return question.answer();
  }

  // ---- the thread that reads ----

  /** All that has come meanwhile, together. */
  private Void readSome() {
    var some = new ArrayList<Question>();
    synchronized (questions) {
      var each = questions.values().iterator();
      while (each.hasNext() && some.size() < READ_AT_A_TIME) {
        some.add(each.next());
        each.remove();
      }
    }
    if (!some.isEmpty()) {
      answer(some);
    }
    return null;
  }

  private void answer(List<Question> some) {
    try {
      var found = found(some.stream().map(Question::target).toList());
      for (var question : some) {
        question.answer().complete(answer(question.target(), found));
      }
    } catch (SQLException | RuntimeException e) {
      log.debug("Stored responses could not be read", e);
      some.forEach(it -> it.answer().complete(new Unknown()));
    }
  }

  private StoredTargetRows.Found found(List<Target> targets) throws SQLException {
    var found = rows.read(targets);
    var missing = new HashSet<Integer>();
    targets.forEach(it -> missing.add(it.slot()));
    missing.removeAll(found.lookedAfter());
    if (missing.isEmpty()) {
      return found;
    }
    write(Changes.NONE, missing); // They have just become ours.
    return rows.read(targets);
  }

  private Read answer(Target target, StoredTargetRows.Found found) {
    if (!found.lookedAfter().contains(target.slot())) {
      return new Unknown();
    }
    var entry = found.entries().get(target.id());
    if (entry == null) {
      return new Nothing();
    }
    meters.read();
    return new Entry(entry);
  }

  private Optional<Set<Integer>> write(Changes changes, Set<Integer> more) throws SQLException {
    synchronized (looking) {
      var now = keeping.routes().get();
      if (!beginToLookAfter(now)) {
        return Optional.empty();
      }
      var ours = rows.write(changes, more, now);
      ours.ifPresent(everOurs::addAll);
      return ours;
    }
  }

  /**
   * Routes that have become warm are known before a row of theirs can hold. Until now nothing that
   * was made invalid here was removed, so what an earlier owner kept of them goes; and all else
   * with it, since that is done at once, however much there is.
   *
   * @return false if it cannot be done now
   */
  private boolean beginToLookAfter(Set<String> now) throws SQLException {
    if (lookedAfter.containsAll(now)) {
      return true;
    }
    var ours = new HashSet<>(everOurs);
    ours.addAll(keeping.owned().get());
    if (rows.lapse(ours).isEmpty()) {
      return false;
    }
    var more = new HashSet<>(lookedAfter);
    more.addAll(now);
    lookedAfter = Set.copyOf(more);
    return true;
  }

  // ---- the thread that writes ----

  private void work() {
    while (!closed) {
      try {
        if (!write(waiting.take(TICK.toNanos()))) {
          pause();
        }
        tick();
      } catch (InterruptedException e) {
        return;
      } catch (SQLException | RuntimeException e) {
        log.debug("Stored responses could not be written", e);
        pause();
      }
    }
  }

  private synchronized void pause() {
    try {
      if (!closed) {
        wait(AGAIN_AFTER.toMillis());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /**
   * @return false if it cannot be done now
   */
  private boolean write(Batch batch) throws SQLException {
    if (batch.isEmpty()) {
      return true;
    }
    boolean over = false;
    try {
      var changes = changes(batch);
      var ours = write(changes, Set.of());
      over = ours.isPresent();
      if (over) {
        waiting.over();
        written(batch, changes, ours.get());
      }
      return over;
    } finally {
      if (!over) {
        meters.dropped(batch.rows().values().stream().filter(it -> it.entry().isPresent()).count());
        waiting.failed();
      }
    }
  }

  private static Changes changes(Batch batch) {
    var written = new ArrayList<Row>();
    var removed = new ArrayList<Target>();
    for (var row : batch.rows().values()) {
      row.entry()
          .ifPresentOrElse(
              it -> written.add(new Row(row.target(), it.get())), () -> removed.add(row.target()));
    }
    return new Changes(written, removed, batch.emptied().keySet());
  }

  private void written(Batch batch, Changes changes, Set<Integer> ours) {
    changes.written().stream()
        .filter(it -> ours.contains(it.target().slot()))
        .forEach(
            it -> {
              meters.written();
              sinceCounted += it.entry().length;
            });
    var removed = changes.removed().stream().filter(it -> ours.contains(it.slot())).count();
    meters.removed(removed);
    var done = new HashMap<Runnable, Integer>();
    batch
        .rows()
        .values()
        .forEach(it -> it.done().forEach(one -> done.put(one, it.target().slot())));
    batch.emptied().forEach((slot, all) -> all.forEach(one -> done.put(one, slot)));
    done.forEach(
        (one, slot) -> {
          if (ours.contains(slot)) {
            one.run();
          }
        });
  }

  private void tick() throws SQLException {
    var now = keeping.owned().get();
    if (database.health().isAway()) {
      return;
    }
    if (keeping.routes().get().isEmpty() && lookedAfter.isEmpty()) {
      clean(now);
      return;
    }
    var come = new HashSet<>(now);
    come.removeAll(slots);
    come.addAll(rows.unfinished());
    come.retainAll(now);
    if (write(Changes.NONE, come).isPresent()) {
      slots = Set.copyOf(now);
    }
    forgetRoutes();
    trimAtTimes();
  }

  /** The configuration has changed. */
  private void forgetRoutes() throws SQLException {
    synchronized (looking) {
      var warm = keeping.routes().get();
      boolean isLess = !warm.containsAll(lookedAfter);
      if (isLess && beginToLookAfter(warm) && rows.keepOnly(Set.copyOf(everOurs), warm)) {
        lookedAfter = warm;
      }
    }
  }

  /** Of routes that were warm when this node had an earlier configuration. */
  private void clean(Set<Integer> now) throws SQLException {
    if (System.nanoTime() - cleanedNanos > CLEAN_EVERY_NANOS && rows.keepOnly(now, Set.of())) {
      cleanedNanos = System.nanoTime();
    }
  }

  /** A part at a time: what somebody waits for is written in between. */
  private void trimAtTimes() throws SQLException {
    long now = System.nanoTime();
    if (sinceCounted > bytesMax / TRIMMED_PARTS || now - countedNanos > COUNT_EVERY_NANOS) {
      sinceCounted = 0;
      countedNanos = now;
      count();
    } else if (surplus > 0) {
      trimSome();
    }
  }

  private void count() throws SQLException {
    total = rows.total();
    boolean isTooMuch = total.bytes() > bytesMax;
    surplus = isTooMuch ? total.bytes() - (bytesMax - bytesMax / TRIMMED_PARTS) : 0;
  }

  private void trimSome() throws SQLException {
    var trimmed = rows.trim(surplus);
    meters.trimmed(trimmed.rows());
    surplus = trimmed.rows() == 0 ? 0 : surplus - trimmed.bytes();
  }

  /** Brings the total below its limit, by somewhat more than was written meanwhile. */
  void trim() throws SQLException {
    count();
    while (surplus > 0) {
      trimSome();
    }
    count();
  }

  /** What this node has done. */
  public Counts counts() {
    return meters.counts(total, waiting.rows());
  }

  @Override
  public void close() {
    synchronized (this) {
      closed = true;
      notifyAll();
    }
    waiting.close();
    reading.close();
    try {
      thread.join(AGAIN_AFTER.toMillis() * 10);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
