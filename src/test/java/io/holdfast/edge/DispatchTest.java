package io.holdfast.edge;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.route.Route;
import io.holdfast.route.Routes;
import io.holdfast.telemetry.Tracing;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.http.javadsl.model.HttpRequest;
import org.apache.pekko.http.javadsl.model.headers.RawRequestURI;
import org.apache.pekko.stream.Materializer;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class DispatchTest {
  private static final Peer PEER = new Peer(new InetSocketAddress("127.0.0.1", 40_000));

  @Test
  void countsTheAnswerToARequestWhoseHandlerThrows() throws Exception {
    var meters = new SimpleMeterRegistry();
    var kit = ActorTestKit.create();
    try {
      var noHandler = Map.<String, DocumentHandler>of();
      var dispatch =
          new Dispatch(
              () ->
                  new Routes(
                      List.of(
                          Route.toDocuments(
                              "docs", "/docs", "docs", Duration.ofSeconds(1), false))),
              noHandler,
              new RequestLog(LoggerFactory.getLogger("holdfast.access"), meters, Tracing.OFF),
              Materializer.createMaterializer(kit.system()),
              Optional.empty(),
              Optional.empty());

      var request = HttpRequest.GET("/docs/a").addHeader(RawRequestURI.create("/docs/a"));
      var answer = dispatch.handle(request, PEER);

      assertThat(answer.toCompletableFuture().get(5, TimeUnit.SECONDS).status().intValue())
          .isEqualTo(500);
      assertThat(
              meters
                  .get("http.server.request.duration")
                  .tag("http.route", "docs")
                  .tag("http.response.status_code", "500")
                  .timer()
                  .count())
          .isEqualTo(1);
    } finally {
      kit.shutdownTestKit();
    }
  }
}
