package io.holdfast.tools.chaos;

import java.util.Comparator;
import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.stream.Collectors;

/**
 * A part of a run: one fault, or two of which the second came before the first was mended.
 *
 * @param begin of its part of the load, some time before the harm
 * @param end of its part of the load
 * @param whole from then on all nodes were up and had their share again; empty if they had not when
 *     it ended
 */
record Round(List<Episode> episodes, long begin, long end, OptionalLong whole) {

  /** What is played in it, as it is typed. */
  String word() {
    return episodes.stream().map(it -> it.fault().word()).collect(Collectors.joining("+"));
  }

  long harmFrom() {
    return episodes.get(0).harm().from();
  }

  boolean isHarmless() {
    return episodes.stream().allMatch(it -> it.fault().isHarmless());
  }

  /** It leaves too little for each request to be answered in time. */
  boolean starves() {
    return episodes.stream().anyMatch(it -> it.fault().starves());
  }

  /** No node is left meanwhile. */
  boolean takesAll() {
    return episodes.stream()
        .anyMatch(it -> it.fault().takes(1) == 1 && it.fault().victims() == Victims.ALL);
  }

  /** It belongs to this part of the load. */
  boolean isDueIn(Operation operation) {
    return isIn(operation.timing().intended());
  }

  boolean isIn(long moment) {
    return moment >= begin && moment < end;
  }

  /** Of a single fault; two at once have limits, which are violations, and no goals. */
  List<Goal> goals() {
    return episodes.size() == 1 ? episodes.get(0).fault().limits().goals() : List.of();
  }

  /** The most patient of its limits; empty if one of its faults has none. */
  OptionalDouble recoverySecondsMax() {
    var limits = episodes.stream().map(it -> it.fault().limits().recoverySecondsMax()).toList();
    return limits.stream().anyMatch(OptionalDouble::isEmpty)
        ? OptionalDouble.empty()
        : limits.stream().mapToDouble(OptionalDouble::getAsDouble).max();
  }

  /** Recovery counts from what comes last of all that was done. */
  Recovery.Moments moments() {
    long restart =
        episodes.stream()
            .map(it -> it.mended().restart())
            .min(Comparator.naturalOrder())
            .orElseThrow();
    return new Recovery.Moments(
        harmFrom(),
        episodes.stream().mapToLong(Episode::recoveryFrom).max().orElseThrow(),
        Math.min(restart, end));
  }
}
