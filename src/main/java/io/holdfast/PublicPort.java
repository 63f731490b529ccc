package io.holdfast;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import io.holdfast.edge.Edge;
import io.holdfast.edge.HttpServer;
import io.holdfast.edge.Outside;
import io.holdfast.resource.ChangeFeed;
import io.holdfast.resource.Copies;
import io.holdfast.resource.PurgeLog;
import io.holdfast.resource.ServedCopies;
import io.holdfast.route.Route;
import io.holdfast.route.Routes;
import io.holdfast.telemetry.Tracing;
import io.holdfast.upstream.Followed;
import io.holdfast.upstream.UpstreamSettings;
import io.holdfast.upstream.Upstreams;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.pekko.Done;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.stream.Materializer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The public port, which is opened when the node's first life is ready, and outlives it: when the
 * cluster has written the node off, its clients keep their connections, and are answered from what
 * it last knew until its next life is ready.
 */
final class PublicPort implements AutoCloseable {
  private static final Duration END = Duration.ofSeconds(3);

  /** From the end on; what is there whole by then is answered. */
  private static final Duration READ_WHAT_HAS_BEGUN = Duration.ofSeconds(8);

  private static final Logger access = LoggerFactory.getLogger("holdfast.access");

  /** Its streams are no part of any life, and nothing ends them but {@link #close}. */
  private static final Config ON_ITS_OWN =
      ConfigFactory.parseString(
          """
          pekko.actor.provider = local
          # Nothing there is timed closely, and each tick wakes the processor.
          pekko.scheduler.tick-duration = 100ms
          pekko.jvm-shutdown-hooks = off
          pekko.coordinated-shutdown.run-by-jvm-shutdown-hook = off
          """);

  /**
   * What is left of a life that served.
   *
   * @param copies by collection: what the node knew then
   * @param feed that takes nobody any more
   * @param clock goes on from what the database last said
   */
  record Remains(Map<String, Copies> copies, ChangeFeed feed, InstantSource clock) {}

  private final HoldfastSettings settings;
  private final CompletableFuture<ActorSystem<Void>> system;
  private final Edge.Forwarded forwarded;
  private volatile Routes routes;
  private volatile Runnable reloading = () -> {};
  private volatile Followed followed = new Followed("", 0, List.of());
  private volatile Optional<HttpServer> server = Optional.empty();
  private volatile Optional<Remains> remains = Optional.empty();

  PublicPort(HoldfastSettings settings, Config config) {
    this.settings = settings;
    this.routes = new Routes(settings.routes());
    this.forwarded =
        new Edge.Forwarded(
            new Upstreams(settings.upstreams(), settings.proxyName()),
            settings.http().trustedProxies(),
            new ServedCopies(settings.cache().copiesBytesMax()),
            new PurgeLog(),
            settings.cache().variantsMax(),
            new AtomicReference<>(),
            tracing(settings));
    this.system =
        CompletableFuture.supplyAsync(
            () ->
                ActorSystem.create(
                    Behaviors.empty(), "holdfast-port", ON_ITS_OWN.withFallback(config)));
  }

  private static Tracing tracing(HoldfastSettings settings) {
    var tracing = settings.tracing();
    var node = settings.node().name();
    return tracing
        .endpoint()
        .map(it -> new Tracing.Destination(it, tracing.authorization(), tracing.ratio()))
        .map(it -> Tracing.to(it, settings.cluster().name(), node))
        .orElseGet(() -> Tracing.off(node));
  }

  /** For what belongs to requests, and not to a life. */
  Materializer materializer() {
    return Materializer.createMaterializer(system.join());
  }

  /** From now on requests go by these. What does not change keeps what is known of it. */
  synchronized void follow(List<UpstreamSettings> upstreams, List<Route> next) {
    forwarded.upstreams().add(upstreams);
    routes = new Routes(next);
    forwarded.upstreams().retain(upstreams);
  }

  /** The ways of requests now. */
  Routes routes() {
    return routes;
  }

  /** What reads the configuration again. */
  void reloadsBy(Runnable reload) {
    reloading = reload;
  }

  /** Reads it again, on this thread; blocks while the files are read. */
  Followed reload() {
    reloading.run();
    return followed;
  }

  void followed(Followed state) {
    followed = state;
  }

  Followed followed() {
    return followed;
  }

  /** Services do not change with the lives of a node. */
  Edge.Forwarded forwarded() {
    return forwarded;
  }

  /** From now on the cluster answers; opens the port the first time. */
  CompletionStage<HttpServer> serve(HttpServer.Handler handler, MeterRegistry meters) {
    if (server.isPresent()) {
      server.get().serve(handler, meters);
      return CompletableFuture.completedFuture(server.get());
    }
    return HttpServer.bind(
            system.join(),
            settings.node().host(),
            settings.node().httpPort(),
            Descriptors.fitting(settings.http()),
            handler,
            meters)
        .thenApply(
            bound -> {
              server = Optional.of(bound);
              return bound;
            });
  }

  /** A life that served is over: from now on its remains answer. */
  void leave(Remains left) {
    remains = Optional.of(left);
    answerFromRemains(new SimpleMeterRegistry());
  }

  /** Another life has begun, and is not ready yet. */
  void answerFromRemains(MeterRegistry meters) {
    server.ifPresent(open -> remains.ifPresent(left -> open.serve(outside(left, meters), meters)));
  }

  private HttpServer.Handler outside(Remains left, MeterRegistry meters) {
    return Outside.handler(
        this::routes,
        settings.documents(),
        left.copies(),
        left.feed(),
        settings.http(),
        forwarded,
        left.clock(),
        materializer(),
        access,
        meters);
  }

  /**
   * From now on each connection ends with the answer to what it has begun, whoever answers: the
   * cluster, or what is left of an earlier life. New ones are still taken.
   *
   * @return false if the port was never opened
   */
  boolean drain() {
    server.ifPresent(HttpServer::drain);
    return server.isPresent();
  }

  /** Takes nobody any more, and is done when the last answer has gone out, or its time is over. */
  CompletionStage<Done> end() {
    return server
        .map(it -> it.close(READ_WHAT_HAS_BEGUN, answering()))
        .orElseGet(() -> CompletableFuture.completedFuture(Done.getInstance()));
  }

  /** For how long answers may go on once all requests have been read. */
  Duration answering() {
    return answering(settings.http().drainMax(), routes);
  }

  static Duration answering(Duration drainMax, Routes routes) {
    var longest = routes.longestDeadline();
    return drainMax.compareTo(longest) > 0 ? drainMax : longest;
  }

  /**
   * The life that is over could not serve, perhaps because of this port: the next opens its own.
   */
  CompletionStage<Done> abandon() {
    var open = server;
    server = Optional.empty();
    remains = Optional.empty();
    return open.map(it -> it.close(Duration.ZERO))
        .orElseGet(() -> CompletableFuture.completedFuture(Done.getInstance()));
  }

  /** The process ends. */
  @Override
  public void close() {
    forwarded.upstreams().close();
    server
        .map(open -> open.close(Duration.ZERO))
        .orElseGet(() -> CompletableFuture.completedFuture(Done.getInstance()))
        .toCompletableFuture()
        .completeOnTimeout(Done.getInstance(), END.toMillis(), TimeUnit.MILLISECONDS)
        .join();
    forwarded.tracing().close();
    system
        .thenCompose(
            it -> {
              it.terminate();
              return it.getWhenTerminated();
            })
        .completeOnTimeout(Done.getInstance(), END.toMillis(), TimeUnit.MILLISECONDS)
        .join();
  }
}
