package io.holdfast.ownership;

import io.holdfast.ownership.TakeOver.Predecessor;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
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
  }

  TakenLog(Duration guardTtl) {
    this.guardTtl = guardTtl;
  }

  /**
   * @return the line, if it is to be told at once; then {@link #rest} is to be asked a second later
   */
  List<String> taken(Predecessor predecessor, Set<Integer> slots, long millis) {
    var open = following.get(predecessor);
    if (open == null) {
      following.put(predecessor, new Following());
      return List.of(line(predecessor, new TreeSet<>(slots), Long.toString(millis)));
    }
    open.slots.addAll(slots);
    open.quickest = Math.min(open.quickest, millis);
    open.slowest = Math.max(open.slowest, millis);
    return List.of();
  }

  /** What has followed; nothing, and the next one is told at once again. */
  List<String> rest() {
    var lines = new ArrayList<String>();
    following.forEach(
        (predecessor, it) -> {
          if (!it.slots.isEmpty()) {
            var times =
                it.quickest == it.slowest ? "" + it.slowest : it.quickest + " to " + it.slowest;
            lines.add(line(predecessor, it.slots, times));
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

  private String line(Predecessor predecessor, Set<Integer> slots, String millis) {
    return "Took shards %s from %s in %s ms: served within another %d ms"
        .formatted(slots, predecessor.words(), millis, predecessor.wait(guardTtl).toMillis());
  }
}
