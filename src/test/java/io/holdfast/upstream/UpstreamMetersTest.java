package io.holdfast.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.testing.Services;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class UpstreamMetersTest {
  private static final String A = "10.0.0.1:80";
  private static final String B = "10.0.0.2:80";
  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
  private final Upstreams upstreams = new Upstreams(List.of(service(A, B)), "test");

  private static UpstreamSettings service(String... instances) {
    var urls = "[\"http://" + String.join("\", \"http://", instances) + "\"]";
    return Services.settings(
            "upstreams.s { instances = %s, balance = round-robin }\nroutes.s { path = \"/\", upstream = s }"
                .formatted(urls))
        .upstreams()
        .get(0);
  }

  @AfterEach
  void close() {
    upstreams.close();
  }

  private Upstream upstream() {
    return upstreams.find("s").orElseThrow();
  }

  /** The only state that the breaker is in. */
  private Optional<String> state(String instance) {
    var states =
        meters.find("holdfast.upstream.breaker.state").tag("address", instance).gauges().stream()
            .filter(it -> it.value() == 1)
            .map(Gauge::getId)
            .map(it -> it.getTag("state"))
            .toList();
    assertThat(states).hasSizeLessThanOrEqualTo(1);
    return states.stream().findFirst();
  }

  private double ejections(String reason) {
    return meters
        .get("holdfast.upstream.ejections")
        .tags("upstream", "s", "reason", reason)
        .functionCounter()
        .count();
  }

  private Upstream.Call begun(String instance) {
    for (; ; ) {
      var call = upstream().begin(Set.of(), "", true, 0).call().orElseThrow();
      if (call.instance().name().equals(instance)) {
        return call;
      }
      upstream().over(call);
    }
  }

  private void call(String instance, CallEnding ending, long now) {
    var call = begun(instance);
    upstream().answered(call, ending, now);
    upstream().over(call);
  }

  @Test
  void eachBreakerIsInOneStateAndAnInstanceThatIsLeftOutIsCountedOnce() {
    upstreams.showIn(meters);
    assertThat(state(UpstreamMeters.SERVICE)).hasValue("closed");
    assertThat(state(A)).hasValue("closed");
    var late = begun(A);
    for (int i = 0; i < 5; i++) {
      assertThat(ejections("consecutive-failures")).isZero();
      call(A, CallEnding.FAILED, i * 1_000_000L);
    }
    assertThat(state(A)).hasValue("ejected");
    assertThat(state(B)).hasValue("closed");
    assertThat(ejections("consecutive-failures")).isEqualTo(1);
    upstream().answered(late, CallEnding.FAILED, 10_000_000L);
    call(B, CallEnding.ANSWERED, 10_000_000L);
    assertThat(ejections("consecutive-failures")).isEqualTo(1);
    upstream().obey(new Order("s", "", Order.Word.OPEN, 1, "n1"), 0);
    assertThat(state(UpstreamMeters.SERVICE)).hasValue("forced-open");
  }

  @Test
  void instancesAndServicesThatAreGoneLeaveNoMetersBehind() {
    upstreams.showIn(meters);
    int before = meters.getMeters().size();
    upstreams.add(List.of(service(B)));
    assertThat(state(A)).isEmpty();
    assertThat(state(B)).hasValue("closed");
    upstreams.add(List.of(service(A, B)));
    assertThat(state(A)).hasValue("closed");
    assertThat(meters.getMeters()).hasSize(before);
    upstreams.retain(List.of());
    assertThat(meters.getMeters())
        .extracting(Meter::getId)
        .extracting(Meter.Id::getName)
        .noneMatch(it -> it.startsWith("holdfast.upstream."));
  }

  @Test
  void aRetryIsMadeOrBeyondTheBudget() {
    upstreams.showIn(meters);
    while (upstream().spendRetry(0)) {
      assertThat(retries("beyond-budget")).isZero();
    }
    assertThat(retries("made")).isPositive();
    assertThat(retries("beyond-budget")).isEqualTo(1);
  }

  private double retries(String outcome) {
    return meters
        .get("holdfast.upstream.retries")
        .tag("outcome", outcome)
        .functionCounter()
        .count();
  }
}
