package io.holdfast.operation;

import io.holdfast.database.OperationRows.State;
import io.holdfast.operation.AttemptPolicy.Outcome;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.EnumMap;
import java.util.Map;

/** What a node's lanes count. */
final class LaneMeters {
  private final Counter begun;
  private final Counter notTried;
  private final Map<State, Counter> written = new EnumMap<>(State.class);

  LaneMeters(MeterRegistry meters, Gates gates) {
    this.begun =
        Counter.builder("holdfast.operations.attempts")
            .description("Attempts of operations that were begun")
            .register(meters);
    this.notTried =
        Counter.builder("holdfast.operations.attempts.not.tried")
            .description("Attempts of operations that came to nothing before anything was sent")
            .register(meters);
    for (var state : State.values()) {
      written.put(state, written(meters, state));
    }
    Gauge.builder("holdfast.operations.in.flight", gates, Gates::inFlight)
        .description("Attempts of operations under way")
        .register(meters);
  }

  /** Of this node: whoever brings an operation into a state counts it, once it is committed. */
  static Counter written(MeterRegistry meters, State state) {
    return Counter.builder("holdfast.operations.written")
        .description(
            "Operations by the state that they came into; accepted: that they wait for another"
                + " attempt")
        .tag("state", state.word())
        .register(meters);
  }

  void begun() {
    begun.increment();
  }

  void ended(Outcome outcome) {
    if (outcome instanceof Outcome.NotTried) {
      notTried.increment();
    }
  }

  void written(State state) {
    written.get(state).increment();
  }
}
