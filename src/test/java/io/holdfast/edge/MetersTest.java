package io.holdfast.edge;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.Timer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What is counted of requests, on real sockets. */
@Timeout(120)
class MetersTest {
  @RegisterExtension static final ServiceKit services = new ServiceKit();

  @Test
  void tenThousandMethodsPathsAndFieldsMakeNoMoreMeters() throws Exception {
    var origin = services.origin((request, it) -> it.text(200, ""));
    var fixture = services.to("", origin);
    try (var client = fixture.connect()) {
      client.send(request("M", "/s/a", 0)).read();
      client.send(request("GET", "/s/a", 0)).read();
      client.send(request("GET", "/elsewhere", 0)).read();
      client.send(request("M", "/elsewhere", 0)).read();
      int before = fixture.meters.getMeters().size();
      for (int i = 0; i < 10_000; i++) {
        var path = (i % 2 == 0 ? "/s/" : "/elsewhere/") + i;
        client.send(request(i % 3 == 0 ? "GET" : "M" + i, path, i)).read();
      }
      assertThat(fixture.meters.getMeters()).hasSize(before);
    }
    assertThat(count("http.server.request.duration", fixture)).isEqualTo(10_004);
    assertThat(count("http.client.request.duration", fixture)).isEqualTo(5_002);
  }

  private static String request(String method, String path, int id) {
    return "%s %s?q=%3$d HTTP/1.1\r\nHost: h%3$d\r\nX-Id: %3$d\r\n\r\n".formatted(method, path, id);
  }

  private static long count(String name, ForwardingFixture fixture) {
    return fixture.meters.get(name).timers().stream().mapToLong(Timer::count).sum();
  }

  @Test
  void anAttemptIsCountedOnceByItsStatusOrWhatWentWrong() throws Exception {
    var origin =
        services.origin(
            (request, it) -> {
              if (request.head().contains("/reset ")) {
                it.reset();
              } else {
                it.text(request.head().contains("/503 ") ? 503 : 200, "");
              }
            });
    var fixture = services.to("retries-max = 1, retry-budget = 100%", origin);
    fixture.get("/s/a");
    fixture.get("/s/503");
    fixture.get("/s/reset");
    assertThat(attempts(fixture, "200", "")).isEqualTo(1);
    assertThat(attempts(fixture, "503", "503")).isEqualTo(2);
    assertThat(attempts(fixture, "", "connection_terminated")).isEqualTo(2);
    assertThat(count("http.client.request.duration", fixture)).isEqualTo(5);
    assertThat(count("http.server.request.duration", fixture)).isEqualTo(3);
    assertThat(
            fixture
                .meters
                .get("holdfast.upstream.retries")
                .tag("outcome", "made")
                .functionCounter()
                .count())
        .isEqualTo(2);
  }

  private static long attempts(ForwardingFixture fixture, String status, String error) {
    return fixture
        .meters
        .get("http.client.request.duration")
        .tags(
            "upstream",
            "s",
            "http.request.method",
            "GET",
            "http.response.status_code",
            status,
            "error.type",
            error)
        .timer()
        .count();
  }
}
