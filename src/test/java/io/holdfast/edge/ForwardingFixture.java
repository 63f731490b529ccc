package io.holdfast.edge;

import io.holdfast.HoldfastSettings;
import io.holdfast.resource.ServedCopies;
import io.holdfast.route.Routes;
import io.holdfast.telemetry.Tracing;
import io.holdfast.testing.KeysInMemory;
import io.holdfast.testing.RawClient;
import io.holdfast.testing.Services;
import io.holdfast.upstream.Upstreams;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.stream.Materializer;
import org.slf4j.LoggerFactory;

/** A public port with routes to services, and nothing else of a node. */
final class ForwardingFixture implements AutoCloseable {
  static final String PROXY = "holdfast-test";

  final MeterRegistry meters = new SimpleMeterRegistry();
  final Upstreams upstreams;
  final KeysInMemory keys = new KeysInMemory();
  final ContentBudget budget = new ContentBudget(1024 * 1024);
  final HttpServer server;

  final ServedCopies copies = new ServedCopies(1 << 20);

  private final Optional<InstantSource> clock;

  private ForwardingFixture(
      ActorTestKit kit,
      HoldfastSettings settings,
      Optional<LocalOwners> owners,
      Optional<InstantSource> clock) {
    this.clock = clock;
    this.upstreams = new Upstreams(settings.upstreams(), PROXY);
    upstreams.keysIn(keys);
    upstreams.showIn(meters);
    var dispatch =
        new Dispatch(
            () -> new Routes(settings.routes()),
            Map.of(),
            new RequestLog(LoggerFactory.getLogger("holdfast.access"), meters, Tracing.OFF),
            Materializer.createMaterializer(kit.system()),
            Optional.of(
                new Dispatch.Services(
                    upstreams,
                    TrustedProxies.of(settings.http().trustedProxies()),
                    budget,
                    owners.map(it -> stored(kit, it)),
                    Optional.empty())),
            Optional.empty());
    this.server =
        HttpServer.bind(kit.system(), "127.0.0.1", 0, settings.http(), dispatch, meters)
            .toCompletableFuture()
            .join();
  }

  private CachedExchange.Surroundings stored(ActorTestKit kit, LocalOwners owners) {
    var inquiries = Inquiries.start(new Spawned(kit), owners::tell, copies);
    return new CachedExchange.Surroundings(
        () -> Optional.of(inquiries),
        copies,
        owners.purges,
        () -> owners.ofEdges,
        clock.orElse(() -> owners.clock.instant()),
        budget,
        upstreams,
        8,
        new Edge.Stored(
            owners::tell,
            () -> true,
            scope -> CompletableFuture.completedFuture(null),
            new CacheCounts(meters)),
        standing -> {});
  }

  /** Actors of an edge, under names that several edges may use. */
  record Spawned(ActorTestKit kit) implements Edge.Spawner {
    @Override
    public <T> ActorRef<T> spawn(Behavior<T> behavior, String name) {
      return kit.spawn(behavior);
    }
  }

  /** A node that answers from what is stored, one of those that have these owners. */
  static ForwardingFixture caching(ActorTestKit kit, String holdfast, LocalOwners owners) {
    return new ForwardingFixture(
        kit, Services.settings(holdfast), Optional.of(owners), Optional.empty());
  }

  /** One that has a clock of its own. */
  static ForwardingFixture caching(
      ActorTestKit kit, String holdfast, LocalOwners owners, InstantSource clock) {
    return new ForwardingFixture(
        kit, Services.settings(holdfast), Optional.of(owners), Optional.of(clock));
  }

  /** With this in {@code holdfast { }}. */
  static ForwardingFixture start(ActorTestKit kit, String holdfast) {
    return new ForwardingFixture(
        kit, Services.settings(holdfast), Optional.empty(), Optional.empty());
  }

  /** One service {@code s} on the route {@code /s}, with these settings. */
  static ForwardingFixture ofService(ActorTestKit kit, String settings, String... instances) {
    var urls = "[\"" + String.join("\", \"", instances) + "\"]";
    return start(
        kit,
        "upstreams.s { instances = %s\n%s }\nroutes.s { path = \"/s\", upstream = s }"
            .formatted(urls, settings));
  }

  RawClient connect() throws IOException {
    return RawClient.connect(server.address());
  }

  /** Requests that have begun and have not ended. */
  double inFlight() {
    return meters.get("holdfast.http.in.flight").gauge().value();
  }

  /** One request on a connection of its own. */
  RawClient.Response get(String path, String... fields) throws IOException {
    var lines = fields.length == 0 ? "" : String.join("\r\n", fields) + "\r\n";
    try (var client = connect()) {
      client.send("GET " + path + " HTTP/1.1\r\nHost: api.example\r\n" + lines + "\r\n");
      return client.read();
    }
  }

  @Override
  public void close() {
    server
        .close(Duration.ofMillis(100))
        .toCompletableFuture()
        .orTimeout(10, TimeUnit.SECONDS)
        .join();
    upstreams.close();
  }
}
