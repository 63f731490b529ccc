package io.holdfast.operation;

import io.holdfast.database.OperationRows;
import io.holdfast.http.ProblemType;
import java.time.Instant;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A request that was accepted to be carried out later, as it is now.
 *
 * @param id 26 characters
 * @param target as its client sent it
 * @param version rises with each change; a strong entity tag
 * @param attempts so many have begun
 * @param nextAttemptAt empty once it is final
 * @param lastError why the last attempt had no result; empty if there was no such attempt
 * @param problem what it failed with; empty if it has not failed
 * @param result of a final one, or the last answer so far
 */
public record Operation(
    String id,
    State state,
    String route,
    String method,
    String target,
    String fingerprint,
    long version,
    int attempts,
    Instant createdAt,
    Instant updatedAt,
    Optional<Instant> nextAttemptAt,
    Instant deadline,
    String lastError,
    Optional<ProblemType> problem,
    Optional<Result> result) {

  /** How far it has come. */
  public enum State {
    ACCEPTED,
    RUNNING,
    SUCCEEDED,
    FAILED,
    CANCELLED,
    EXPIRED;

    /** As it stands in answers and queries. */
    public String word() {
      return inRows().word();
    }

    /** As it stands in the table, which says what all of them mean. */
    OperationRows.State inRows() {
      return OperationRows.State.valueOf(name());
    }

    /** The state of that word. */
    public static Optional<State> of(String word) {
      return Stream.of(values()).filter(it -> it.word().equals(word)).findFirst();
    }

    /** All of them. */
    public static String words() {
      return Stream.of(values()).map(State::word).collect(Collectors.joining(", "));
    }

    /** Whether it stays as it is. */
    public boolean isFinal() {
      return inRows().isFinal();
    }
  }

  /**
   * The last answer of whoever carries it out.
   *
   * @param contentLength in bytes
   */
  public record Result(int status, int contentLength) {}

  static Operation of(OperationRows.Row row) {
    return new Operation(
        row.id(),
        State.valueOf(row.state().name()),
        row.route(),
        row.method(),
        row.target(),
        row.fingerprint(),
        row.version(),
        row.attempts(),
        row.createdAt(),
        row.updatedAt(),
        row.dueAt(),
        row.deadline(),
        row.lastError(),
        Stream.of(ProblemType.values())
            .filter(it -> it.typeName().equals(row.problem()))
            .findFirst(),
        row.resultStatus() == 0
            ? Optional.empty()
            : Optional.of(new Result(row.resultStatus(), row.resultLength())));
  }
}
