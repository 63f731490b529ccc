package io.holdfast.tools.chaos;

import io.holdfast.tools.chaos.Operation.Result.Answered;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * One write that a client wanted, over all attempts with its request key.
 *
 * @param attempts at least one
 */
record Intent(List<Operation> attempts) {

  Operation.Request request() {
    return attempts.get(0).request();
  }

  boolean is(Operation.Kind kind) {
    return request().kind() == kind;
  }

  /** No earlier than this did it take effect. */
  long start() {
    return attempts.stream().mapToLong(it -> it.timing().start()).min().orElseThrow();
  }

  /** The attempt that was acknowledged first. */
  Optional<Operation> acknowledged() {
    return earliest(attempts.stream().filter(Operation::isSuccess).toList());
  }

  /** The first attempt that was answered with this status. */
  Optional<Operation> answered(int status) {
    return earliest(attempts.stream().filter(it -> it.status() == status).toList());
  }

  /** The version that the first acknowledgement names; empty for a DELETE. */
  Optional<Long> version() {
    return acknowledged()
        .map(it -> ((Answered) it.result()).version())
        .filter(it -> it.isPresent())
        .map(it -> it.getAsLong());
  }

  /** Each attempt was answered, and each answer says that nothing was changed. */
  boolean isRefused() {
    return attempts.stream().noneMatch(it -> it.isSuccess() || it.isOutcomeUnknown());
  }

  /** No later than this did it take effect; without end where its outcome is open. */
  long latestEffect() {
    return acknowledged().map(it -> it.timing().end()).orElse(Long.MAX_VALUE);
  }

  private static Optional<Operation> earliest(List<Operation> operations) {
    return operations.stream().min(Comparator.comparingLong(it -> it.timing().end()));
  }
}
