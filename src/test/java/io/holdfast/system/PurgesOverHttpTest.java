package io.holdfast.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.holdfast.testing.FaultyLink;
import io.holdfast.testing.NodeProcesses;
import io.holdfast.testing.Origin;
import io.holdfast.testing.Services;
import io.holdfast.testing.TestDatabase;
import java.net.http.HttpResponse;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** One real node, and its operator who purges. */
@Timeout(120)
class PurgesOverHttpTest {
  private static HttpResponse<String> purge(NodeProcesses nodes, String order) {
    return nodes.send(nodes.admin(1, "/cache/purge"), "POST", order);
  }

  @Test
  void aPurgeIsAnsweredByTheNodeOnceItIsWrittenDownAndRefusedWhileItCannotBe() {
    var database = TestDatabase.H2.fresh();
    try (var origin = Origin.named("catalog");
        var link = new FaultyLink(TestDatabase.port(database));
        var nodes =
            NodeProcesses.start(
                1,
                TestDatabase.through(link, database),
                Services.properties("catalog", origin).toArray(String[]::new))) {
      var done = purge(nodes, "{\"route\":\"catalog\"}");
      assertThat(done.body()).isEqualTo("{\"purged\":0,\"nodes\":1}");
      assertThat(done.statusCode()).isEqualTo(200);
      assertThat(nodes.logged(1)).contains("Done[number=1, purged=0, nodes=1, pending=[]]");
      assertThat(purge(nodes, "{\"prefix\":\"/\",\"dry-run\":true}").body())
          .isEqualTo("{\"purged\":0,\"nodes\":1,\"dry-run\":true}");
      assertThat(purge(nodes, "{\"route\":\"docs\"}").body()).contains("there are [catalog]");
      assertThat(nodes.send(nodes.admin(1, "/cache"), "GET", "").body())
          .startsWith("{\"routes\":[{\"route\":\"catalog\",\"entries\":0,");

      link.cut();
      var refused = purge(nodes, "{\"url\":\"/a\"}");
      assertThat(refused.statusCode()).isEqualTo(503);
      assertThat(refused.body()).contains("database-unavailable");
      link.heal();
      await()
          .atMost(Duration.ofSeconds(20))
          .untilAsserted(
              () -> assertThat(purge(nodes, "{\"url\":\"/a\"}").statusCode()).isEqualTo(200));
    }
  }
}
