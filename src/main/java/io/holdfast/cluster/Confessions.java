package io.holdfast.cluster;

import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Which members say of themselves that they do not reach the database, pure. Immutable.
 *
 * @param said by whom, from when until when without a break
 */
record Confessions(Map<Long, Span> said) {
  static final Confessions NONE = new Confessions(Map.of());

  /**
   * They come four times a second. Who said nothing for so long has taken it back: a database that
   * is away in some instants and there in others is not out of reach.
   */
  static final Duration BREAK = Duration.ofMillis(700);

  Confessions {
    said = Map.copyOf(said);
  }

  /** From the first to the last. */
  record Span(Instant first, Instant last) {}

  /** A member has just said so. */
  Confessions heard(long member, Instant now) {
    var next = current(now);
    next.merge(member, new Span(now, now), (before, it) -> new Span(before.first(), now));
    return new Confessions(next);
  }

  private Map<Long, Span> current(Instant now) {
    var current = new HashMap<>(said);
    current.values().removeIf(it -> Duration.between(it.last(), now).compareTo(BREAK) > 0);
    return current;
  }

  /**
   * Those who have said so all this time, in which the database has answered us. A database that
   * comes back does not come to all in the same instant: only what they said after it had come to
   * us counts.
   *
   * @param answeringSince the database answers us since then; empty: it does not
   */
  Set<Long> lasting(Optional<Instant> answeringSince, Duration time, Instant now) {
    return current(now).entrySet().stream()
        .filter(
            it -> answeringSince.filter(since -> isLasting(it.getValue(), since, time)).isPresent())
        .map(Map.Entry::getKey)
        .collect(Collectors.toUnmodifiableSet());
  }

  private static boolean isLasting(Span span, Instant since, Duration time) {
    var from = span.first().isAfter(since) ? span.first() : since;
    return Duration.between(from, span.last()).compareTo(time) >= 0;
  }
}
