package io.holdfast.edge;

import io.holdfast.resource.ChangeFeed;
import io.holdfast.resource.FeedPosition;
import io.holdfast.resource.News;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.pekko.NotUsed;
import org.apache.pekko.stream.BoundedSourceQueue;
import org.apache.pekko.stream.Materializer;
import org.apache.pekko.stream.javadsl.Source;
import org.apache.pekko.util.ByteString;

/**
 * One client's events on their way. A client that does not take them in time gets the end of its
 * stream, and comes again with the last id that it has seen.
 */
final class EventStream implements ChangeFeed.Watcher {
  /**
   * That a client has not taken yet. All who watch a collection wait for the end of the same text,
   * so that much for each collection is what slow clients cost, however many they are.
   */
  static final long WAITING_BYTES_MAX = 4 * 1024 * 1024;

  /** Beyond it, what the client missed before waits where it was read. */
  private static final long ROOM_BYTES = 256 * 1024;

  private static final int PORTIONS_MAX = 1024;

  private final EventText text;
  private final Runnable tooSlow;
  private final Runnable over;
  private final BoundedSourceQueue<ByteString> queue;
  private final Source<ByteString, NotUsed> content;
  private final AtomicLong waitingBytes = new AtomicLong();
  private final AtomicReference<Runnable> close = new AtomicReference<>(() -> {});
  private final AtomicBoolean isOver = new AtomicBoolean();

  /**
   * A stream without events so far.
   *
   * @param tooSlow run when more waits for its client than may
   * @param over run once, when nobody reads it any more
   */
  EventStream(EventText text, Materializer materializer, Runnable tooSlow, Runnable over) {
    this.text = text;
    this.tooSlow = tooSlow;
    this.over = over;
    var made = Source.<ByteString>queue(PORTIONS_MAX).preMaterialize(materializer);
    this.queue = made.first();
    this.content =
        made.second()
            .map(this::taken)
            .watchTermination(
                (ignored, done) -> {
                  done.whenComplete((ended, cause) -> over());
                  return ignored;
                });
  }

  /** The bytes; they have to be read, or cancelled. */
  Source<ByteString, NotUsed> content() {
    return content;
  }

  /** The feed tells this stream what happens, until it is over. */
  void begun(ChangeFeed.Watch.Begun watch) {
    close.set(watch.close());
    if (isOver.get()) {
      watch.close().run();
    }
  }

  /** Nobody reads it, or ever will. */
  void over() {
    if (isOver.compareAndSet(false, true)) {
      close.get().run();
      over.run();
      queue.complete();
    }
  }

  private ByteString taken(ByteString bytes) {
    waitingBytes.addAndGet(-bytes.size());
    return bytes;
  }

  @Override
  public void changed(News news) {
    offer(text.of(news));
  }

  @Override
  public boolean hasRoom() {
    return waitingBytes.get() < ROOM_BYTES;
  }

  @Override
  public void beat(FeedPosition position) {
    offer(EventText.beat(position));
  }

  @Override
  public void ended() {
    queue.complete();
  }

  private void offer(ByteString bytes) {
    boolean fits = waitingBytes.addAndGet(bytes.size()) <= WAITING_BYTES_MAX;
    if (!fits || !queue.offer(bytes).isEnqueued()) {
      if (!isOver.get()) {
        tooSlow.run();
      }
      close.get().run();
      queue.complete();
    }
  }
}
