package io.holdfast.upstream;

import java.time.Instant;
import java.util.Optional;

/** What is to be done with a request under a key, after a look into the table. Pure. */
sealed interface KeyedDecision {

  /** The row is this request's own: it is carried out. */
  record Run() implements KeyedDecision {}

  /** There is no row: to be tried with one. */
  record Claim() implements KeyedDecision {}

  /** Nobody carries it out any more, and doing it again is safe. */
  record TakeOver(String from) implements KeyedDecision {}

  /** It has been answered. */
  record Replay(StoredAnswer answer) implements KeyedDecision {}

  /** Somebody is carrying it out. */
  record Wait() implements KeyedDecision {}

  /** The key belongs to another request. */
  record Reused() implements KeyedDecision {}

  /** It was carried out, and its answer cannot be given again. */
  record NotKept() implements KeyedDecision {}

  /** It may have been carried out, and must not be again. */
  record Unknown() implements KeyedDecision {}

  /**
   * Who asks.
   *
   * @param repeatable the request may be carried out again although it may have been before
   */
  record Asker(String token, String fingerprint, boolean repeatable) {}

  /**
   * @param now by the clock that the row's times are of
   */
  static KeyedDecision of(Optional<KeyedRow> found, Asker asker, Instant now) {
    if (found.isEmpty()) {
      return new Claim();
    }
    var row = found.get();
    if (!row.fingerprint().equals(asker.fingerprint())) {
      return new Reused();
    }
    return switch (row.state()) {
      case ANSWERED -> new Replay(row.answer().orElseThrow());
      case NOT_KEPT -> new NotKept();
      case UNKNOWN -> withoutAnswer(row, asker);
      case RUNNING -> running(row, asker, now);
    };
  }

  private static KeyedDecision running(KeyedRow row, Asker asker, Instant now) {
    if (row.token().equals(asker.token())) {
      return new Run();
    }
    boolean runs = !row.runnerGone() && now.isBefore(row.runsUntil());
    return runs ? new Wait() : withoutAnswer(row, asker);
  }

  /** Nobody will bring an answer. */
  private static KeyedDecision withoutAnswer(KeyedRow row, Asker asker) {
    return asker.repeatable() ? new TakeOver(row.token()) : new Unknown();
  }
}
