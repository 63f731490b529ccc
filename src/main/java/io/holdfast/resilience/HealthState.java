package io.holdfast.resilience;

/**
 * What checks say about an instance. Immutable.
 *
 * @param verdict what counts now
 * @param inRow how many checks in a row have said otherwise
 */
public record HealthState(Verdict verdict, int inRow) {

  /** Whether an instance can be used. */
  public enum Verdict {
    /** Nothing is known yet: used after those that are known to be healthy. */
    UNKNOWN,
    HEALTHY,
    UNHEALTHY
  }

  public static HealthState unknown() {
    return new HealthState(Verdict.UNKNOWN, 0);
  }

  /**
   * A check has ended. The first one decides at once.
   *
   * @param rise so many successes in a row make it healthy again
   * @param fall so many failures in a row make it unhealthy
   */
  public HealthState checked(boolean succeeded, int rise, int fall) {
    var said = succeeded ? Verdict.HEALTHY : Verdict.UNHEALTHY;
    if (verdict == Verdict.UNKNOWN) {
      return new HealthState(said, 0);
    }
    if (verdict == said) {
      return new HealthState(verdict, 0);
    }
    int needed = succeeded ? rise : fall;
    return inRow + 1 >= needed ? new HealthState(said, 0) : new HealthState(verdict, inRow + 1);
  }

  /** A client's request was answered: more is known than nothing. */
  public HealthState answered() {
    return verdict == Verdict.UNKNOWN ? new HealthState(Verdict.HEALTHY, 0) : this;
  }
}
