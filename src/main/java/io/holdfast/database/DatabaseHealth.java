package io.holdfast.database;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether the database answers. Every use reports here; while it is away nobody sends it a write.
 * Readable from any thread.
 */
public final class DatabaseHealth {
  private static final Logger log = LoggerFactory.getLogger(DatabaseHealth.class);
  private static final State UP = new Up();

  private final AtomicReference<State> state = new AtomicReference<>(UP);
  private volatile long answeredNanos = System.nanoTime();
  private final List<Listener> listeners = new CopyOnWriteArrayList<>();

  /** Up, or away since when. */
  public sealed interface State {}

  /** It answered last time. */
  public record Up() implements State {}

  /**
   * It did not answer last time.
   *
   * @param sinceNanos on the monotonic clock ({@link System#nanoTime()})
   */
  public record Away(long sinceNanos, String reason) implements State {}

  /** Told of each change, on the thread that noticed it: must not block. */
  @FunctionalInterface
  public interface Listener {
    void changed(State now);
  }

  public State state() {
    return state.get();
  }

  public boolean isAway() {
    return state.get() instanceof Away;
  }

  public void listen(Listener listener) {
    listeners.add(listener);
  }

  /** An answer came. */
  void succeeded() {
    answeredNanos = System.nanoTime();
    if (state.get() instanceof Away away && state.compareAndSet(away, UP)) {
      log.info("The database answers again, after {} ms", millisSince(away.sinceNanos()));
      listeners.forEach(listener -> listener.changed(UP));
    }
  }

  /** Whether an answer, to whatever question, has come within this time. */
  boolean hasAnsweredWithin(Duration time) {
    return System.nanoTime() - answeredNanos <= time.toNanos();
  }

  /** No answer came. */
  void failed(Exception failure) {
    var away = new Away(System.nanoTime(), String.valueOf(failure.getMessage()));
    if (state.compareAndSet(UP, away)) {
      log.warn("The database does not answer: {}", away.reason());
      listeners.forEach(listener -> listener.changed(away));
    }
  }

  private static long millisSince(long nanos) {
    return (System.nanoTime() - nanos) / 1_000_000;
  }
}
