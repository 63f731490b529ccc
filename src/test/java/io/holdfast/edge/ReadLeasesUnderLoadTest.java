package io.holdfast.edge;

import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.ConfigFactory;
import io.holdfast.http.EntityTag;
import io.holdfast.resource.ChangeFeed;
import io.holdfast.resource.Copies;
import io.holdfast.resource.Document;
import io.holdfast.resource.DocumentsSettings;
import io.holdfast.resource.ReadLeases;
import io.holdfast.route.Route;
import io.holdfast.telemetry.Failover;
import io.holdfast.testing.ChangesInMemory;
import io.holdfast.testing.DocumentsNode;
import io.holdfast.testing.HotDocument;
import io.holdfast.testing.SnapshotsInMemory;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.cluster.sharding.typed.javadsl.ClusterSharding;
import org.apache.pekko.http.javadsl.model.ContentTypes;
import org.apache.pekko.http.javadsl.model.HttpRequest;
import org.apache.pekko.http.javadsl.model.headers.RawHeader;
import org.apache.pekko.http.javadsl.model.headers.RawRequestURI;
import org.apache.pekko.stream.Materializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.slf4j.LoggerFactory;

/**
 * One document that everybody reads, through three edges over one owner: their copies are as good
 * as the owner itself. And the same where the owner forgets whom it let answer, to see that this
 * would be noticed. {@code ModelTest} does it with real nodes.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ReadLeasesUnderLoadTest {
  private static final ActorTestKit KIT =
      ActorTestKit.create(
          ConfigFactory.parseString(
              SnapshotsInMemory.CONFIG
                  + """
                  pekko.actor.provider = cluster
                  pekko.remote.artery.canonical { hostname = "127.0.0.1", port = 0 }
                  """));
  private static final String DOCS = "docs";
  private static final Peer PEER = new Peer(new InetSocketAddress("127.0.0.1", 40_000));
  private static final Duration PATIENCE = Duration.ofSeconds(10);
  private static final ChangeFeed FEED =
      new ChangeFeed(new ChangesInMemory(), InstantSource.system());

  @AfterAll
  static void stop() {
    FEED.close();
    KIT.shutdownTestKit();
  }

  /** An edge of its own, as of a node that owns no document. */
  private static HttpServer.Handler edge(ActorRef<Document.Command> document) {
    var meters = new SimpleMeterRegistry();
    var settings =
        new DocumentsSettings(DOCS, 1000, 10, false, 1 << 20, 1 << 20, Duration.ofSeconds(1));
    var edge =
        Edge.start(
            ServerFixture.limits(PATIENCE, PATIENCE, 100, 100),
            new Edge.Surroundings(
                document::tell,
                new Edge.Stored(
                    command -> {},
                    () -> true,
                    scope -> new CompletableFuture<>(),
                    new CacheCounts(meters)),
                id -> 0,
                Map.of(DOCS, new Copies(1 << 20)),
                (collection, after, limit) -> new CompletableFuture<>(),
                FEED,
                () -> false,
                InstantSource.system(),
                Optional.empty(),
                new ForwardingFixture.Spawned(KIT),
                Materializer.createMaterializer(KIT.system()),
                meters,
                new Failover(meters)));
    return edge.handler(
        List.of(Route.toDocuments(DOCS, "/docs", DOCS, PATIENCE, false)),
        Map.of(DOCS, settings),
        LoggerFactory.getLogger("test.access"),
        meters);
  }

  private record Client(HttpServer.Handler edge, String path) implements HotDocument.Client {
    @Override
    public OptionalLong read() throws Exception {
      return OptionalLong.of(versionIn(HttpRequest.GET(path), 200));
    }

    long create() throws Exception {
      return versionIn(put("0"), 201);
    }

    @Override
    public long write(long version) throws Exception {
      var tag = RawHeader.create("If-Match", EntityTag.strong(Long.toString(version)).toString());
      return versionIn(put(Long.toString(version)).addHeader(tag), 204);
    }

    private HttpRequest put(String content) {
      return HttpRequest.PUT(path).withEntity(ContentTypes.APPLICATION_JSON, content);
    }

    private long versionIn(HttpRequest request, int status) throws Exception {
      var answer =
          edge.handle(request.addHeader(RawRequestURI.create(path)), PEER)
              .toCompletableFuture()
              .get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
      assertThat(answer.status().intValue()).isEqualTo(status);
      return Long.parseLong(answer.getHeader("ETag").orElseThrow().value().replace("\"", ""));
    }
  }

  private static HotDocument load(DocumentsNode owner, String path, Duration time)
      throws Exception {
    var shard = KIT.createTestProbe(ClusterSharding.ShardCommand.class);
    var document = KIT.spawn(Document.create(path.substring(1), shard.ref(), owner));
    var clients = Stream.generate(() -> new Client(edge(document), path)).limit(3).toList();
    long first = clients.get(0).create();
    var ways = clients.stream().map(client -> (HotDocument.Way) () -> client).toList();
    return HotDocument.load(ways, 2, first, time);
  }

  @Test
  void noCopyIsOlderThanWhatWasKnownWhenItWasAskedFor() throws Exception {
    var owner = new DocumentsNode();
    var load = load(owner, "/docs/remembered", Duration.ofSeconds(1));
    assertThat(load.lies()).isEmpty();
    assertThat(load.writes()).isGreaterThan(1);
    assertThat(owner.meters.get("holdfast.documents.leases").counter().count()).isPositive();
  }

  @Test
  void anOwnerThatForgetsWhomItLetAnswerIsFoundOut() throws Exception {
    var owner = new DocumentsNode();
    owner.leases = () -> new ReadLeases(new SimpleMeterRegistry());
    var load = load(owner, "/docs/forgotten", Duration.ofSeconds(10));
    assertThat(load.lies()).isNotEmpty();
  }
}
