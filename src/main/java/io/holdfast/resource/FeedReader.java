package io.holdfast.resource;

import io.holdfast.resource.ChangeFeed.Watch;
import io.holdfast.resource.ChangeFeed.Watcher;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One who watches a collection. Of the feed's thread; it can leave on any. */
final class FeedReader {
  private static final Logger log = LoggerFactory.getLogger(FeedReader.class);

  private final String collection;
  private final Optional<FeedPosition> since;
  private final Watcher watcher;
  private final CompletableFuture<Watch> watch = new CompletableFuture<>();
  private boolean begun;
  private volatile boolean left;

  FeedReader(String collection, Optional<FeedPosition> since, Watcher watcher) {
    this.collection = collection;
    this.since = since;
    this.watcher = watcher;
  }

  String collection() {
    return collection;
  }

  Optional<FeedPosition> since() {
    return since;
  }

  /** What became of the wish to watch. Whoever completes it does not wait any more. */
  CompletableFuture<Watch> watch() {
    return watch;
  }

  /** Whether there is nobody to tell anything. */
  boolean isGone() {
    return left || !begun && watch.isDone();
  }

  /** Says that changes come from now on, if that was not said before. */
  void begin() {
    begun |= watch.complete(new Watch.Begun(() -> left = true));
  }

  /** Says that no more changes come; if none has come yet, why. */
  void end(Watch instead) {
    if (!watch.complete(instead)) {
      tell(Watcher::ended);
    }
    left = true;
  }

  /** Says that the database does not answer. */
  void fail(Throwable failure) {
    if (!watch.completeExceptionally(failure)) {
      tell(Watcher::ended);
    }
    left = true;
  }

  boolean hasRoom() {
    return !isGone() && watcher.hasRoom();
  }

  /** Whoever cannot be told anything ends, and disturbs no other. */
  void tell(Consumer<Watcher> news) {
    if (isGone()) {
      return;
    }
    try {
      news.accept(watcher);
    } catch (RuntimeException e) {
      log.error("A reader of {} was not told what is new", collection, e);
      left = true;
      watcher.ended();
    }
  }
}
