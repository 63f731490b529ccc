package io.holdfast.edge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.holdfast.caching.CacheKey;
import io.holdfast.caching.CacheRequest;
import io.holdfast.caching.CacheSettings;
import io.holdfast.caching.ResponseHead;
import io.holdfast.caching.StoredResponse;
import io.holdfast.caching.Storing;
import io.holdfast.caching.StoringDecision;
import io.holdfast.caching.TargetUri;
import io.holdfast.http.Fields;
import io.holdfast.resource.Representation;
import io.holdfast.resource.Representation.Found;
import io.holdfast.resource.Representation.Go;
import io.holdfast.resource.Representation.Reply;
import io.holdfast.resource.ServedCopies;
import io.holdfast.resource.ServedCopies.Copy;
import io.holdfast.resource.ServedCopies.Vouched;
import io.holdfast.resource.StoredTarget;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Much more than there is room for goes through owners and copies of a node. */
@Timeout(120)
class StoredMemoryTest {
  private static final ActorTestKit KIT = ActorTestKit.create();
  private static final int KIB = 1024;
  private static final int MIB = 1024 * KIB;
  private static final int GIB = 1024 * MIB;
  private static final int LARGE = 256 * KIB;
  private static final CacheSettings SETTINGS =
      new CacheSettings(Duration.ofHours(1), Duration.ZERO, MIB, 8);

  @AfterAll
  static void stop() {
    KIT.shutdownTestKit();
  }

  /** Owners and an edge of one node, which fetches whatever is not there. */
  private static final class Node {
    final LocalOwners owners;
    final ServedCopies copies;
    final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    final TestProbe<Reply> replies = KIT.createTestProbe();
    private long exchange;

    Node(long memoryMax, long copiesMax) {
      owners = new LocalOwners(KIT, memoryMax);
      owners.stored.bindTo(meters);
      copies = new ServedCopies(copiesMax);
      copies.bindTo(meters);
    }

    private Reply reply() {
      while (true) {
        var reply = replies.receiveMessage();
        if (reply.exchange() == exchange) {
          return reply;
        }
      }
    }

    /** Whether the owner has it; else it is stored now. Either way there is a copy later. */
    boolean ask(Given given) {
      var request = given.request();
      owners.tell(
          new Representation.Ask(
              given.target(), request, List.of(), 30_000, ++exchange, replies.ref()));
      var reply = reply();
      if (reply instanceof Found found) {
        keep(given, found, found.content());
        return true;
      }
      var content = new byte[given.contentBytes()];
      owners.tell(
          new Representation.Store(
              given.target(),
              request,
              SETTINGS,
              ((Go) reply).ticket(),
              given.response(exchange),
              content,
              ++exchange,
              replies.ref()));
      keep(given, (Found) reply(), content);
      return false;
    }

    private void keep(Given given, Found found, byte[] content) {
      var copy =
          new Copy(
              given.request().key(), found.response(), content, found.purge(), Vouched.fromNow());
      copies.keep(given.target(), copy);
    }

    long owned() {
      return (long) meters.get("holdfast.cache.memory").gauge().value();
    }

    long copied() {
      return (long) meters.get("holdfast.cache.copies").gauge().value();
    }
  }

  /** What is asked for, and what the service says. */
  private record Given(String path, int contentBytes) {
    StoredTarget target() {
      return new StoredTarget("r", uri());
    }

    private TargetUri uri() {
      return TargetUri.of("http", "example.com", path);
    }

    CacheRequest request() {
      return new CacheRequest("GET", CacheKey.get(uri()), Fields.NONE);
    }

    StoredResponse response(long id) {
      var head = new ResponseHead(200, Fields.of("Cache-Control", "max-age=3600"));
      var now = Instant.now();
      var decision = Storing.decide(request(), head, now, now, SETTINGS);
      return ((StoringDecision.Store) decision)
          .response()
          .completed(contentBytes, id)
          .orElseThrow();
    }
  }

  private static long used() {
    System.gc();
    var runtime = Runtime.getRuntime();
    return runtime.totalMemory() - runtime.freeMemory();
  }

  /** Live bytes, when those that are on their way out have gone. */
  private static void assertThatHeapHasGrownByLessThan(long bytes, long before) {
    await().untilAsserted(() -> assertThat(used() - before).isLessThan(bytes));
  }

  @Test
  void aGibibyteOfDistinctResponsesStaysInBoundsAndHotOnesStay() {
    long before = used();
    var node = new Node(256 * MIB, 64 * MIB);
    int hot = 50;
    int misses = 0;
    for (int i = 0; i < GIB / LARGE; i++) {
      node.ask(new Given("/scan/" + i, LARGE));
      if (i % 2 == 0) {
        var given = new Given("/hot/" + i / 2 % hot, LARGE);
        boolean isCopied = node.copies.only(given.target()).isPresent();
        boolean isOwned = node.ask(given);
        misses += isCopied && isOwned ? 0 : 1;
      }
      if (i % 16 == 0) {
        assertThat(node.owned()).isLessThanOrEqualTo(256 * MIB);
        assertThat(node.copied()).isLessThanOrEqualTo(64 * MIB);
      }
    }
    assertThat(misses).as("each of them once, the first time").isEqualTo(hot);
    assertThat(node.owned()).as("as much as there is room for").isGreaterThan(250 * MIB);
    assertThat(node.copied()).isGreaterThan(60 * MIB);
    assertThatHeapHasGrownByLessThan((256 + 64 + 16) * MIB, before);
  }

  /** What counts is not the content: the rest of it costs more, of owners and of copies. */
  @Test
  void manyTinyResponsesWithLongNamesStayInBoundsToo() {
    long before = used();
    var node = new Node(8 * MIB, 8 * MIB);
    for (int i = 0; i < 2 * KIB; i++) {
      node.ask(new Given("/" + "x".repeat(6 * KIB) + i, 10));
    }
    assertThat(node.owned()).isLessThanOrEqualTo(8 * MIB);
    assertThat(node.copied()).isLessThanOrEqualTo(8 * MIB);
    assertThatHeapHasGrownByLessThan((8 + 8 + 8) * MIB, before);
    assertThat(node.copies.size()).isPositive();
  }
}
