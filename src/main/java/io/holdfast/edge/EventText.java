package io.holdfast.edge;

import io.holdfast.http.EntityTag;
import io.holdfast.resource.FeedPosition;
import io.holdfast.resource.News;
import java.util.Optional;
import org.apache.pekko.util.ByteString;

/**
 * What happened as text (WHATWG HTML, section 9.2), made once for all who watch a collection and
 * are told the same one after the other. Of the feed's thread.
 */
final class EventText {
  private record Made(News news, ByteString text) {}

  private Optional<Made> last = Optional.empty();

  /**
   * Only the last event has the new position: who loses the connection in between gets some again
   * and misses none.
   */
  ByteString of(News news) {
    if (last.isEmpty() || last.get().news() != news) {
      last = Optional.of(new Made(news, ByteString.fromString(text(news))));
    }
    return last.get().text();
  }

  private static String text(News news) {
    var before = news.before().text();
    var after = news.after().text();
    var changes = news.changes();
    var text = new StringBuilder();
    for (int i = 0; i < changes.size(); i++) {
      var change = changes.get(i);
      text.append("event: ")
          .append(change.deleted() ? "delete" : "change")
          .append("\nid: ")
          .append(i == changes.size() - 1 ? after : before)
          .append("\ndata: {\"id\":\"")
          .append(change.id())
          .append("\",\"etag\":\"")
          .append(EntityTag.strong(change.etag()).toString().replace("\"", "\\\""))
          .append("\"}\n\n");
    }
    return text.toString();
  }

  /** A comment, and an id without data, which is no event but is remembered by the client. */
  static ByteString beat(FeedPosition position) {
    return ByteString.fromString(": \nid: " + position.text() + "\n\n");
  }
}
