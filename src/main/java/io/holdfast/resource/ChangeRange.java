package io.holdfast.resource;

import io.holdfast.database.Changes;
import java.sql.SQLException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;

/** The changes between two positions, read page by page. */
final class ChangeRange {
  private static final int PAGE = 1000;

  private final FeedPosition from;
  private final FeedPosition to;
  private final Deque<Map.Entry<Long, Long>> unread = new ArrayDeque<>();
  private long at; // in the first of the streams that are unread

  /**
   * Nothing is read yet.
   *
   * @param from exclusive
   * @param to inclusive
   */
  ChangeRange(FeedPosition from, FeedPosition to) {
    this.from = from;
    this.to = to;
    to.positions().entrySet().stream()
        .filter(head -> from.of(head.getKey()) < head.getValue())
        .forEach(unread::add);
    enterStream();
  }

  FeedPosition from() {
    return from;
  }

  FeedPosition to() {
    return to;
  }

  boolean isRead() {
    return unread.isEmpty();
  }

  /** The next page of one stream; empty where its changes are not kept any more. Blocks. */
  List<Changes.Row> read(ChangeLog log) throws SQLException {
    var head = unread.getFirst();
    var rows = log.of(head.getKey(), at, head.getValue(), PAGE);
    if (!rows.isEmpty()) {
      at = rows.get(rows.size() - 1).position();
    }
    if (rows.isEmpty() || at >= head.getValue()) {
      unread.removeFirst();
      enterStream();
    }
    return rows;
  }

  private void enterStream() {
    at = unread.isEmpty() ? 0 : from.of(unread.getFirst().getKey());
  }
}
