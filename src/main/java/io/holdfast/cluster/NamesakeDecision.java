package io.holdfast.cluster;

import io.holdfast.cluster.FormationDecision.Sign;
import io.holdfast.database.Incarnation;
import io.holdfast.database.Registry.Seen;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Whether a node may start under its name and at its address, where the database knows others with
 * one of them: pure.
 *
 * <p>One that was killed leaves a row, and is followed by the next. One that lives goes on giving
 * signs of life: then two nodes are configured alike, and each would write the other off, for ever.
 * That somebody listens at an address proves nothing here: two machines may both take 127.0.0.1 for
 * it.
 *
 * @param endedAfter without a sign of life; a node that lives gives one each second
 */
record NamesakeDecision(Duration endedAfter) {

  static NamesakeDecision defaults() {
    return new NamesakeDecision(Duration.ofSeconds(3));
  }

  /** What to do. */
  sealed interface Action {
    /** Register: these have ended. */
    record Register(Set<Long> ended) implements Action {}

    /** It will show. */
    record Wait() implements Action {}

    /** This one lives. */
    record Refuse(Incarnation other) implements Action {}
  }

  /**
   * @param signs of their processes, where their own lifelines were asked
   * @param began when they were first asked for
   */
  Action decide(List<Seen> namesakes, Map<Long, Sign> signs, Instant began, Instant now) {
    var ended = new HashSet<Long>();
    for (var other : namesakes) {
      var sign = signs.get(other.id());
      boolean heardMeanwhile = other.silence().compareTo(Duration.between(began, now)) < 0;
      if (sign instanceof Sign.Alive) {
        return new Action.Refuse(other.incarnation());
      } else if (sign instanceof Sign.Dead || other.silence().compareTo(endedAfter) > 0) {
        ended.add(other.id());
      } else if (heardMeanwhile) {
        return new Action.Refuse(other.incarnation());
      }
    }
    return ended.size() == namesakes.size() ? new Action.Register(ended) : new Action.Wait();
  }
}
