package io.holdfast.upstream;

import io.holdfast.resilience.Breaker;
import io.holdfast.resilience.Breaker.Admission;
import io.holdfast.resilience.Breaker.Forced;
import io.holdfast.resilience.BreakerSettings;
import io.holdfast.resilience.BreakerState;
import io.holdfast.resilience.Ejection;
import io.holdfast.resilience.Gate;
import io.holdfast.resilience.Reason;
import io.holdfast.resilience.Row;
import io.holdfast.resilience.SlidingWindow;
import io.holdfast.resilience.Streak;
import io.holdfast.resilience.Tally;
import io.holdfast.upstream.ServiceReport.CircuitReport;
import io.holdfast.upstream.ServiceReport.Probe;
import io.holdfast.upstream.ServiceVerdict.CircuitVerdict;
import io.holdfast.upstream.ServiceVerdict.Standing;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * The breakers before a service, or before one of its instances. One is common to all nodes: the
 * steward judges from what everybody has counted, and the others follow its verdict. The other one
 * is this node's own, for trouble that it alone has. A node that knows of no other is the steward.
 *
 * <p>Pure but for what it remembers; one thread at a time. Times are those of {@link
 * System#nanoTime}.
 */
final class Circuit {
  /** For so long each node in turn may make the one call that tries out what is open. */
  private static final Duration TURN = Duration.ofMillis(200);

  /** A little less, for the word travels. */
  private static final Duration GRANTED_FOR = Duration.ofMillis(150);

  /** A verdict "open" lasts until the next one. */
  private static final Duration UNTIL_TOLD = Duration.ofHours(1);

  private BreakerSettings settings;
  private int observersMin;
  private SlidingWindow window;
  private int era; // rises whenever what was counted is forgotten
  private final Gate.Ejecting ejecting;
  private Streak streak;
  private Gate common = Gate.open();
  private Gate own = Gate.open();
  private boolean judges = true;
  private long epoch;
  private List<CircuitReport> others = List.of();
  private Neighbours neighbours = Neighbours.ALONE;
  private boolean due; // as the steward says: some node may try it out
  private long dueSince;
  private boolean granted;
  private long grantedUntil;
  private Probe probe = Probe.NONE;
  private Optional<CircuitVerdict> told = Optional.empty();

  /**
   * The nodes that are reached.
   *
   * @param all in an order that all agree on, this one included
   */
  record Neighbours(String self, List<String> all) {
    static final Neighbours ALONE = new Neighbours("", List.of(""));

    /** Who is next to try, beginning with this node. */
    String inTurn(long turn) {
      int first = Math.max(0, all.indexOf(self));
      return all.get((int) Math.floorMod(first + turn, (long) all.size()));
    }
  }

  /** Before a service. */
  Circuit(BreakerSettings settings, int observersMin, long nowNanos) {
    this(settings, observersMin, Gate.Ejecting.NEVER, nowNanos);
  }

  /** Before an instance, which may be left out as an outlier. */
  Circuit(BreakerSettings settings, int observersMin, Gate.Ejecting ejecting, long nowNanos) {
    this.settings = settings;
    this.ejecting = ejecting;
    this.streak = Streak.begin(nowNanos);
    this.observersMin = observersMin;
    this.window = new SlidingWindow(settings.window(), nowNanos);
  }

  /** Other settings from now on. Another window begins empty. */
  void follow(BreakerSettings next, int observers, long nowNanos) {
    if (!next.window().equals(settings.window())) {
      window = new SlidingWindow(next.window(), nowNanos);
      era++;
    }
    settings = next;
    observersMin = observers;
  }

  /** Calls that began in another one belong to what was forgotten. */
  int era() {
    return era;
  }

  private void forget(long nowNanos) {
    window.clear();
    streak = Streak.begin(nowNanos);
    era++;
  }

  // ---- calls ----

  /** What is closed to all is tried out by one node at a time, whose turn the steward tells. */
  Admission admits(double chance, long nowNanos) {
    var all = common.breaker().admits(chance, nowNanos);
    if (all == Admission.PROBE) {
      return judges && prober(nowNanos).equals(neighbours.self()) ? all : Admission.REFUSE;
    }
    if (all == Admission.REFUSE && isGranted(nowNanos)) {
      return Admission.PROBE;
    }
    return all == Admission.ADMIT ? own.breaker().admits(chance, nowNanos) : all;
  }

  private boolean isGranted(long nowNanos) {
    return !judges
        && granted
        && nowNanos - grantedUntil < 0
        && common.breaker().forced() == Forced.AUTO;
  }

  /** At the steward: whose turn it is; nobody's as long as it is open, or tried out already. */
  private String prober(long nowNanos) {
    return common.state() instanceof BreakerState.Open open && nowNanos - open.untilNanos() >= 0
        ? neighbours.inTurn((nowNanos - open.untilNanos()) / TURN.toNanos())
        : "";
  }

  /** Whether it could have been tried out so long already, had there been a call for that. */
  boolean isDueFor(Duration time, long nowNanos) {
    var shown = shown().state();
    return judges || own.breaker().isOpen()
        ? !(shown instanceof BreakerState.Open open)
            || nowNanos - open.untilNanos() >= time.toNanos()
        : due && nowNanos - dueSince >= time.toNanos();
  }

  boolean isOpen() {
    return common.breaker().isOpen() || own.breaker().isOpen();
  }

  /** Whether the instance is left out as an outlier, not because its breaker is open. */
  boolean isEjected() {
    return common.isEjected() || own.isEjected();
  }

  boolean isEjectedHereOnly() {
    return own.isEjected() && !common.breaker().isOpen();
  }

  /** What this node alone has decided is no more. */
  void forgiveOwn() {
    own = Gate.open();
  }

  /** The call that was told {@link Admission#PROBE} is made. */
  void probing(long nowNanos) {
    if (!common.breaker().isOpen()) {
      own = own.with(own.breaker().probing(nowNanos));
    } else if (judges) {
      common = common.with(common.breaker().probing(nowNanos));
    } else {
      granted = false;
      probe = Probe.UNDER_WAY;
    }
  }

  /** A probe has ended: of this, or of something else of the same service. */
  void probed(boolean succeeded, long nowNanos) {
    if (!isProbed()) {
      return;
    }
    if (probe == Probe.UNDER_WAY) {
      probe = succeeded ? Probe.SUCCEEDED : Probe.FAILED;
    }
    if (judges) {
      commonProbed(succeeded, nowNanos);
    }
    own = own.probed(succeeded, settings, ejecting, nowNanos);
    if (succeeded) {
      forget(nowNanos);
    }
  }

  private boolean isProbed() {
    return probe == Probe.UNDER_WAY
        || own.state() instanceof BreakerState.HalfOpen
        || judges && common.state() instanceof BreakerState.HalfOpen;
  }

  private void commonProbed(boolean succeeded, long nowNanos) {
    if (common.state() instanceof BreakerState.HalfOpen) {
      common = common.probed(succeeded, settings, ejecting, nowNanos);
      if (succeeded) {
        forget(nowNanos);
        epoch++;
      }
    }
  }

  void becameSlow(long nowNanos) {
    window.becameSlow(nowNanos);
    judge(nowNanos);
  }

  /** A call that began then has waited so long that it is not expected to be answered any more. */
  void waited(long begunNanos) {
    streak = streak.waited(begunNanos);
  }

  void ended(boolean failed, boolean slow, long nowNanos) {
    window.ended(failed, slow, nowNanos);
    if (failed) {
      streak = streak.failed();
    } else {
      streak = Streak.begin(nowNanos);
      common = common.answered(nowNanos);
      own = own.answered(nowNanos);
    }
    judge(nowNanos);
  }

  Tally tally(long nowNanos) {
    return window.tally(nowNanos);
  }

  private void judge(long nowNanos) {
    var mine = window.tally(nowNanos);
    var row = row(nowNanos);
    if (judges) {
      int live = neighbours.all().size();
      var together = Row.merged(rows(row), Merged.enough(observersMin, live));
      var sum = Merged.of(tallies(mine), settings).counted(observersMin, live);
      common = common.counted(sum, together, settings, ejecting, nowNanos);
    }
    boolean commonDecides = !(common.state() instanceof BreakerState.Closed);
    own =
        commonDecides
            ? own.with(Breaker.closed())
            : own.counted(mine, row, settings, ejecting, nowNanos);
  }

  private Row row(long nowNanos) {
    return streak.row(settings.slowCall(), nowNanos);
  }

  private List<Tally> tallies(Tally mine) {
    return ofAll(mine, CircuitReport::tally);
  }

  private List<Row> rows(Row mine) {
    return ofAll(mine, CircuitReport::row);
  }

  private <T> List<T> ofAll(T mine, Function<CircuitReport, T> what) {
    var all = new ArrayList<T>(others.size() + 1);
    all.add(mine);
    for (var other : others) {
      if (other.epoch() == epoch) {
        all.add(what.apply(other));
      }
    }
    return all;
  }

  // ---- the cluster ----

  /** For the others. What became of a probe is told once. */
  CircuitReport report(long nowNanos) {
    var told = probe;
    if (probe != Probe.UNDER_WAY) {
      probe = Probe.NONE;
    }
    return new CircuitReport(epoch, window.tally(nowNanos), row(nowNanos), told);
  }

  /** What the others have counted, and found out. */
  void heard(List<CircuitReport> reports, Neighbours nodes, long nowNanos) {
    others = reports;
    neighbours = nodes;
    if (judges) {
      reports.forEach(report -> heardOfProbe(report, nowNanos));
    }
    judge(nowNanos);
  }

  /**
   * A word may be heard more than once. Who has tried out the service has tried out an instance
   * too, perhaps before its time: a success counts all the same, in the epoch that it ends.
   */
  private void heardOfProbe(CircuitReport report, long nowNanos) {
    var word = report.probe();
    if (word != Probe.NONE && common.state() instanceof BreakerState.Open open) {
      boolean isDue = nowNanos - open.untilNanos() >= 0;
      boolean isNews = word == Probe.SUCCEEDED && report.epoch() == epoch;
      common = isDue || isNews ? common.with(common.breaker().probing(nowNanos)) : common;
    }
    if (word == Probe.SUCCEEDED || word == Probe.FAILED) {
      commonProbed(word == Probe.SUCCEEDED, nowNanos);
    }
  }

  /** This node is the steward now, or no more. What was open is tried out at once. */
  void judges(boolean steward, long nowNanos) {
    if (steward
        && !judges
        && common.breaker().isOpen()
        && common.breaker().forced() == Forced.AUTO) {
      var open = new BreakerState.Open(nowNanos, common.state().reason());
      common = common.with(new Breaker(open, Math.max(1, opened()), Forced.AUTO));
    }
    judges = steward;
  }

  /** As the steward sees it, for the others. */
  CircuitVerdict verdict(long nowNanos) {
    var verdict = seen(nowNanos);
    told = Optional.of(verdict);
    return verdict;
  }

  /** Whether the others should hear of it at once: what became of a probe, or another verdict. */
  boolean hasNews(long nowNanos) {
    boolean isClimbed =
        common.state() instanceof BreakerState.Ramp ramp && ramp.isClimbed(nowNanos);
    return probe.hasEnded() || judges && (isClimbed || !told.equals(Optional.of(seen(nowNanos))));
  }

  private CircuitVerdict seen(long nowNanos) {
    var state = common.state();
    var standing =
        state instanceof BreakerState.Closed
            ? Standing.CLOSED
            : state instanceof BreakerState.Ramp ? Standing.RAMP : Standing.OPEN;
    return new CircuitVerdict(
        epoch, standing, state.reason(), prober(nowNanos), common.ejection().times());
  }

  /** The steward's word. An operator's goes before it. */
  void ruled(CircuitVerdict verdict, long nowNanos) {
    if (verdict.epoch() != epoch) {
      epoch = verdict.epoch();
      forget(nowNanos);
    }
    if (judges) {
      return;
    }
    var prober = verdict.prober();
    dueSince = due ? dueSince : nowNanos;
    due = !prober.isEmpty();
    grant(!prober.isEmpty() && prober.equals(neighbours.self()), nowNanos);
    if (verdict.standing() == seen(nowNanos).standing()) {
      return;
    }
    var state =
        switch (verdict.standing()) {
          case CLOSED -> Breaker.closed().state();
          case OPEN -> new BreakerState.Open(nowNanos + UNTIL_TOLD.toNanos(), verdict.reason());
          case RAMP -> new BreakerState.Ramp(nowNanos, settings.ramp(), verdict.reason());
        };
    var ejection = new Ejection(verdict.ejections(), nowNanos);
    common = new Gate(new Breaker(state, opened(), common.breaker().forced()), ejection);
    own = own.with(Breaker.closed());
  }

  /** Once in a turn, however often that is told. */
  private void grant(boolean mine, long nowNanos) {
    if (mine && !granted && probe == Probe.NONE) {
      granted = true;
      grantedUntil = nowNanos + GRANTED_FOR.toNanos();
    } else if (!mine) {
      granted = false;
    }
  }

  /** Nothing is heard of a steward: from now on only what this node sees counts. */
  void isAlone(long nowNanos) {
    ruled(new CircuitVerdict(epoch, Standing.CLOSED, Reason.NONE, "", 0), nowNanos);
  }

  private int opened() {
    return common.breaker().opened();
  }

  /** An operator's word, on each node. */
  void force(Forced word, long nowNanos) {
    common = common.with(common.breaker().force(word));
    if (word == Forced.AUTO) {
      own = own.with(Breaker.closed());
      forget(nowNanos);
    }
  }

  // ---- what operators see ----

  String word() {
    if (common.breaker().forced() != Forced.AUTO) {
      return common.breaker().forced() == Forced.OPEN ? "forced-open" : "forced-closed";
    }
    return shown().state().word();
  }

  Reason reason() {
    return shown().state().reason();
  }

  /** How often in a row the instance was left out, as far as this node has decided it. */
  int ejections() {
    return Math.max(common.ejection().times(), own.ejection().times());
  }

  private Gate shown() {
    return own.breaker().isOpen() ? own : common;
  }
}
