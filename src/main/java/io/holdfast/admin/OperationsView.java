package io.holdfast.admin;

import io.holdfast.operation.Operation;
import io.holdfast.operation.Operations;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;

/** What the operator's port shows of operations, and what it can order. Of all nodes together. */
public interface OperationsView {

  /**
   * A page of a list; newest first, without those that have expired.
   *
   * @param after an operation: those that come behind it
   */
  CompletionStage<List<Operation>> list(
      Optional<Operation.State> state, Optional<String> route, Optional<String> after, int limit);

  /** Cancels it unless it is final; empty if it is not known. */
  CompletionStage<Optional<Operations.Change>> cancel(String id);

  /** Accepts one that failed anew; empty if it is not known. */
  CompletionStage<Optional<Operations.Change>> retry(String id);
}
