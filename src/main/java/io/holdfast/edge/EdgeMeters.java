package io.holdfast.edge;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/** Counts what is open and in flight on the public port, and says when that is enough. */
final class EdgeMeters {
  /** Connections without a place that are being told so at the same time. */
  private static final int TURNED_AWAY_MAX = 1000;

  private static final String CONNECTIONS = "connections";
  private static final String IN_FLIGHT = "in-flight";

  private final AtomicInteger connections = new AtomicInteger();
  private final AtomicInteger inFlight = new AtomicInteger();
  private final AtomicInteger turnedAway = new AtomicInteger();
  private final int connectionsMax;
  private final int inFlightMax;
  private volatile MeterRegistry registry;

  EdgeMeters(MeterRegistry registry, HttpSettings limits) {
    this(registry, limits.connectionsMax(), limits.inFlightMax());
  }

  private EdgeMeters(MeterRegistry registry, int connectionsMax, int inFlightMax) {
    this.connectionsMax = connectionsMax;
    this.inFlightMax = inFlightMax;
    this.registry = registry;
    show();
  }

  /** For what nobody is turned away from. */
  static EdgeMeters unlimited(MeterRegistry registry) {
    return new EdgeMeters(registry, Integer.MAX_VALUE, Integer.MAX_VALUE);
  }

  private void show() {
    gauge("connections", "Open connections", connections::get);
    gauge("connections.max", "How many may be open; beyond it 503", () -> connectionsMax);
    gauge("in.flight", "Requests that are being answered", inFlight::get);
    gauge("in.flight.max", "How many may be; beyond it 503", () -> inFlightMax);
    List.of(CONNECTIONS, IN_FLIGHT).forEach(reason -> counter("shed", "reason", reason));
    counter("refused", "status", "400");
  }

  private void gauge(String what, String description, Supplier<Number> value) {
    Gauge.builder("holdfast.http." + what, value).description(description).register(registry);
  }

  /** There from the start: of a counter that appears with its first event nobody sees that one. */
  private Counter counter(String what, String tag, String value) {
    return Counter.builder("holdfast.http." + what)
        .description(
            what.equals("shed")
                ? "Requests and connections for which there was no room"
                : "Requests that were refused before a route was looked for")
        .tag(tag, value)
        .register(registry);
  }

  /** Counts on, for whoever reads that registry from now on. */
  void countIn(MeterRegistry next) {
    if (next != registry) {
      registry = next;
      show();
    }
  }

  /** Takes one of the places for connections, if there is one. */
  boolean admitConnection() {
    if (connections.incrementAndGet() <= connectionsMax) {
      return true;
    }
    connections.decrementAndGet();
    shed(CONNECTIONS);
    return false;
  }

  /** Whether a connection that found no place may have an answer; else it is only closed. */
  boolean turnAway() {
    return turnedAway.incrementAndGet() <= TURNED_AWAY_MAX;
  }

  void turnedAwayClosed() {
    turnedAway.decrementAndGet();
  }

  void connectionClosed() {
    connections.decrementAndGet();
  }

  /** Takes one of the places for requests, if there is one. */
  boolean admitRequest() {
    if (inFlight.incrementAndGet() <= inFlightMax) {
      return true;
    }
    inFlight.decrementAndGet();
    shed(IN_FLIGHT);
    return false;
  }

  void requestOver() {
    inFlight.decrementAndGet();
  }

  int requestsInFlight() {
    return inFlight.get();
  }

  void refused(int status) {
    counter("refused", "status", Integer.toString(status)).increment();
  }

  private void shed(String reason) {
    counter("shed", "reason", reason).increment();
  }
}
