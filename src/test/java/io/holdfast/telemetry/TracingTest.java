package io.holdfast.telemetry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.holdfast.telemetry.Tracing.Kind;
import io.holdfast.testing.Origin;
import io.holdfast.testing.TraceReceiver;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.net.URI;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class TracingTest {
  private static final String TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
  private static final TraceParent SAMPLED =
      new TraceParent("00-" + TRACE + "-00f067aa0ba902b7-01");
  private static final TraceParent NOT_SAMPLED =
      new TraceParent("00-" + TRACE + "-00f067aa0ba902b7-00");

  private final TraceReceiver receiver = new TraceReceiver();

  private Tracing to(double ratio) {
    return Tracing.to(
        new Tracing.Destination(URI.create(receiver.url()), "Bearer secret", ratio), "api", "n7");
  }

  @AfterEach
  void close() {
    receiver.close();
  }

  @Test
  void aSpanIsShownWithItsPlaceItsTimeAndWhatIsSaidOfIt() {
    try (var tracing = to(1)) {
      var above = tracing.begin(Kind.SERVER, "GET docs", SAMPLED, 5_000_000_000L);
      tracing.below(above, Kind.CLIENT, "GET").with("a", "b").with("n", 7).failed("reset").end();
      above.end();
    }
    var above = receiver.find(it -> it.name().equals("GET docs"));
    assertThat(above.node()).isEqualTo("n7");
    assertThat(above.kind()).isEqualTo(2);
    assertThat(above.traceId()).isEqualTo(TRACE);
    assertThat(above.parentId()).isEqualTo("00f067aa0ba902b7");
    assertThat(above.nanos()).isBetween(5_000_000_000L, 60_000_000_000L);
    var below = receiver.find(it -> it.name().equals("GET"));
    assertThat(below.traceId()).isEqualTo(TRACE);
    assertThat(below.parentId()).isEqualTo(above.spanId());
    assertThat(below.facts())
        .containsEntry("a", "b")
        .containsEntry("n", "7")
        .containsEntry("error.type", "reset");
    assertThat(below.failed()).isTrue();
    assertThat(above.failed()).isFalse();
    assertThat(receiver.requests().get(0).field("Authorization")).hasValue("Bearer secret");
  }

  @Test
  void whetherATraceIsKeptItsBeginnerHasDecided() {
    try (var never = to(0);
        var always = to(1)) {
      never.begin(Kind.SERVER, "theirs", SAMPLED).end();
      never.begin(Kind.SERVER, "ours", TraceParent.NONE).end();
      var notKept = always.begin(Kind.SERVER, "not kept", NOT_SAMPLED);
      assertThat(notKept.place().traceId()).isEqualTo(TRACE);
      assertThat(notKept.place().isSampled()).isFalse();
      notKept.end();
    }
    receiver.find(it -> it.name().equals("theirs"));
    assertThat(receiver.spans()).hasSize(1);
  }

  @Test
  void whatComesLaterIsATraceOfItsOwnWithALink() {
    try (var tracing = to(1)) {
      var trace = RequestTrace.ofOperation(tracing, "op1", "POST", "r", SAMPLED.text());
      trace.attempt("s", "127.0.0.1", 80, "POST", "/p").end();
      trace.attempt("s", "127.0.0.1", 80, "POST", "/p").end();
      trace.end("/p", 0, "", "upstream-timeout");
    }
    var operation = receiver.find(it -> it.name().equals("operation POST r"));
    assertThat(operation.traceId()).isNotEqualTo(TRACE);
    assertThat(operation.parentId()).isEmpty();
    assertThat(operation.links()).containsExactly(TRACE + "/00f067aa0ba902b7");
    assertThat(operation.facts())
        .containsEntry("holdfast.operation.id", "op1")
        .containsEntry("holdfast.attempts", "2")
        .containsEntry("error.type", "upstream-timeout")
        .doesNotContainKey("http.response.status_code");
    var attempts = receiver.spans(operation.traceId()).stream().filter(it -> it.kind() == 3);
    assertThat(attempts.map(it -> it.facts().get("http.request.resend_count")))
        .containsExactlyInAnyOrder(null, "1");
  }

  @Test
  void ofAMethodThatNobodyKnowsNoNameIsMade() {
    try (var tracing = to(1)) {
      RequestTrace.of(tracing, "BREW", "r", Optional.of("rubbish"), 0).end("/p", 200, "", "");
    }
    var shown = receiver.find(it -> it.name().equals("HTTP r"));
    assertThat(shown.parentId()).isEmpty();
    assertThat(shown.facts()).containsEntry("http.request.method", "_OTHER");
  }

  @Test
  void offNothingIsShownAndWhatCameGoesOn() {
    var trace = RequestTrace.of(Tracing.OFF, "GET", "r", Optional.of(SAMPLED.text()), 0);
    assertThat(trace.span().isNone()).isTrue();
    assertThat(trace.place()).isEqualTo(SAMPLED);
    assertThat(trace.attempt("s", "h", 1, "GET", "/").isNone()).isTrue();
    assertThat(trace.attempts()).isEqualTo(1);
    var unknown = RequestTrace.of(Tracing.OFF, "GET", "r", Optional.empty(), 0);
    assertThat(unknown.traceId()).isEmpty();
    assertThat(unknown.place()).isEqualTo(unknown.place());
    assertThat(unknown.traceId()).hasSize(32);
  }

  @Test
  void whatNobodyTakesIsCountedAndKeepsNobodyWaiting() {
    var meters = new SimpleMeterRegistry();
    try (var refusing = Origin.start((request, exchange) -> exchange.text(400, "no"));
        var tracing =
            Tracing.to(new Tracing.Destination(URI.create(refusing.url()), "", 1), "api", "n7")) {
      tracing.showIn(meters);
      long began = System.nanoTime();
      for (int i = 0; i < 3 * Tracing.QUEUE_MAX; i++) {
        tracing.begin(Kind.INTERNAL, "many", TraceParent.NONE).end();
      }
      assertThat(System.nanoTime() - began).isLessThan(5_000_000_000L);
      await().until(() -> count(meters, "failed") > 0);
      assertThat(count(meters, "sent")).isZero();
      await()
          .until(() -> count(meters, "failed") + count(meters, "dropped") == 3 * Tracing.QUEUE_MAX);
      assertThat(count(meters, "dropped")).isPositive();
    }
  }

  private static double count(SimpleMeterRegistry meters, String result) {
    return meters.get("holdfast.traces.spans").tag("result", result).functionCounter().count();
  }
}
