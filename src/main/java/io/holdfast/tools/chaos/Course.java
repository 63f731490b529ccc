package io.holdfast.tools.chaos;

import io.holdfast.tools.chaos.Expectations.Away;
import io.holdfast.tools.chaos.Expectations.Period;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What happened when in one run, and what follows from that for its answers.
 *
 * @param begin of the measured load
 * @param whole from then on all nodes were up and had their share again; empty if they had not when
 *     the load ended
 * @param end of the measured load
 */
record Course(
    Fault fault,
    long begin,
    FaultPlay.Harm harm,
    FaultPlay.Mended mended,
    OptionalLong whole,
    long end) {
  private static final double FLOOR = 0.999;

  /** Something moves yet when all nodes have about their share. */
  private static final double SETTLING_SECONDS = 10;

  Recovery.Moments moments() {
    boolean none = fault == Fault.NONE;
    return new Recovery.Moments(
        none ? end : harm.from(),
        none ? end : fault.stopsDatabase() ? mended.back() : harm.done(),
        Math.min(mended.restart(), end));
  }

  Expectations expectations(Recovery recovery) {
    return new Expectations(quiet(recovery), away(), FLOOR, fault.recoverySecondsMax());
  }

  private List<Period> quiet(Recovery recovery) {
    if (fault == Fault.NONE) {
      return List.of(new Period(begin, end));
    }
    var before = new Period(begin, harm.from());
    if (whole.isEmpty()) {
      return List.of(before);
    }
    long settled = whole.getAsLong() + RunClock.nanos(SETTLING_SECONDS);
    return List.of(before, new Period(Math.max(settled, recovery.end()), end));
  }

  private Optional<Away> away() {
    return fault.stopsDatabase()
        ? Optional.of(
            new Away(
                harm.from(),
                harm.done(),
                mended.back() + RunClock.nanos(Fault.DATABASE_BACK_SECONDS_MAX)))
        : Optional.empty();
  }
}
