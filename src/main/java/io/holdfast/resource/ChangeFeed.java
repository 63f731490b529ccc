package io.holdfast.resource;

import io.holdfast.database.Changes;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The changes of documents as they are committed, on whichever node, for those on this node who
 * watch a collection. While somebody watches, one thread looks at the streams' heads in the
 * database, however many watch. Nobody misses a change; after an interruption some may come twice.
 */
public final class ChangeFeed implements AutoCloseable {
  /** For so long a reader can stay away and go on where it was. */
  public static final Duration RETENTION = Duration.ofHours(1);

  /** Clocks differ, and what is removed must have been too old for everybody. */
  private static final Duration KEPT = RETENTION.plusMinutes(10);

  private static final Duration LOOK_EVERY = Duration.ofMillis(100);
  private static final Duration BEAT_EVERY = Duration.ofSeconds(15);
  private static final Duration EXPIRE_EVERY = Duration.ofMinutes(1);
  private static final int AT_A_TIME = 1000;

  /** Who is further behind is not read up to the present: it lists the collection instead. */
  private static final int CATCH_UP_MAX = 100_000;

  private static final Logger log = LoggerFactory.getLogger(ChangeFeed.class);

  private final Changes changes;
  private final Set<Reader> readers = ConcurrentHashMap.newKeySet();
  private final ScheduledExecutorService thread =
      Executors.newSingleThreadScheduledExecutor(
          work -> {
            var made = new Thread(work, "holdfast-change-feed");
            made.setDaemon(true);
            return made;
          });
  private FeedPosition position = new FeedPosition(Instant.EPOCH, Map.of());
  private boolean looking;

  /** A change of a document of the collection that is watched. */
  public record Change(String id, String etag, boolean deleted) {}

  /** Takes in what happens, on the feed's thread: must not block. */
  public interface Watcher {
    /**
     * Changes, in their order for each document.
     *
     * @param before what had been seen before them
     * @param after what has been seen with the last of them
     */
    void changed(List<Change> changes, FeedPosition before, FeedPosition after);

    /** Nothing happened for a time. */
    void beat(FeedPosition position);

    /** The feed ends: the node leaves. */
    void ended();
  }

  /** What became of the wish to watch. */
  public sealed interface Watch {
    /** Changes come, and come no more once it is closed. */
    record Begun(Runnable close) implements Watch {}

    /** Where the reader left off is not known any more. */
    record TooOld() implements Watch {}
  }

  private record Reader(String collection, Watcher watcher) {}

  public ChangeFeed(Changes changes) {
    this.changes = changes;
    every(BEAT_EVERY, this::beat);
    every(EXPIRE_EVERY, this::expire);
  }

  private void every(Duration interval, Runnable work) {
    thread.scheduleWithFixedDelay(
        work, interval.toMillis(), interval.toMillis(), TimeUnit.MILLISECONDS);
  }

  /**
   * Begins to watch.
   *
   * @param since empty: from now on
   * @return fails with {@link SQLException} when the database does not answer
   */
  public CompletionStage<Watch> watch(
      String collection, Optional<FeedPosition> since, Watcher watcher) {
    var begun = new CompletableFuture<Watch>();
    try {
      thread.execute(() -> begin(new Reader(collection, watcher), since, begun));
    } catch (RejectedExecutionException e) {
      begun.completeExceptionally(e);
    }
    return begun;
  }

  private void begin(Reader reader, Optional<FeedPosition> since, CompletableFuture<Watch> begun) {
    try {
      look();
      if (since.isPresent() && !catchUp(reader, since.get())) {
        begun.complete(new Watch.TooOld());
        return;
      }
      readers.add(reader);
      begun.complete(new Watch.Begun(() -> readers.remove(reader)));
      reader.watcher().beat(position);
      keepLooking();
    } catch (SQLException e) {
      begun.completeExceptionally(e);
    }
  }

  /** False when something in between may have been removed. */
  private boolean catchUp(Reader reader, FeedPosition since) throws SQLException {
    if (since.at().plus(RETENTION).isBefore(Instant.now())) {
      return false;
    }
    var rows = new ArrayList<Changes.Row>();
    for (var head : position.positions().entrySet()) {
      if (!read(head.getKey(), since.of(head.getKey()), head.getValue(), rows)) {
        return false;
      }
    }
    give(reader, rows, since, position);
    return true;
  }

  private boolean read(long stream, long after, long to, List<Changes.Row> into)
      throws SQLException {
    long at = after;
    while (at < to) {
      if (into.size() > CATCH_UP_MAX) {
        return false;
      }
      var rows = changes.of(stream, at, to, AT_A_TIME);
      if (rows.isEmpty()) {
        return true;
      }
      into.addAll(rows);
      at = rows.get(rows.size() - 1).position();
    }
    return true;
  }

  private void keepLooking() {
    if (!looking) {
      looking = true;
      lookLater();
    }
  }

  private void lookLater() {
    try {
      thread.schedule(this::lookAndGoOn, LOOK_EVERY.toMillis(), TimeUnit.MILLISECONDS);
    } catch (RejectedExecutionException e) {
      log.debug("The feed is closed");
    }
  }

  private void lookAndGoOn() {
    if (readers.isEmpty()) {
      looking = false;
      return;
    }
    try {
      look();
    } catch (SQLException e) {
      log.debug("The changes of documents were not read: {}", e.toString());
    }
    lookLater();
  }

  /** Reads what is new, and gives it to those who watch. */
  private void look() throws SQLException {
    var now = Instant.now();
    var heads = changes.heads();
    var rows = new ArrayList<Changes.Row>();
    if (!readers.isEmpty()) {
      for (var head : heads.entrySet()) {
        if (!read(head.getKey(), position.of(head.getKey()), head.getValue(), rows)) {
          // More than anybody could take in: they come again, and find out for themselves.
          endAll();
          break;
        }
      }
    }
    var next = new FeedPosition(now, heads);
    var before = position;
    position = next;
    readers.forEach(reader -> give(reader, rows, before, next));
  }

  private static void give(
      Reader reader, List<Changes.Row> rows, FeedPosition before, FeedPosition after) {
    var mine = rows.stream().filter(it -> it.collection().equals(reader.collection())).toList();
    if (!mine.isEmpty()) {
      reader.watcher().changed(inOrder(mine), before, after);
    }
  }

  /**
   * A document's owner may have moved from one stream to another: its changes stand in the places
   * in which changes of it stood, by version.
   */
  static List<Change> inOrder(List<Changes.Row> rows) {
    var places = new HashMap<String, List<Integer>>();
    for (int i = 0; i < rows.size(); i++) {
      places.computeIfAbsent(rows.get(i).id(), id -> new ArrayList<>()).add(i);
    }
    var ordered = new ArrayList<>(rows);
    for (var of : places.values()) {
      var versions =
          of.stream().map(rows::get).sorted(Comparator.comparing(ChangeFeed::version)).toList();
      for (int i = 0; i < of.size(); i++) {
        ordered.set(of.get(i), versions.get(i));
      }
    }
    return ordered.stream().map(it -> new Change(it.id(), it.etag(), it.deleted())).toList();
  }

  private static DocumentVersion version(Changes.Row row) {
    int dash = row.etag().indexOf('-');
    return dash < 0
        ? new DocumentVersion(Long.parseLong(row.etag()), 0)
        : new DocumentVersion(
            Long.parseLong(row.etag().substring(0, dash)),
            Long.parseLong(row.etag().substring(dash + 1)));
  }

  private void beat() {
    readers.forEach(reader -> reader.watcher().beat(position));
  }

  private void expire() {
    try {
      while (changes.expire(KEPT) > 0) {
        log.debug("Old changes of documents were removed");
      }
    } catch (SQLException e) {
      log.debug("Old changes of documents were not removed: {}", e.toString());
    }
  }

  private void endAll() {
    for (var reader : List.copyOf(readers)) {
      readers.remove(reader);
      reader.watcher().ended();
    }
  }

  /** Ends every watch. */
  @Override
  public void close() {
    try {
      thread.execute(this::endAll);
    } catch (RejectedExecutionException e) {
      return;
    }
    thread.shutdown();
  }
}
