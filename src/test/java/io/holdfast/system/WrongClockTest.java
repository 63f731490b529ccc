package io.holdfast.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import io.holdfast.testing.NodeProcesses;
import io.holdfast.testing.TestDatabase;
import java.net.http.HttpClient;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import org.junit.jupiter.api.Test;

/** A node whose machine's clock is an hour ahead, with libfaketime where that is installed. */
class WrongClockTest {
  private static final Duration MINUTES = Duration.ofMinutes(10);

  @Test
  void aNodeWhoseClockIsAnHourAheadWarnsAndWorksAsAnyOther() throws Exception {
    assumeThat(NodeProcesses.canSetClocks()).isTrue();
    try (var nodes = NodeProcesses.launch(1, TestDatabase.H2.fresh())) {
      int wrong = nodes.launchAnotherWithClock("+3600");
      nodes.awaitReady();
      assertThat(nodes.logged(1)).doesNotContain("The clock of");
      await()
          .untilAsserted(
              () ->
                  assertThat(nodes.logged(wrong))
                      .containsPattern("The clock of n2's machine is 3(600|599) s ahead"));

      newDocumentsAreInOrder(nodes, wrong);
      timesAreRight(nodes, wrong);
      whatOneNodeToldAWatcherTheOtherUnderstands(nodes, wrong);
      assertThat(nodes.logged(wrong)).doesNotContain("starts anew");
    }
  }

  /** Their ids are of the time at which the edge made them. */
  private static void newDocumentsAreInOrder(NodeProcesses nodes, int wrong) {
    var locations = new ArrayList<String>();
    for (int i = 0; i < 6; i++) {
      var created =
          nodes.send(
              i % 2 == 0 ? wrong : 1, "POST", "/docs", "1", "Content-Type", "application/json");
      assertThat(created.statusCode()).isEqualTo(201);
      locations.add(field(created, "Location"));
    }
    assertThat(locations).isSorted();
  }

  /** Of documents with either owner, through either node. */
  private static void timesAreRight(NodeProcesses nodes, int wrong) {
    for (int i = 0; i < 8; i++) {
      int through = i % 2 == 0 ? wrong : 1;
      var written = nodes.put(through, "/docs/t" + i, "1");
      assertThat(time(written, "Last-Modified")).isBetween(ago(MINUTES), Instant.now());
      assertThat(time(written, "Date")).isBetween(ago(MINUTES), Instant.now());
      var unmodified =
          nodes.get(through, "/docs/t" + i, "If-Modified-Since", field(written, "Last-Modified"));
      assertThat(unmodified.statusCode()).isEqualTo(304);
      var again =
          nodes.put(
              3 - through,
              "/docs/t" + i,
              "2",
              "If-Unmodified-Since",
              field(written, "Last-Modified"));
      assertThat(again.statusCode()).isEqualTo(204);
    }
  }

  private static void whatOneNodeToldAWatcherTheOtherUnderstands(NodeProcesses nodes, int wrong)
      throws Exception {
    var client = HttpClient.newHttpClient();
    for (int from = 1; from <= 2; from++) {
      var id = "w" + from;
      String lastId;
      try (var first = Events.watch(client, nodes.http(from, "/docs"), "")) {
        await().until(() -> !first.lastId.isEmpty());
        lastId = first.lastId;
      }
      nodes.put(wrong, "/docs/" + id, "1");
      try (var second = Events.watch(client, nodes.http(3 - from, "/docs"), lastId)) {
        await().until(() -> second.seen.contains("change " + id + " 1"));
      }
    }
  }

  private static Instant ago(Duration time) {
    return Instant.now().minus(time);
  }

  private static String field(HttpResponse<?> response, String name) {
    return response.headers().firstValue(name).orElseThrow();
  }

  private static Instant time(HttpResponse<?> response, String name) {
    return ZonedDateTime.parse(field(response, name), DateTimeFormatter.RFC_1123_DATE_TIME)
        .toInstant();
  }
}
