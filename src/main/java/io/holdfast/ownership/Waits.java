package io.holdfast.ownership;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/**
 * The waits for predecessors that may still answer as current. Each ends with the guard's time, or
 * some milliseconds after the predecessor was heard to have fallen silent. One thread at a time
 * begins and ends them.
 */
final class Waits {
  private final Duration guardTtl;
  private final ScheduledExecutorService timer;
  private final List<Wait> open = new ArrayList<>();

  private record Wait(long incarnation, Runnable end, ScheduledFuture<?> atItsTime) {}

  /**
   * @param timer runs the ends, each once or, when its wait was cut short just as its time came,
   *     twice
   */
  Waits(Duration guardTtl, ScheduledExecutorService timer) {
    this.guardTtl = guardTtl;
    this.timer = timer;
  }

  /** Begins a wait: {@code end} runs when nobody can answer for a predecessor any more. */
  void begin(TakeOver takeOver, Runnable end) {
    var atItsTime = endAfter(takeOver.wait(guardTtl), end);
    if (takeOver.isUnsettled() && takeOver.awaited().isPresent()) {
      open.add(new Wait(takeOver.awaited().getAsLong(), end, atItsTime));
    }
  }

  private ScheduledFuture<?> endAfter(Duration time, Runnable end) {
    return timer.schedule(end, time.toNanos(), TimeUnit.NANOSECONDS);
  }

  /** Who is waited for. */
  Set<Long> awaited() {
    open.removeIf(wait -> wait.atItsTime().isDone());
    return open.stream().map(Wait::incarnation).collect(Collectors.toSet());
  }

  /** These answer no more: only what they vouched for just before is still given by others. */
  void end(Set<Long> silent) {
    open.removeIf(wait -> silent.contains(wait.incarnation()) && endSoon(wait));
  }

  private boolean endSoon(Wait wait) {
    wait.atItsTime().cancel(false);
    endAfter(TakeOver.VOUCHED_MAX, wait.end());
    return true;
  }
}
