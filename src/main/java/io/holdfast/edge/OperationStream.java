package io.holdfast.edge;

import io.holdfast.operation.Operation;
import io.holdfast.operation.Operations;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.pekko.NotUsed;
import org.apache.pekko.stream.BoundedSourceQueue;
import org.apache.pekko.stream.Materializer;
import org.apache.pekko.stream.javadsl.Source;
import org.apache.pekko.util.ByteString;

/**
 * One client's events of one operation on their way (WHATWG HTML, section 9.2): each is the whole
 * operation, and the last one is final. A client that does not take them in time gets the end of
 * its stream, and comes again with the last id that it has seen.
 */
final class OperationStream {
  /** Each of them a target and an error at most. */
  static final int EVENTS_WAITING_MAX = 32;

  private static final Duration BEAT = Duration.ofSeconds(15);
  private static final ByteString NOTHING_NEW = ByteString.fromString(": \n\n");

  private final Operations operations;
  private final Duration beat;
  private final Runnable over;
  private final BoundedSourceQueue<ByteString> queue;
  private final Source<ByteString, NotUsed> content;
  private final AtomicBoolean isOver = new AtomicBoolean();
  private final AtomicReference<CompletableFuture<?>> waiting =
      new AtomicReference<>(new CompletableFuture<>());

  /**
   * A stream without events so far.
   *
   * @param over run once, when nobody reads it any more
   */
  OperationStream(Operations operations, Materializer materializer, Runnable over) {
    this(operations, materializer, BEAT, over);
  }

  OperationStream(Operations operations, Materializer materializer, Duration beat, Runnable over) {
    this.operations = operations;
    this.beat = beat;
    this.over = over;
    var made = Source.<ByteString>queue(EVENTS_WAITING_MAX).preMaterialize(materializer);
    this.queue = made.first();
    this.content =
        made.second()
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

  /**
   * @param isNews its client has not seen that
   */
  void begin(Operation now, boolean isNews) {
    if (isNews) {
      tell(now);
    } else {
      await(now);
    }
  }

  private void tell(Operation now) {
    if (!offer(event(now)) || now.state().isFinal()) {
      queue.complete();
    } else {
      await(now);
    }
  }

  private void await(Operation known) {
    var change = operations.after(known.id(), known.version(), beat);
    waiting.set(change);
    if (isOver.get()) {
      change.cancel(false);
    }
    change.whenComplete((next, failure) -> awaited(known, next, failure));
  }

  private void awaited(Operation known, Optional<Operation> next, Throwable failure) {
    if (failure != null) { // nobody reads any more
      queue.complete();
    } else if (next.isPresent()) {
      tell(next.get());
    } else if (operations.isLeaving() || !offer(NOTHING_NEW)) {
      queue.complete();
    } else {
      await(known);
    }
  }

  private boolean offer(ByteString bytes) {
    return queue.offer(bytes).isEnqueued();
  }

  private void over() {
    if (isOver.compareAndSet(false, true)) {
      waiting.get().cancel(false);
      over.run();
    }
  }

  private static ByteString event(Operation now) {
    return ByteString.fromString(
        "event: state\nid: %d\ndata: %s\n\n".formatted(now.version(), OperationJson.of(now)));
  }
}
