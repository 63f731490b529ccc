package io.holdfast.resource;

import io.holdfast.database.Changes;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;

/**
 * Changes of one collection, a bounded number of them, in their order for each document. All who
 * watch the collection are given the same object.
 *
 * @param before what had been seen before them
 * @param after what has been seen with the last of them
 */
public record News(List<Change> changes, FeedPosition before, FeedPosition after) {
  /** Changes that are told at once. */
  static final int CHANGES_MAX = 250;

  /** A change of a document of the collection that is watched. */
  public record Change(String id, String etag, boolean deleted) {}

  /**
   * All changes between two positions. Only with the last of them the later position is reached:
   * whoever loses the rest gets some again, and misses none.
   *
   * @param rows of one collection, each stream's in their order
   */
  static List<News> of(List<Changes.Row> rows, FeedPosition before, FeedPosition after) {
    var changes = inOrder(rows);
    var news = new ArrayList<News>();
    for (int from = 0; from < changes.size(); from += CHANGES_MAX) {
      int to = Math.min(changes.size(), from + CHANGES_MAX);
      var reached = to == changes.size() ? after : before;
      news.add(new News(List.copyOf(changes.subList(from, to)), before, reached));
    }
    return news;
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
          of.stream().map(rows::get).sorted(Comparator.comparing(News::version)).toList();
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
}
