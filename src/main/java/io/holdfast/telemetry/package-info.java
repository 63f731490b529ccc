/**
 * Meters: one registry for each life of a node, handed to whoever counts something. Names are
 * {@code holdfast.*}, and OpenTelemetry's where it has one ({@link
 * io.holdfast.telemetry.HttpDurations}); base units are seconds and bytes; tags are of the
 * configuration or of a few words, never paths, so their number is bounded. What a limit drops is
 * counted once, under its own name ({@link io.holdfast.telemetry.Limits}) where no other meter
 * does. The steps of a failover have one origin, for log and meters ({@link
 * io.holdfast.telemetry.Failover}).
 *
 * <p>And what belongs to the log: how a line is written, the levels of the loggers, and the last
 * lines ({@link io.holdfast.telemetry.Story}). This is the only place that knows which logging
 * library it is.
 *
 * <p>Traces: {@link io.holdfast.telemetry.Tracing} is the only place that knows OpenTelemetry.
 * Nothing is found by the thread it runs on: where a span is, is handed on like any other value, in
 * a {@link io.holdfast.telemetry.RequestTrace} on the node that was asked, and as {@link
 * io.holdfast.telemetry.Span} in messages to others.
 */
package io.holdfast.telemetry;
