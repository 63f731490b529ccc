package io.holdfast.tools.chaos;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * What one round showed: a line of the table.
 *
 * @param fault as it is typed; two at once are joined
 * @param goals what it shall reach
 */
record FaultReport(String fault, List<Goal> goals, Map<Quantity, Double> values) {
  static FaultReport of(Evidence evidence) {
    var values = new EnumMap<Quantity, Double>(Quantity.class);
    for (var quantity : Quantity.values()) {
      values.put(quantity, quantity.of(evidence));
    }
    return new FaultReport(evidence.round().word(), evidence.round().goals(), Map.copyOf(values));
  }

  double value(Quantity quantity) {
    return values.get(quantity);
  }
}
