package io.holdfast.edge;

import io.holdfast.testing.RawClient;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.http.javadsl.model.ContentTypes;
import org.apache.pekko.http.javadsl.model.HttpEntities;
import org.apache.pekko.http.javadsl.model.HttpRequest;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.apache.pekko.stream.Materializer;
import org.apache.pekko.stream.javadsl.Source;
import org.apache.pekko.util.ByteString;

/** A server on a free port of loopback, with a handler whose paths say what they do. */
final class ServerFixture implements AutoCloseable {
  private static final Duration CLOSE = Duration.ofSeconds(5);

  final MeterRegistry meters = new SimpleMeterRegistry();
  final Queue<String> stored = new ConcurrentLinkedQueue<>();
  final Queue<CompletableFuture<HttpResponse>> held = new ConcurrentLinkedQueue<>();
  final Queue<Throwable> failures = new ConcurrentLinkedQueue<>();
  final Queue<HttpRequest> seen = new ConcurrentLinkedQueue<>();
  final AtomicLong streamed = new AtomicLong();
  final HttpServer server;
  private final Materializer materializer;

  private ServerFixture(ActorTestKit kit, HttpSettings limits) {
    this.materializer = Materializer.createMaterializer(kit.system());
    this.server =
        HttpServer.bind(kit.system(), "127.0.0.1", 0, limits, this::handle, meters)
            .toCompletableFuture()
            .join();
  }

  static ServerFixture start(ActorTestKit kit, HttpSettings limits) {
    return new ServerFixture(kit, limits);
  }

  static ServerFixture start(ActorTestKit kit) {
    return start(kit, limits(Duration.ofSeconds(15), Duration.ofSeconds(75), 100, 100));
  }

  static HttpSettings limits(
      Duration headTimeout, Duration idleTimeout, int connectionsMax, int inFlightMax) {
    return new HttpSettings(
        32 * 1024,
        8 * 1024,
        128,
        headTimeout,
        idleTimeout,
        Duration.ZERO,
        List.of(),
        connectionsMax,
        inFlightMax,
        100);
  }

  RawClient connect() throws java.io.IOException {
    return RawClient.connect(server.address());
  }

  double gauge(String name) {
    return meters.get(name).gauge().value();
  }

  double counted(String name, String tag, String value) {
    io.micrometer.core.instrument.Counter counter = meters.find(name).tag(tag, value).counter();
    return counter == null ? 0 : counter.count();
  }

  private CompletionStage<HttpResponse> handle(HttpRequest request, Peer peer) {
    seen.add(request);
    return switch (request.getUri().getPathString()) {
      case "/store" -> store(request);
      case "/hold" -> hold();
      case "/early" -> CompletableFuture.completedFuture(text("early").withStatus(413));
      case "/throw" -> throw new IllegalStateException("as asked");
      case "/fail" -> CompletableFuture.failedFuture(new IllegalStateException("as asked"));
      case "/stream" -> CompletableFuture.completedFuture(stream());
      case "/empty" -> CompletableFuture.completedFuture(HttpResponse.create().withStatus(204));
      case "/method" -> CompletableFuture.completedFuture(text(request.method().value()));
      case "/peer" ->
          CompletableFuture.completedFuture(text(peer.address().getAddress().getHostAddress()));
      default ->
          CompletableFuture.completedFuture(
              text(
                  request
                      .getHeader("Raw-Request-URI")
                      .map(org.apache.pekko.http.javadsl.model.HttpHeader::value)
                      .orElse("")));
    };
  }

  private CompletionStage<HttpResponse> store(HttpRequest request) {
    return request
        .entity()
        .toStrict(TimeUnit.SECONDS.toMillis(30), materializer)
        .thenApply(
            content -> {
              stored.add(content.getData().utf8String());
              return text("stored " + content.getData().size());
            })
        .whenComplete(
            (response, failure) -> {
              if (failure != null) {
                failures.add(failure.getCause() == null ? failure : failure.getCause());
              }
            });
  }

  private CompletionStage<HttpResponse> hold() {
    CompletableFuture<HttpResponse> response = new CompletableFuture<>();
    held.add(response);
    return response;
  }

  /** Sixty-four MiB, counted as the server asks for them. */
  private HttpResponse stream() {
    ByteString piece = ByteString.fromArray(new byte[16 * 1024]);
    return HttpResponse.create()
        .withEntity(
            HttpEntities.createChunked(
                ContentTypes.APPLICATION_OCTET_STREAM,
                Source.repeat(piece)
                    .take(4096)
                    .map(
                        bytes -> {
                          streamed.addAndGet(bytes.size());
                          return bytes;
                        })));
  }

  static HttpResponse text(String text) {
    return HttpResponse.create().withEntity(ContentTypes.TEXT_PLAIN_UTF8, text);
  }

  @Override
  public void close() {
    server.close(CLOSE.dividedBy(50)).toCompletableFuture().orTimeout(10, TimeUnit.SECONDS).join();
  }
}
