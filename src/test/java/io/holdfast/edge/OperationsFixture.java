package io.holdfast.edge;

import io.holdfast.database.Database;
import io.holdfast.database.OperationTable;
import io.holdfast.operation.Lanes;
import io.holdfast.operation.Operations;
import io.holdfast.operation.OperationsSettings;
import io.holdfast.resource.ChangeFeed;
import io.holdfast.resource.Copies;
import io.holdfast.resource.DocumentsSettings;
import io.holdfast.resource.Standing;
import io.holdfast.resource.VouchedCopies;
import io.holdfast.route.Routes;
import io.holdfast.telemetry.Tracing;
import io.holdfast.testing.ChangesInMemory;
import io.holdfast.testing.KeysInMemory;
import io.holdfast.testing.OperationsDatabase;
import io.holdfast.testing.RawClient;
import io.holdfast.testing.RawClient.Response;
import io.holdfast.testing.Services;
import io.holdfast.upstream.Upstreams;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.stream.Materializer;
import org.slf4j.LoggerFactory;

/**
 * The public port of a node that has to do with operations, and whose route / is a service's. Two
 * more accept what is carried out later, and nobody carries it out.
 */
final class OperationsFixture implements AutoCloseable {
  static final int WATCHING_MAX = 3;
  static final int CONTENT_MAX = 1024 * 1024;

  private static final String HOLDFAST =
      """
      upstreams.s.instances = ["http://127.0.0.1:1"]
      routes.s { path = "/", upstream = s, async.deadline = 2h }
      routes.later { path = "/later", upstream = s, async.mode = allowed }
      documents.docs {}
      routes.docs { path = "/docs", documents = docs, async.mode = allowed }
      """;

  final SimpleMeterRegistry meters = new SimpleMeterRegistry();
  final Operations operations;
  final HttpServer server;
  final KeysInMemory keys = new KeysInMemory();
  final ContentBudget budget = new ContentBudget(CONTENT_MAX);
  volatile boolean databaseAway;
  private final Database database;
  private final OperationTable table;
  private final Upstreams upstreams;

  OperationsFixture(ActorTestKit kit, OperationsDatabase shared) {
    var settings = Services.settings(HOLDFAST);
    var routes = new Routes(settings.routes());
    this.database = Database.open(shared.settings);
    this.table = new OperationTable(database, () -> 1);
    var slots = OperationsDatabase.SLOTS;
    var lanes =
        new Lanes(
            table, slots, () -> routes, () -> 1, new OperationsSettings(1, 1), meters); // no lane
    this.operations = Operations.start(table, slots, () -> routes, lanes, meters);
    this.upstreams = new Upstreams(settings.upstreams(), ForwardingFixture.PROXY);
    upstreams.keysIn(keys);
    var watching = new Watching(4 * WATCHING_MAX, meters);
    var nextKey = new EdgeKeys(InstantSource.system());
    var accepting =
        Optional.of(new Accepting(operations, nextKey, InstantSource.system(), watching));
    var materializer = Materializer.createMaterializer(kit.system());
    var dispatch =
        new Dispatch(
            () -> routes,
            Map.of("docs", documents(materializer, watching, nextKey, accepting)),
            new RequestLog(LoggerFactory.getLogger("holdfast.access"), meters, Tracing.OFF),
            materializer,
            Optional.of(
                new Dispatch.Services(
                    upstreams,
                    TrustedProxies.of(settings.http().trustedProxies()),
                    budget,
                    Optional.empty(),
                    accepting)),
            Optional.of(
                new OperationsHandler(
                    new OperationsHandler.Surroundings(
                        operations, watching, () -> databaseAway, materializer))));
    this.server =
        HttpServer.bind(kit.system(), "127.0.0.1", 0, settings.http(), dispatch, meters)
            .toCompletableFuture()
            .join();
  }

  private DocumentHandler documents(
      Materializer materializer,
      Watching watching,
      Supplier<String> nextKey,
      Optional<Accepting> accepting) {
    return new DocumentHandler(
        new DocumentsSettings("docs", 1024, 10, false, 1024, 1024, Duration.ofMillis(500)),
        new DocumentHandler.Surroundings(
            (id, carry) -> {},
            new Copies(1024),
            new VouchedCopies(),
            (collection, after, limit) -> CompletableFuture.completedFuture(List.of()),
            new ChangeFeed(new ChangesInMemory(), InstantSource.system()),
            new BodyReader(materializer, Duration.ofSeconds(5)),
            budget,
            watching,
            () -> Standing.CURRENT,
            InstantSource.system(),
            nextKey,
            accepting,
            standing -> {}));
  }

  double watching() {
    return meters.get("holdfast.requests.watching").gauge().value();
  }

  /** The database's side is closed, as by somebody who does not say so. */
  void loseDatabase() {
    table.close();
    database.close();
  }

  RawClient begin(String method, String target, String... fields) throws IOException {
    return begin(RawClient.connect(server.address()), method, target, fields);
  }

  static RawClient begin(RawClient client, String method, String target, String... fields)
      throws IOException {
    var lines = fields.length == 0 ? "" : String.join("\r\n", fields) + "\r\n";
    return client.send(
        method + " " + target + " HTTP/1.1\r\nHost: api.example\r\n" + lines + "\r\n");
  }

  /** One request on a connection of its own. */
  Response send(String method, String target, String... fields) throws IOException {
    try (var client = begin(method, target, fields)) {
      return method.equals("HEAD") ? client.readHeadOnly() : client.read();
    }
  }

  Response get(String target, String... fields) throws IOException {
    return send("GET", target, fields);
  }

  @Override
  public void close() {
    operations.close();
    server
        .close(Duration.ofMillis(100))
        .toCompletableFuture()
        .orTimeout(10, TimeUnit.SECONDS)
        .join();
    table.close();
    upstreams.close();
    database.close();
  }
}
