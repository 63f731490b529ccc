package io.holdfast.resilience;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * Keeps the calls to a service within a limit, and a short queue of those that wait for room: by
 * priority, and within one in the order in which they came. One thread at a time; times are those
 * of {@link System#nanoTime}.
 *
 * @param <W> who waits
 */
public final class Bulkhead<W> {
  private int queueMax;
  private final Map<Priority, Deque<Waiting<W>>> queues = new EnumMap<>(Priority.class);
  private int permits;
  private int inFlight;
  private int waiting;

  private record Waiting<W>(W who, long untilNanos) {}

  /** What becomes of a call. */
  public sealed interface Entry<W> {
    /** It may be made now: {@link #leave} when it has ended. */
    record Admitted<W>() implements Entry<W> {}

    /**
     * It waits.
     *
     * @param shed who had to make room for it, being of a lower priority
     */
    record Queued<W>(Optional<W> shed) implements Entry<W> {}

    /** There is no room, nor anybody less important who could make some. */
    record Shed<W>() implements Entry<W> {}
  }

  public Bulkhead(int permits, int queueMax) {
    this.permits = permits;
    this.queueMax = queueMax;
    for (var priority : Priority.values()) {
      queues.put(priority, new ArrayDeque<>());
    }
  }

  public int inFlight() {
    return inFlight;
  }

  public int waiting() {
    return waiting;
  }

  public int permits() {
    return permits;
  }

  /** One wants to make a call, and would wait until a time. */
  public Entry<W> enter(W who, Priority priority, long untilNanos) {
    if (inFlight < permits && waiting == 0) {
      inFlight++;
      return new Entry.Admitted<>();
    }
    Optional<W> room = Optional.empty();
    if (waiting >= queueMax) {
      room = lessImportantThan(priority);
      if (room.isEmpty()) {
        return new Entry.Shed<>();
      }
    }
    queues.get(priority).add(new Waiting<>(who, untilNanos));
    waiting++;
    return new Entry.Queued<>(room);
  }

  /** The one that came last of the least important makes room. */
  private Optional<W> lessImportantThan(Priority priority) {
    for (int i = Priority.values().length - 1; i >= 0; i--) {
      var other = Priority.values()[i];
      var queue = queues.get(other);
      if (priority.isBefore(other) && !queue.isEmpty()) {
        waiting--;
        return Optional.of(queue.removeLast().who());
      }
    }
    return Optional.empty();
  }

  /** A call has ended. Say {@link #admit} next. */
  public void leave() {
    inFlight--;
  }

  /** Another bound of the queue; who waits already goes on waiting. */
  public void queue(int max) {
    queueMax = max;
  }

  /** Another limit. Say {@link #admit} next. */
  public void limit(int permits) {
    this.permits = permits;
  }

  /** Whose turn it is now; they are in flight from here on. */
  public List<W> admit() {
    if (waiting == 0 || inFlight >= permits) {
      return List.of();
    }
    var admitted = new ArrayList<W>();
    for (var queue : queues.values()) {
      while (inFlight < permits && !queue.isEmpty()) {
        admitted.add(queue.remove().who());
        inFlight++;
        waiting--;
      }
    }
    return admitted;
  }

  /** Who has waited long enough for nothing. */
  public List<W> expired(long nowNanos) {
    return remove(it -> nowNanos - it.untilNanos() >= 0);
  }

  /** One waits no more. */
  public void withdraw(W who) {
    remove(it -> it.who().equals(who));
  }

  private List<W> remove(Predicate<Waiting<W>> which) {
    if (waiting == 0) {
      return List.of();
    }
    var removed = new ArrayList<W>();
    for (var queue : queues.values()) {
      queue.removeIf(it -> which.test(it) && removed.add(it.who()));
    }
    waiting -= removed.size();
    return removed;
  }
}
