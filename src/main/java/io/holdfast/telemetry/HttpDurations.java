package io.holdfast.telemetry;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * How long HTTP requests took, under the names and within the bounds that OpenTelemetry's semantic
 * conventions recommend. By whom they were for (a route, or a service), method, and status or
 * error; whatever comes, their number is bounded. Safe for many threads.
 */
public final class HttpDurations {
  /** In the place of a value that is not told apart from others. */
  public static final String OTHER = "_OTHER";

  private static final Duration[] BOUNDS =
      Stream.of(5, 10, 25, 50, 75, 100, 250, 500, 750, 1000, 2500, 5000, 7500, 10_000)
          .map(Duration::ofMillis)
          .toArray(Duration[]::new);

  private static final Set<String> METHODS =
      Set.of("GET", "HEAD", "PUT", "PATCH", "POST", "DELETE", "OPTIONS", "QUERY");

  /** Of one method at one route or service. */
  private static final int STATUSES_MAX = 50;

  private static final int NO_STATUS = 0;
  private static final String NO_ERROR = "";

  private final MeterRegistry meters;
  private final Shown shown;

  /** By whom it was for, method and status: found without making a key for each request. */
  private final Map<String, Map<String, Map<Integer, Timer>>> answered = new ConcurrentHashMap<>();

  private final Map<String, Map<String, Map<String, Timer>>> failed = new ConcurrentHashMap<>();

  /**
   * What kind of requests they are.
   *
   * @param errorsFrom the first status that is an error
   */
  private record Shown(String name, String description, String label, int errorsFrom) {}

  private HttpDurations(MeterRegistry meters, Shown shown) {
    this.meters = meters;
    this.shown = shown;
  }

  /** Of requests that this node answers, by route. */
  public static HttpDurations ofServer(MeterRegistry meters) {
    return new HttpDurations(
        meters,
        new Shown(
            "http.server.request.duration",
            "Requests answered on the public port",
            "http.route",
            500));
  }

  /** Of attempts that this node makes, by service. */
  public static HttpDurations ofClient(MeterRegistry meters) {
    return new HttpDurations(
        meters,
        new Shown(
            "http.client.request.duration",
            "Attempts at services, until the head of the answer or the failure",
            "upstream",
            400));
  }

  /** One was answered with that status. */
  public void answered(String whose, String method, int status, long nanos) {
    var ofWhom = answered.get(whose);
    var ofMethod = ofWhom == null ? null : ofWhom.get(method);
    var known = ofMethod == null ? null : ofMethod.get(status);
    var timer = known == null ? newTimer(whose, method, status) : known;
    timer.record(nanos, TimeUnit.NANOSECONDS);
  }

  /**
   * One has no answer.
   *
   * @param error one of a few words
   */
  public void failed(String whose, String method, String error, long nanos) {
    failed
        .computeIfAbsent(whose, it -> new ConcurrentHashMap<>())
        .computeIfAbsent(shown(method), it -> new ConcurrentHashMap<>())
        .computeIfAbsent(error, it -> timer(whose, shown(method), "", it))
        .record(nanos, TimeUnit.NANOSECONDS);
  }

  /** One of few. */
  static String shown(String method) {
    return METHODS.contains(method) ? method : OTHER;
  }

  private Timer newTimer(String whose, String method, int status) {
    var ofMethod =
        answered
            .computeIfAbsent(whose, it -> new ConcurrentHashMap<>())
            .computeIfAbsent(shown(method), it -> new ConcurrentHashMap<>());
    int told = ofMethod.size() < STATUSES_MAX || ofMethod.containsKey(status) ? status : NO_STATUS;
    return ofMethod.computeIfAbsent(told, it -> timer(whose, shown(method), it));
  }

  private Timer timer(String whose, String method, int status) {
    var text = status == NO_STATUS ? OTHER : Integer.toString(status);
    return timer(whose, method, text, status >= shown.errorsFrom() ? text : NO_ERROR);
  }

  /** An empty label is none, to Prometheus; all meters of a name have the same. */
  private Timer timer(String whose, String method, String status, String error) {
    return Timer.builder(shown.name())
        .description(shown.description())
        .tag(shown.label(), whose)
        .tag("http.request.method", method)
        .tag("http.response.status_code", status)
        .tag("error.type", error)
        .serviceLevelObjectives(BOUNDS)
        .register(meters);
  }
}
