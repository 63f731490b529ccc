package io.holdfast.system;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.testing.NodeProcesses;
import io.holdfast.testing.Origin;
import io.holdfast.testing.Services;
import io.holdfast.testing.TestDatabase;
import io.holdfast.testing.TraceReceiver;
import io.holdfast.testing.TraceReceiver.Shown;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What two real nodes show of a request, wherever it goes. */
@Timeout(180)
class TracesTest {
  private static final AtomicInteger names = new AtomicInteger();
  private static final Map<String, AtomicInteger> asked = new ConcurrentHashMap<>();
  private static TraceReceiver receiver;
  private static Origin service;
  private static NodeProcesses nodes;

  @BeforeAll
  static void start() {
    receiver = new TraceReceiver();
    service = Origin.start(TracesTest::answer);
    var properties = new ArrayList<>(Services.storing("made", service));
    properties.add("holdfast.routes.made.async.mode=allowed");
    properties.add("holdfast.routes.made.async.backoff=10ms");
    properties.add("holdfast.upstreams.made.idempotency-key=honoured");
    properties.add("holdfast.upstreams.made.retries-max=1");
    properties.add("holdfast.routes.docs.path=/docs");
    properties.add("holdfast.routes.docs.documents=docs");
    properties.add("holdfast.routes.docs.async.mode=allowed");
    properties.add("holdfast.tracing.endpoint=" + receiver.url());
    properties.add("holdfast.access-log=INFO");
    nodes = NodeProcesses.start(2, TestDatabase.H2.fresh(), properties.toArray(String[]::new));
  }

  @AfterAll
  static void stop() {
    nodes.close();
    service.close();
    receiver.close();
  }

  /** The first time it has no answer. */
  private static void answer(Origin.Request request, Origin.Exchange exchange) throws Exception {
    var target = request.line().split(" ")[1];
    boolean first = asked.computeIfAbsent(target, it -> new AtomicInteger()).getAndIncrement() == 0;
    if (first && target.contains("fails")) {
      exchange.text(503, "not now");
    } else {
      exchange.text(200, "made", "Cache-Control: max-age=60");
    }
  }

  private static String newTrace() {
    return "%032x".formatted(0xabcdef0000L + names.incrementAndGet());
  }

  private static HttpResponse<String> send(
      String method, String path, String content, String trace, String... fields) {
    var all = new ArrayList<>(List.of(fields));
    if (content != null) {
      all.addAll(List.of("Content-Type", "application/json"));
    }
    all.addAll(List.of("traceparent", "00-" + trace + "-00f067aa0ba902b7-01"));
    return nodes.send(nodes.http(1, path), method, content, all.toArray(String[]::new));
  }

  private static Shown find(String trace, String name) {
    return receiver.find(it -> it.traceId().equals(trace) && it.name().equals(name));
  }

  /** Asks through n1 until n2 owns what is asked for. */
  private static String ownedByTheOther(String prefix, String method, String name) {
    for (int i = 0; i < 100; i++) {
      var trace = newTrace();
      var content = method.equals("PUT") ? "1" : null;
      assertThat(send(method, prefix + i, content, trace).statusCode()).isIn(200, 201);
      if (find(trace, name).node().equals("n2")) {
        return trace;
      }
    }
    throw new AssertionError("n2 owns nothing");
  }

  @Test
  void aRequestThroughAnotherNodesOwnerToAServiceWithARetryIsOneTree() {
    var trace = ownedByTheOther("/made/fails-", "GET", "stored response");
    var request = find(trace, "GET made");
    assertThat(request.node()).isEqualTo("n1");
    assertThat(request.kind()).isEqualTo(2);
    assertThat(request.parentId()).isEqualTo("00f067aa0ba902b7");
    assertThat(request.facts())
        .containsEntry("http.response.status_code", "200")
        .containsEntry("http.route", "made")
        .containsEntry("holdfast.owner", "n2")
        .containsEntry("holdfast.attempts", "2");
    var attempts =
        receiver.spans(trace).stream()
            .filter(it -> it.name().equals("GET"))
            .sorted(Comparator.comparing(it -> it.facts().containsKey("http.request.resend_count")))
            .toList();
    assertThat(attempts).hasSize(2).allMatch(it -> it.kind() == 3 && it.node().equals("n1"));
    assertThat(attempts).extracting(Shown::failed).containsExactly(true, false);
    assertThat(attempts)
        .extracting(it -> it.facts().get("http.response.status_code"))
        .containsExactly("503", "200");
    assertThat(receiver.spans(trace).stream().filter(it -> it != request))
        .hasSize(3)
        .allMatch(it -> it.parentId().equals(request.spanId()));
    // The service sees the attempt that it answers.
    var target = attempts.get(0).facts().get("url.path");
    assertThat(
            service.requests().stream()
                .filter(it -> it.line().contains(target))
                .map(it -> it.field("traceparent").orElse("")))
        .containsExactlyElementsOf(
            attempts.stream().map(it -> "00-" + trace + "-" + it.spanId() + "-01").toList());
  }

  @Test
  void aWriteIsShownToTheJournal() {
    var trace = ownedByTheOther("/docs/traced-", "PUT", "document write");
    var request = find(trace, "PUT docs");
    var write = find(trace, "document write");
    var journal = find(trace, "journal write");
    assertThat(request.node()).isEqualTo("n1");
    assertThat(write.parentId()).isEqualTo(request.spanId());
    assertThat(journal.parentId()).isEqualTo(write.spanId());
    assertThat(journal.node()).isEqualTo("n2");
    assertThat(journal.nanos()).isPositive().isLessThanOrEqualTo(write.nanos());
    assertThat(receiver.spans(trace)).hasSize(3);
    var path = request.facts().get("url.path");
    assertThat(nodes.logged(1))
        .containsPattern(
            "PUT %s 201 \\d+us route=docs cache=- owner=n2 attempts=1 reason=- trace=%s"
                .formatted(path, trace));
    var reading = newTrace();
    assertThat(send("GET", path, null, reading).statusCode()).isEqualTo(200);
    assertThat(find(reading, "document read").parentId())
        .isEqualTo(find(reading, "GET docs").spanId());
  }

  @Test
  void whatIsDoneLaterIsATraceOfItsOwnThatIsLinkedToItsRequest() {
    var trace = newTrace();
    var path = "/made/later" + names.incrementAndGet();
    var asked = send("POST", path, "x", trace, "Prefer", "respond-async", "tracestate", "theirs=1");
    assertThat(asked.statusCode()).isEqualTo(202);
    var request = find(trace, "POST made");
    var link = trace + "/" + request.spanId();
    var operation = receiver.find(it -> it.links().contains(link));
    assertThat(operation.name()).isEqualTo("operation POST made");
    assertThat(operation.traceId()).isNotEqualTo(trace);
    var attempt = find(operation.traceId(), "POST");
    assertThat(attempt.parentId()).isEqualTo(operation.spanId());
    assertThat(
            service.requests().stream()
                .filter(it -> it.line().contains(path))
                .map(it -> it.field("traceparent").orElse("")))
        .containsExactly("00-" + operation.traceId() + "-" + attempt.spanId() + "-01");
    assertThat(service.requests().stream().filter(it -> it.line().contains(path)))
        .allMatch(it -> it.field("tracestate").isEmpty());
    assertThat(receiver.spans(trace)).hasSize(1);
  }

  @Test
  void soIsAWriteToADocument() {
    var trace = newTrace();
    var path = "/docs/later" + names.incrementAndGet();
    assertThat(send("PUT", path, "1", trace, "Prefer", "respond-async").statusCode())
        .isEqualTo(202);
    var link = trace + "/" + find(trace, "PUT docs").spanId();
    var operation = receiver.find(it -> it.links().contains(link));
    assertThat(operation.name()).isEqualTo("operation PUT docs");
    assertThat(find(operation.traceId(), "document write").parentId())
        .isEqualTo(operation.spanId());
  }

  @Test
  void aHitIsShownToo() {
    var path = "/made/hit" + names.incrementAndGet();
    assertThat(send("GET", path, null, newTrace()).statusCode()).isEqualTo(200);
    var trace = newTrace();
    assertThat(send("GET", path, null, trace).statusCode()).isEqualTo(200);
    var hit = find(trace, "GET made");
    assertThat(hit.facts().get("holdfast.cache_status")).startsWith("holdfast; hit");
    assertThat(receiver.spans(trace).stream().filter(it -> it.kind() == 3)).isEmpty();
  }
}
