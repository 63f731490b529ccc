package io.holdfast.upstream;

import io.holdfast.resilience.Breaker;
import io.holdfast.resilience.Breaker.Admission;
import io.holdfast.resilience.Breaker.Forced;
import io.holdfast.resilience.BreakerSettings;
import io.holdfast.resilience.BreakerState;
import io.holdfast.resilience.Reason;
import io.holdfast.resilience.SlidingWindow;
import io.holdfast.resilience.Tally;
import io.holdfast.upstream.ServiceReport.CircuitReport;
import io.holdfast.upstream.ServiceVerdict.CircuitVerdict;
import io.holdfast.upstream.ServiceVerdict.Standing;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * The breakers before a service, or before one of its instances. One is common to all nodes: the
 * steward judges from what everybody has counted, and the others follow its verdict. The other one
 * is this node's own, for trouble that it alone has. A node that knows of no other is the steward.
 *
 * <p>Pure but for what it remembers; one thread at a time. Times are those of {@link
 * System#nanoTime}.
 */
final class Circuit {
  /** A verdict "open" lasts until the next one. */
  private static final Duration UNTIL_TOLD = Duration.ofHours(1);

  private final BreakerSettings settings;
  private final int observersMin;
  private final SlidingWindow window;
  private Breaker common = Breaker.closed();
  private Breaker own = Breaker.closed();
  private boolean judges = true;
  private long epoch;
  private List<CircuitReport> others = List.of();
  private int live = 1;

  Circuit(BreakerSettings settings, int observersMin, long nowNanos) {
    this.settings = settings;
    this.observersMin = observersMin;
    this.window = new SlidingWindow(settings.window(), nowNanos);
  }

  // ---- calls ----

  /** Only the steward tries out a service that is closed to all. */
  Admission admits(double chance, long nowNanos) {
    var all = common.admits(chance, nowNanos);
    if (all == Admission.PROBE && !judges) {
      return Admission.REFUSE;
    }
    return all == Admission.ADMIT ? own.admits(chance, nowNanos) : all;
  }

  boolean isOpen() {
    return common.isOpen() || own.isOpen();
  }

  /** The call that was told {@link Admission#PROBE} is made. */
  void probing(long nowNanos) {
    if (common.isOpen()) {
      common = common.probing(nowNanos);
    } else {
      own = own.probing(nowNanos);
    }
  }

  void probed(boolean succeeded, long nowNanos) {
    boolean isCommon = common.state() instanceof BreakerState.HalfOpen;
    common = common.probed(succeeded, settings, nowNanos);
    own = own.probed(succeeded, settings, nowNanos);
    if (succeeded) {
      window.clear();
      epoch += isCommon ? 1 : 0;
    }
  }

  void becameSlow(long nowNanos) {
    window.becameSlow(nowNanos);
    judge(nowNanos);
  }

  void ended(boolean failed, boolean slow, long nowNanos) {
    window.ended(failed, slow, nowNanos);
    judge(nowNanos);
  }

  Tally tally(long nowNanos) {
    return window.tally(nowNanos);
  }

  private void judge(long nowNanos) {
    var mine = window.tally(nowNanos);
    if (judges) {
      var merged = Merged.of(all(mine), settings);
      common = common.counted(merged.counted(observersMin, live), settings, nowNanos);
    }
    boolean commonDecides = !common.state().equals(Breaker.closed().state());
    own = commonDecides ? Breaker.closed() : own.counted(mine, settings, nowNanos);
  }

  private List<Tally> all(Tally mine) {
    var tallies = new ArrayList<Tally>(others.size() + 1);
    tallies.add(mine);
    for (var other : others) {
      if (other.epoch() == epoch) {
        tallies.add(other.tally());
      }
    }
    return tallies;
  }

  // ---- the cluster ----

  CircuitReport report(long nowNanos) {
    return new CircuitReport(epoch, window.tally(nowNanos));
  }

  /**
   * What the others have counted.
   *
   * @param nodes how many nodes there are, this one included
   */
  void heard(List<CircuitReport> reports, int nodes, long nowNanos) {
    others = reports;
    live = nodes;
    judge(nowNanos);
  }

  /** This node is the steward now, or no more. What was open is tried out at once. */
  void judges(boolean steward, long nowNanos) {
    if (steward && !judges && common.isOpen() && common.forced() == Forced.AUTO) {
      var open = new BreakerState.Open(nowNanos, common.state().reason());
      common = new Breaker(open, Math.max(1, common.opened()), Forced.AUTO);
    }
    judges = steward;
  }

  /** As the steward sees it. */
  CircuitVerdict verdict() {
    var state = common.state();
    var standing =
        state instanceof BreakerState.Closed
            ? Standing.CLOSED
            : state instanceof BreakerState.Ramp ? Standing.RAMP : Standing.OPEN;
    return new CircuitVerdict(epoch, standing, state.reason());
  }

  /** The steward's word. An operator's goes before it. */
  void ruled(CircuitVerdict verdict, long nowNanos) {
    if (verdict.epoch() != epoch) {
      epoch = verdict.epoch();
      window.clear();
    }
    if (judges || verdict.standing() == verdict().standing()) {
      return;
    }
    var state =
        switch (verdict.standing()) {
          case CLOSED -> Breaker.closed().state();
          case OPEN -> new BreakerState.Open(nowNanos + UNTIL_TOLD.toNanos(), verdict.reason());
          case RAMP -> new BreakerState.Ramp(nowNanos, verdict.reason());
        };
    common = new Breaker(state, common.opened(), common.forced());
    own = Breaker.closed();
  }

  /** Nothing is heard of a steward: from now on only what this node sees counts. */
  void isAlone(long nowNanos) {
    ruled(new CircuitVerdict(epoch, Standing.CLOSED, Reason.NONE), nowNanos);
  }

  /** An operator's word, on each node. */
  void force(Forced word) {
    common = common.force(word);
    if (word == Forced.AUTO) {
      own = Breaker.closed();
      window.clear();
    }
  }

  // ---- what operators see ----

  String word() {
    if (common.forced() != Forced.AUTO) {
      return common.forced() == Forced.OPEN ? "forced-open" : "forced-closed";
    }
    return shown().state().word();
  }

  Reason reason() {
    return shown().state().reason();
  }

  private Breaker shown() {
    return own.isOpen() ? own : common;
  }
}
