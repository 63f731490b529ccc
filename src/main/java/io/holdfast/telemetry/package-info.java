/**
 * Meters: one registry for each life of a node, handed to whoever counts something. Names are
 * {@code holdfast.*}, and OpenTelemetry's where it has one; base units are seconds and bytes; tags
 * are routes, methods and reasons, never paths, so their number is bounded. And the levels of the
 * loggers and the last lines of the log ({@link io.holdfast.telemetry.Story}), the only place that
 * knows which logging library it is.
 *
 * <p>Traces: {@link io.holdfast.telemetry.Tracing} is the only place that knows OpenTelemetry.
 * Nothing is found by the thread it runs on: where a span is, is handed on like any other value, in
 * a {@link io.holdfast.telemetry.RequestTrace} on the node that was asked, and as {@link
 * io.holdfast.telemetry.Span} in messages to others.
 */
package io.holdfast.telemetry;
