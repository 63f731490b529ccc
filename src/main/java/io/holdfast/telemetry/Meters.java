package io.holdfast.telemetry;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.config.MeterFilter;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;

/** The registry of one life of a node, with the process's own meters in it. */
public final class Meters {
  private Meters() {}

  public static PrometheusMeterRegistry create() {
    var registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    // Of names and units that Prometheus has no use for; the first under its own name below.
    registry
        .config()
        .meterFilter(MeterFilter.denyNameStartsWith("process.cpu.time"))
        .meterFilter(MeterFilter.denyNameStartsWith("system.cpu.count"));
    new JvmMemoryMetrics().bindTo(registry);
    new JvmThreadMetrics().bindTo(registry);
    new ProcessorMetrics().bindTo(registry);
    ProcessHandle self = ProcessHandle.current();
    FunctionCounter.builder("process.cpu", self, Meters::cpuSeconds)
        .description("Processor time of the process")
        .baseUnit("seconds")
        .register(registry);
    return registry;
  }

  private static double cpuSeconds(ProcessHandle process) {
    return process.info().totalCpuDuration().map(it -> it.toNanos() / 1e9).orElse(0.0);
  }
}
