package io.holdfast.edge;

import io.holdfast.testing.Origin;
import io.holdfast.testing.RawClient;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Two nodes before one service, with a route {@code /s} that stores what it says.
 *
 * @param owners that both of them ask
 */
record TwoNodes(Origin service, LocalOwners owners, ForwardingFixture a, ForwardingFixture b) {
  static final String FRESH = "Cache-Control: max-age=60";

  /**
   * @param route settings of the route
   */
  static TwoNodes of(ServiceKit services, String route, Origin.Behaviour behaviour) {
    return of(services, "", route, behaviour);
  }

  /**
   * @param service settings of the service, which is not asked twice for one request
   */
  static TwoNodes of(
      ServiceKit services, String service, String route, Origin.Behaviour behaviour) {
    var origin = services.origin(behaviour);
    var owners = services.owners();
    var settings = "retries-max = 0\n" + service;
    return new TwoNodes(
        origin,
        owners,
        services.caching(owners, origin, settings, route),
        services.caching(owners, origin, settings, route));
  }

  /** Each answer has other content. */
  static Origin.Behaviour counting(String... fields) {
    var count = new AtomicInteger();
    return (request, it) -> it.text(200, "v" + count.incrementAndGet(), fields);
  }

  /** The same answer to all, when it is time. */
  static Origin.Behaviour once(CountDownLatch time, String... fields) {
    return (request, it) -> {
      time.await();
      it.text(200, "one", fields);
    };
  }

  static String status(RawClient.Response response) {
    return response.field("Cache-Status").orElse("");
  }

  /**
   * @param head without its last line
   */
  static RawClient.Response send(ForwardingFixture node, String head) throws IOException {
    try (var client = node.connect()) {
      client.send(head + "\r\n");
      return client.read();
    }
  }

  static RawClient.Response head(ForwardingFixture node) throws IOException {
    try (var client = node.connect()) {
      client.send("HEAD /s HTTP/1.1\r\nHost: api.example\r\n\r\n");
      return client.readHeadOnly();
    }
  }

  static RawClient.Response post(ForwardingFixture node) throws IOException {
    return send(node, "POST /s HTTP/1.1\r\nHost: api.example\r\nContent-Length: 0\r\n");
  }

  static RawClient.Response query(ForwardingFixture node, String content) throws IOException {
    return send(
        node,
        "QUERY /s HTTP/1.1\r\nHost: api.example\r\nConnection: close\r\nContent-Length: "
            + content.length()
            + "\r\n\r\n"
            + content);
  }

  /** On a thread of its own. */
  static CompletableFuture<RawClient.Response> getting(ForwardingFixture node, String... fields) {
    return getting(() -> node.get("/s", fields));
  }

  /** What asks. */
  @FunctionalInterface
  interface Asking {
    RawClient.Response ask() throws IOException;
  }

  static CompletableFuture<RawClient.Response> getting(Asking asking) {
    var answer = new CompletableFuture<RawClient.Response>();
    var thread =
        new Thread(
            () -> {
              try {
                answer.complete(asking.ask());
              } catch (IOException e) {
                answer.completeExceptionally(new UncheckedIOException(e));
              }
            },
            "client");
    thread.setDaemon(true);
    thread.start();
    return answer;
  }
}
