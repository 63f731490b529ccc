package io.holdfast.ownership;

import io.holdfast.ownership.TakeOver.Predecessor;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What the log tells of take-overs: the first at once, and what follows it as one line a second,
 * since in a failover shards are taken one by one, as requests for them come. Not for several
 * threads.
 */
final class TakenLog {
  private final Duration guardTtl;
  private final Map<Predecessor, Following> following = new TreeMap<>();

  /** Since the last line. */
  private static final class Following {
    final Set<Integer> slots = new TreeSet<>();
    long quickest = Long.MAX_VALUE;
    long slowest;
    Optional<Duration> sinceSign = Optional.empty(); // to the last of them
  }

  /**
   * One line.
   *
   * @param sinceSign to the last take-over that it tells of
   */
  record Line(String text, int shards, Optional<Duration> sinceSign) {}

  TakenLog(Duration guardTtl) {
    this.guardTtl = guardTtl;
  }

  /**
   * @param sinceSign the time from the first sign of a death, if this is part of a failover
   * @return the line, if it is to be told at once; then {@link #rest} is to be asked a second later
   */
  List<Line> taken(
      Predecessor predecessor, Set<Integer> slots, long millis, Optional<Duration> sinceSign) {
    var open = following.get(predecessor);
    if (open == null) {
      following.put(predecessor, new Following());
      return List.of(line(predecessor, new TreeSet<>(slots), Long.toString(millis), sinceSign));
    }
    open.slots.addAll(slots);
    open.sinceSign = sinceSign;
    open.quickest = Math.min(open.quickest, millis);
    open.slowest = Math.max(open.slowest, millis);
    return List.of();
  }

  /** What has followed; nothing, and the next one is told at once again. */
  List<Line> rest() {
    var lines = new ArrayList<Line>();
    following.forEach(
        (predecessor, it) -> {
          if (!it.slots.isEmpty()) {
            var times =
                it.quickest == it.slowest ? "" + it.slowest : it.quickest + " to " + it.slowest;
            lines.add(line(predecessor, it.slots, times, it.sinceSign));
          }
        });
    following.values().removeIf(it -> it.slots.isEmpty());
    following.replaceAll((predecessor, it) -> new Following());
    return lines;
  }

  /** Whether {@link #rest} is to be asked once more. */
  boolean isOpen() {
    return !following.isEmpty();
  }

  private Line line(
      Predecessor predecessor, Set<Integer> slots, String millis, Optional<Duration> sinceSign) {
    var text =
        "Took %d %s %s from %s in %s ms%s: served within another %d ms"
            .formatted(
                slots.size(),
                slots.size() == 1 ? "shard" : "shards",
                slots,
                predecessor.words(),
                millis,
                sinceSign.map(it -> ", the last after " + it.toMillis() + " ms").orElse(""),
                predecessor.wait(guardTtl).toMillis());
    return new Line(text, slots.size(), sinceSign);
  }
}
