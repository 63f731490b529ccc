package io.holdfast.tools.chaos;

/** What nodes that come and go in order may cost: the same, whichever way they go. */
final class PlannedChange {
  static final double WRITE_GAP_SECONDS = 1;

  private PlannedChange() {}

  static Limits limits() {
    return Limits.of(
        Goal.worst(Quantity.FAILED, 0),
        Goal.worst(Quantity.READ_GAP, Kill.READ_GAP_SECONDS),
        Goal.worst(Quantity.WRITE_GAP, WRITE_GAP_SECONDS),
        Goal.worst(Quantity.MENDING_READ_GAP, Kill.READ_GAP_SECONDS),
        Goal.worst(Quantity.MENDING_WRITE_GAP, WRITE_GAP_SECONDS),
        Goal.worst(Quantity.DOWNED, 0));
  }
}
