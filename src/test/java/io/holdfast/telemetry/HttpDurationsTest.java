package io.holdfast.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class HttpDurationsTest {
  private static final long MILLI = 1_000_000;
  private final PrometheusMeterRegistry meters =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);

  private long series() {
    return meters.scrape().lines().filter(it -> !it.startsWith("#")).count();
  }

  /** OpenTelemetry's semantic conventions for HTTP metrics, 1.23 and later. */
  @Test
  void haveTheConventionsNamesAndBounds() {
    HttpDurations.ofServer(meters).answered("docs", "GET", 200, 6 * MILLI);
    var bounds =
        meters.scrape().lines().filter(it -> it.contains("_bucket")).map(HttpDurationsTest::bound);
    assertThat(bounds)
        .containsExactly(
            "0.005", "0.01", "0.025", "0.05", "0.075", "0.1", "0.25", "0.5", "0.75", "1.0", "2.5",
            "5.0", "7.5", "10.0", "+Inf");
    assertThat(meters.scrape())
        .contains(
            "http_server_request_duration_seconds_bucket{error_type=\"\",http_request_method=\"GET\","
                + "http_response_status_code=\"200\",http_route=\"docs\",le=\"0.01\"} 1")
        .contains("le=\"0.005\"} 0");
  }

  private static String bound(String line) {
    return line.replaceAll(".*le=\"([^\"]+)\".*", "$1");
  }

  @Test
  void anErrorIsTheServersFrom500OnAndTheClientsFrom400On() {
    var server = HttpDurations.ofServer(meters);
    server.answered("docs", "GET", 404, 1);
    server.answered("docs", "GET", 503, 1);
    var client = HttpDurations.ofClient(meters);
    client.answered("s", "GET", 404, 1);
    client.failed("s", "GET", "connection_refused", 1);
    assertThat(meters.scrape())
        .contains("error_type=\"\",http_request_method=\"GET\",http_response_status_code=\"404\"")
        .contains(
            "error_type=\"503\",http_request_method=\"GET\",http_response_status_code=\"503\"")
        .contains(
            "http_client_request_duration_seconds_count{error_type=\"404\",http_request_method=\"GET\","
                + "http_response_status_code=\"404\",upstream=\"s\"} 1")
        .contains(
            "http_client_request_duration_seconds_count{error_type=\"connection_refused\","
                + "http_request_method=\"GET\",http_response_status_code=\"\",upstream=\"s\"} 1");
  }

  @Test
  void methodsAreAFewHoweverManyComeAndWhateverIsInThem() {
    var server = HttpDurations.ofServer(meters);
    var client = HttpDurations.ofClient(meters);
    server.answered("docs", "BREW", 501, 1);
    client.answered("s", "BREW", 501, 1);
    client.failed("s", "BREW", "connection_refused", 1);
    long before = series();
    for (int i = 0; i < 10_000; i++) {
      server.answered("docs", "M" + i, 501, 1);
      client.answered("s", "a\n\"" + i, 501, 1);
      client.failed("s", "get" + i, "connection_refused", 1);
    }
    assertThat(series()).isEqualTo(before);
    var other =
        meters
            .get("http.server.request.duration")
            .tag("http.request.method", HttpDurations.OTHER)
            .timer();
    assertThat(other.count()).isEqualTo(10_001);
    assertThat(other.totalTime(TimeUnit.NANOSECONDS)).isEqualTo(10_001);
  }

  /** What a service sends is three digits, and nobody says that it means anything. */
  @Test
  void statusesAreAFewHoweverManyAServiceHas() {
    var client = HttpDurations.ofClient(meters);
    for (int status = 0; status < 1000; status++) {
      client.answered("s", "GET", status, 1);
    }
    long before = series();
    for (int status = 0; status < 1000; status++) {
      client.answered("s", "GET", status, 1);
    }
    assertThat(series()).isEqualTo(before).isLessThan(51 * 20);
    assertThat(
            meters.get("http.client.request.duration").timers().stream()
                .mapToLong(it -> it.count())
                .sum())
        .isEqualTo(2000);
  }
}
