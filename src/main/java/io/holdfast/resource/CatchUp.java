package io.holdfast.resource;

import io.holdfast.database.Changes;
import java.sql.SQLException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * What one reader missed while it was away: read page by page, then given as the reader has room.
 * It has to be read as a whole first, for a document's changes may stand in several streams.
 */
final class CatchUp {
  private final FeedReader reader;
  private final ChangeRange range;
  private final Deque<News> news = new ArrayDeque<>();
  private List<Changes.Row> rows = new ArrayList<>();
  private int held;

  CatchUp(FeedReader reader, ChangeRange range) {
    this.reader = reader;
    this.range = range;
  }

  FeedReader reader() {
    return reader;
  }

  FeedPosition to() {
    return range.to();
  }

  boolean isRead() {
    return range.isRead();
  }

  /**
   * Changes of the reader's collection that are in memory: all that were read, until it is read.
   */
  int held() {
    return held;
  }

  /** Reads on, one page. Blocks. */
  void read(ChangeLog log) throws SQLException {
    if (!isRead()) {
      var page = range.read(log);
      page.stream().filter(it -> it.collection().equals(reader.collection())).forEach(rows::add);
      held = rows.size();
    }
    if (isRead()) {
      news.addAll(News.of(rows, range.from(), range.to()));
      rows = List.of();
    }
  }

  /**
   * Gives what the reader has room for.
   *
   * @return whether that was all
   */
  boolean give() {
    while (!news.isEmpty() && reader.hasRoom()) {
      var next = news.removeFirst();
      held -= next.changes().size();
      reader.tell(watcher -> watcher.changed(next));
    }
    return news.isEmpty();
  }
}
