package io.holdfast.operation;

import io.holdfast.database.AttemptRows.Ending;
import io.holdfast.database.AttemptRows.Version;
import io.holdfast.database.OperationRows.Part;
import io.holdfast.database.OperationRows.State;
import io.holdfast.operation.AttemptPolicy.Verdict;
import io.holdfast.route.Route;
import java.util.Optional;

/** One operation that a lane is carrying out: how far it is. */
final class Work {
  private static final int LAST_ERROR_CHARS_MAX = 2000;

  final Item item;
  final Route route;

  /** It may be sent again although it may have been carried out. */
  final boolean repeatable;

  /** It stands in the table as running. */
  boolean isWritten;

  /** The table is being told something of it. */
  boolean isWriting;

  /** Whether it stands there as running is not known: the database did not say. */
  boolean isBeginUnknown;

  /** So often the database did not take how it ended. */
  int refusals;

  /** An attempt was made. */
  boolean isTried;

  boolean isInGate = true;

  /** Of an answer that is still to be written down. */
  long answerBytes;

  Runnable abandon = () -> {};

  /** How it ended, as far as the table has to be told. */
  Optional<End> end = Optional.empty();

  /**
   * How an attempt ended.
   *
   * @param answer that is kept
   */
  record End(Verdict verdict, Optional<Attempts.Answer> answer) {
    long bytes() {
      return answer
          .map(Attempts.Answer::message)
          .map(it -> (long) it.fields().length + it.content().length)
          .orElse(0L);
    }
  }

  Work(Item item, Route route, boolean repeatable) {
    this.item = item;
    this.route = route;
    this.repeatable = repeatable;
  }

  Version version() {
    return isWritten ? item.known().begun() : item.known();
  }

  /** Whether the table says, or may say, that it is running. */
  boolean isKnownToTable() {
    return isWritten || isWriting || isBeginUnknown || item.isRunning();
  }

  /** What the table is told of its end. */
  Ending ending() {
    var verdict = end.orElseThrow().verdict();
    var answer = end.orElseThrow().answer();
    if (verdict instanceof Verdict.Again again) {
      return ending(State.ACCEPTED, again.counts(), again.why(), "", answer).dueAt(again.at());
    }
    return verdict instanceof Verdict.Failed failed
        ? ending(State.FAILED, isTried, failed.why(), failed.type().typeName(), answer)
        : ending(State.SUCCEEDED, isTried, "", "", answer);
  }

  private Ending ending(
      State state, boolean counts, String why, String problem, Optional<Attempts.Answer> answer) {
    return new Ending(
        version(),
        state,
        Optional.empty(),
        item.attempts() + (counts ? 1 : 0),
        why.substring(0, Math.min(why.length(), LAST_ERROR_CHARS_MAX)),
        problem,
        answer.map(Attempts.Answer::status).orElse(0),
        answer
            .map(Attempts.Answer::message)
            .map(it -> new Part(it.reason(), it.fields(), it.content())));
  }
}
