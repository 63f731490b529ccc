package io.holdfast.resource;

import io.holdfast.database.Changes;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The changes of documents as they are committed, on whichever node, for those on this node who
 * watch a collection. While somebody watches, one thread looks at the streams' heads in the
 * database, however many watch or begin to. Nobody misses a change; after an interruption some may
 * come twice.
 */
public final class ChangeFeed implements AutoCloseable {
  /** For so long a reader can stay away and go on where it was. */
  public static final Duration RETENTION = Duration.ofHours(1);

  /** Clocks differ, and what is removed must have been too old for everybody. */
  private static final Duration CLOCKS_APART = Duration.ofMinutes(10);

  private static final Pace PACE =
      new Pace(Duration.ofMillis(100), Duration.ofSeconds(15), Duration.ofMinutes(1));

  /**
   * Changes of one collection: who is further behind is not read up to the present, and lists the
   * collection instead. Those of other collections are passed over, a page at a time.
   */
  static final int CATCH_UP_MAX = 100_000;

  /** Changes in memory of all who catch up, a few hundred bytes each. */
  static final int HELD_MAX = 200_000;

  private static final Logger log = LoggerFactory.getLogger(ChangeFeed.class);

  private final ChangeLog changes;
  private final InstantSource clock;
  private final Pace pace;
  private final ChangeExpiry expiry;
  private final Queue<FeedReader> arriving = new ConcurrentLinkedQueue<>();
  private final ScheduledExecutorService thread =
      Executors.newSingleThreadScheduledExecutor(
          work -> {
            var made = new Thread(work, "holdfast-change-feed");
            made.setDaemon(true);
            return made;
          });

  // What follows is the thread's own.
  private final Set<FeedReader> readers = new LinkedHashSet<>();
  private final Set<CatchUp> catchUps = new LinkedHashSet<>();
  private FeedPosition position = new FeedPosition(Instant.EPOCH, 0, Map.of());
  private boolean looking;
  private long lookedNanos;
  private boolean closed;

  /** How often it looks for changes, tells that there are none, and removes old ones. */
  record Pace(Duration look, Duration beat, Duration expire) {
    /** Whoever has not been read for so long is not told that nothing happened. */
    Duration silenceMax() {
      return beat.multipliedBy(2);
    }
  }

  /** Takes in what happens, on the feed's thread: must not block. */
  public interface Watcher {
    void changed(News news);

    /** Whether more may come at once of what it missed. What is new comes in any case. */
    boolean hasRoom();

    /** Nothing happened for a time. */
    void beat(FeedPosition position);

    /** No more comes: the node leaves, or this watcher could not be told something. */
    void ended();
  }

  /** What became of the wish to watch. */
  public sealed interface Watch {
    /** Changes come, and come no more once it is closed. */
    record Begun(Runnable close) implements Watch {}

    /** Where the reader left off is not known any more. */
    record TooOld() implements Watch {}

    /** As many changes are in memory as may be, for others who catch up. */
    record Full() implements Watch {}

    /** The node leaves. */
    record Closed() implements Watch {}
  }

  /**
   * @param clock the same for all nodes
   */
  public ChangeFeed(ChangeLog changes, InstantSource clock) {
    this(changes, clock, PACE);
  }

  ChangeFeed(ChangeLog changes, InstantSource clock, Pace pace) {
    this.changes = changes;
    this.clock = clock;
    this.pace = pace;
    this.expiry = new ChangeExpiry(changes, RETENTION.plus(CLOCKS_APART), pace.expire());
    long beat = pace.beat().toMillis();
    thread.scheduleWithFixedDelay(guarded(this::beat), beat, beat, TimeUnit.MILLISECONDS);
  }

  /**
   * Begins to watch.
   *
   * @param since empty: from now on
   * @return fails with {@link SQLException} when the database does not answer. Whoever completes
   *     it, for the time is up, is no more begun for
   */
  public CompletableFuture<Watch> watch(
      String collection, Optional<FeedPosition> since, Watcher watcher) {
    var reader = new FeedReader(collection, since, watcher);
    arriving.add(reader);
    try {
      thread.execute(guarded(this::beginArriving));
    } catch (RejectedExecutionException e) {
      reader.end(new Watch.Closed());
    }
    return reader.watch();
  }

  /** All who came meanwhile begin with one look at the database. */
  private void beginArriving() {
    var arrived = new ArrayList<FeedReader>();
    for (var next = arriving.poll(); next != null; next = arriving.poll()) {
      if (!next.isGone()) {
        arrived.add(next);
      }
    }
    if (arrived.isEmpty()) {
      return;
    }
    try {
      if (closed) {
        arrived.forEach(reader -> reader.end(new Watch.Closed()));
      } else {
        look();
        arrived.forEach(this::begin);
        keepLooking();
      }
    } catch (Throwable e) {
      arrived.forEach(reader -> reader.fail(e));
      failed(e);
    }
  }

  private void begin(FeedReader reader) {
    if (reader.since().isEmpty()) {
      join(reader);
    } else if (isKept(reader.since().get(), clock.instant())) {
      catchUp(reader, reader.since().get());
    } else {
      reader.end(new Watch.TooOld());
    }
  }

  /**
   * Neither too old, nor of a time that has not come yet by any node's clock, nor of another
   * history of the database: some of what was seen there may never have happened here.
   */
  private boolean isKept(FeedPosition since, Instant now) {
    return !since.at().isBefore(now.minus(RETENTION))
        && !since.at().isAfter(now.plus(CLOCKS_APART))
        && since.generation() == position.generation();
  }

  private void join(FeedReader reader) {
    reader.begin();
    readers.add(reader);
    reader.tell(watcher -> watcher.beat(position));
  }

  // ---- what a reader missed ----

  private void catchUp(FeedReader reader, FeedPosition from) {
    var begun = new CatchUp(reader, new ChangeRange(from, position));
    catchUps.add(begun);
    readOn(begun);
  }

  /** One page; then it is the turn of everything else that waits for the thread. */
  private void readOn(CatchUp it) {
    try {
      it.read(changes);
    } catch (SQLException | RuntimeException e) {
      catchUps.remove(it);
      it.reader().fail(e);
      failed(e);
      return;
    }
    if (it.held() > CATCH_UP_MAX) {
      stop(it, new Watch.TooOld());
    } else if (catchUps.stream().mapToInt(CatchUp::held).sum() > HELD_MAX) {
      stop(it, new Watch.Full());
    } else if (it.isRead()) {
      it.reader().begin();
      give(it);
    } else if (!it.reader().isGone()) {
      later(Duration.ZERO, () -> readOn(it));
    }
  }

  private void stop(CatchUp it, Watch instead) {
    catchUps.remove(it);
    it.reader().end(instead);
  }

  private void give(CatchUp it) {
    if (it.isRead() && it.give()) {
      catchUps.remove(it);
      if (it.to().isWhere(position)) {
        join(it.reader());
      } else if (isKept(it.to(), clock.instant())) {
        catchUp(it.reader(), it.to());
      } else {
        it.reader().end(new Watch.Closed());
      }
    }
  }

  // ---- what is new ----

  private void keepLooking() {
    if (!looking) {
      looking = true;
      later(pace.look(), this::lookAndGoOn);
    }
  }

  private void later(Duration wait, Runnable work) {
    try {
      thread.schedule(guarded(work), wait.toMillis(), TimeUnit.MILLISECONDS);
    } catch (RejectedExecutionException e) {
      log.debug("The feed is about to end every watch");
    }
  }

  /** Whatever happens, it goes on as long as somebody watches. */
  private void lookAndGoOn() {
    readers.removeIf(FeedReader::isGone);
    catchUps.removeIf(it -> it.reader().isGone());
    if (readers.isEmpty() && catchUps.isEmpty()) {
      looking = false;
      return;
    }
    try {
      List.copyOf(catchUps).forEach(this::give);
      look();
    } catch (Throwable e) {
      failed(e);
    } finally {
      later(pace.look(), this::lookAndGoOn);
    }
  }

  /** Reads what is new, and gives it to those who watch. */
  private void look() throws SQLException {
    var heads = changes.heads();
    var next = new FeedPosition(clock.instant(), heads.generation(), heads.positions());
    if (next.generation() != position.generation() || !isKept(position, next.at())) {
      // What they were told may be lost, or what came after it was removed while the database could
      // not be read: they come again, and find out for themselves.
      endAll();
      position = next;
      return;
    }
    var news = newsUpTo(next);
    position = next;
    lookedNanos = System.nanoTime();
    news.forEach(
        (collection, all) ->
            all.forEach(
                some ->
                    readers.stream()
                        .filter(reader -> reader.collection().equals(collection))
                        .forEach(reader -> reader.tell(watcher -> watcher.changed(some)))));
  }

  private Map<String, List<News>> newsUpTo(FeedPosition next) throws SQLException {
    var rows = new HashMap<String, List<Changes.Row>>();
    readers.forEach(reader -> rows.put(reader.collection(), new ArrayList<>()));
    for (var range = new ChangeRange(position, next); !rows.isEmpty() && !range.isRead(); ) {
      for (var row : range.read(changes)) {
        rows.computeIfPresent(row.collection(), (collection, all) -> with(all, row));
      }
      var tooMany = rows.keySet().stream().filter(it -> rows.get(it).size() > CATCH_UP_MAX);
      tooMany.toList().forEach(collection -> endReadersOf(collection, rows));
    }
    var news = new HashMap<String, List<News>>();
    rows.forEach((collection, all) -> news.put(collection, News.of(all, position, next)));
    return news;
  }

  private static List<Changes.Row> with(List<Changes.Row> all, Changes.Row row) {
    all.add(row);
    return all;
  }

  /** More than anybody could take in: they come again, and find out for themselves. */
  private void endReadersOf(String collection, Map<String, List<Changes.Row>> rows) {
    rows.remove(collection);
    endReaders(reader -> reader.collection().equals(collection));
  }

  /**
   * While nothing can be read nobody knows that nothing happened: they come again, and are told.
   */
  private void beat() {
    if (System.nanoTime() - lookedNanos > pace.silenceMax().toNanos()) {
      endAll();
    }
    readers.forEach(reader -> reader.tell(watcher -> watcher.beat(position)));
  }

  // ---- the end ----

  /**
   * A database that does not answer is asked again. After any other failure all who watch come
   * again, and find out for themselves, rather than hear nothing for ever.
   */
  private void failed(Throwable failure) {
    if (failure instanceof SQLException) {
      log.debug("The changes of documents were not read: {}", failure.toString());
    } else {
      log.error("The changes of documents were not read", failure);
      endAll();
    }
  }

  private Runnable guarded(Runnable work) {
    return () -> {
      try {
        work.run();
      } catch (Throwable e) {
        failed(e);
      }
    };
  }

  private void endReaders(Predicate<FeedReader> which) {
    var ended = readers.stream().filter(which).toList();
    ended.forEach(reader -> reader.end(new Watch.Closed()));
    ended.forEach(readers::remove);
  }

  private void endAll() {
    endReaders(reader -> true);
    catchUps.forEach(it -> it.reader().end(new Watch.Closed()));
    catchUps.clear();
  }

  private void endForGood() {
    closed = true;
    beginArriving();
    endAll();
  }

  /** Ends every watch. */
  @Override
  public void close() {
    expiry.close();
    try {
      thread.execute(guarded(this::endForGood));
    } catch (RejectedExecutionException e) {
      return;
    }
    thread.shutdown();
  }
}
