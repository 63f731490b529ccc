package io.holdfast.telemetry;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.concurrent.atomic.LongAdder;

/**
 * What limits turn away or throw out, under the name of the limit: its key in the configuration
 * where it has one. Only for what no other meter counts.
 */
public final class Limits {
  private static final String NAME = "holdfast.limit.dropped";
  private static final String DESCRIPTION = "What was refused or thrown out because of a limit";
  private static final String LABEL = "limit";

  private Limits() {}

  /** There from the start: of a counter that appears with its first event nobody sees that one. */
  public static Counter dropped(MeterRegistry meters, String limit) {
    return Counter.builder(NAME).description(DESCRIPTION).tag(LABEL, limit).register(meters);
  }

  /** The same for what outlives the registries that show it. */
  public static void show(MeterRegistry meters, String limit, LongAdder dropped) {
    FunctionCounter.builder(NAME, dropped, LongAdder::sum)
        .description(DESCRIPTION)
        .tag(LABEL, limit)
        .register(meters);
  }
}
