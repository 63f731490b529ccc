package io.holdfast.testing;

import io.holdfast.database.Purges.Added;
import io.holdfast.database.Purges.Numbered;
import io.holdfast.database.Purges.Page;
import io.holdfast.database.Purges.Row;
import io.holdfast.resource.PurgeTable;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;

/** Purges without a database; it can be away, and have lost the oldest ones. */
public final class PurgesInMemory implements PurgeTable {
  public final Map<Long, String> names = new ConcurrentHashMap<>();

  /** Rows in one answer. */
  public volatile int page = 1000;

  private final List<Numbered> rows = new ArrayList<>();
  private long newest;
  private long removed;
  private boolean away;
  private int reads;

  public synchronized void away(boolean isAway) {
    away = isAway;
  }

  /** How many times rows were asked for. */
  public synchronized int reads() {
    return reads;
  }

  /** As if numbers had been lost. */
  public synchronized void leap(long by) {
    newest += by;
  }

  /** Removes rows up to that number. */
  public synchronized void remove(long upTo) {
    rows.removeIf(row -> row.number() <= upTo);
    removed = upTo;
  }

  @Override
  public synchronized CompletionStage<Added> add(Row row) {
    if (away) {
      return CompletableFuture.failedStage(new SQLException("the database is away"));
    }
    var added = new Added(newest, ++newest);
    rows.add(new Numbered(newest, row));
    return CompletableFuture.completedStage(added);
  }

  @Override
  public synchronized CompletionStage<Page> after(long number) {
    reads++;
    return away
        ? CompletableFuture.failedStage(new SQLException("the database is away"))
        : CompletableFuture.completedStage(
            new Page(
                removed, rows.stream().filter(it -> it.number() > number).limit(page).toList()));
  }

  @Override
  public CompletionStage<Map<Long, String>> nodeNames() {
    return CompletableFuture.completedStage(Map.copyOf(names));
  }
}
