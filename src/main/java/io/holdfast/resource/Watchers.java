package io.holdfast.resource;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.pekko.actor.typed.ActorRef;

/** Who waits for a document to change. Of one actor; how many there can be is the edge's limit. */
final class Watchers {
  private record Who(ActorRef<Document.Reply> replyTo, long exchange) {}

  private record Waiting(Document.Watch watch, long untilNanos) {}

  private final Map<Who, Waiting> waiting = new HashMap<>();

  void add(Document.Watch watch) {
    long now = System.nanoTime();
    waiting.values().removeIf(it -> it.untilNanos() - now < 0);
    waiting.put(
        new Who(watch.replyTo(), watch.exchange()),
        new Waiting(watch, now + watch.millis() * 1_000_000));
  }

  /** Those to whom a version is news; they do not wait any more. */
  List<Document.Watch> take(DocumentVersion version) {
    if (waiting.isEmpty()) {
      return List.of();
    }
    var news = new ArrayList<Document.Watch>();
    waiting
        .values()
        .removeIf(
            it -> {
              boolean isNews = !it.watch().known().equals(version);
              if (isNews) {
                news.add(it.watch());
              }
              return isNews;
            });
    return news;
  }
}
