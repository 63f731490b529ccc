package io.holdfast.system;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.database.DatabaseSettings;
import io.holdfast.testing.NodeProcesses;
import io.holdfast.testing.TestDatabase;
import java.sql.DriverManager;
import java.sql.SQLException;
import org.junit.jupiter.api.Test;

/** What a node asks of itself before it is ready runs for real, and nobody else sees it. */
class RehearsalTest {
  private static final int ROUNDS = 2;
  private static final int CLIENTS = 4;

  @Test
  void isPlayedBeforeTheNodeIsReadyAndLeavesNothingToSee() throws SQLException {
    var database = TestDatabase.H2.fresh();
    try (var nodes = NodeProcesses.start(1, database, "holdfast.node.rehearsal-rounds=" + ROUNDS)) {
      var metrics = nodes.send(nodes.admin(1, "/metrics"), "GET", "").body();
      var listing = nodes.get(1, "/docs");
      var outside = nodes.get(1, "/~/n1-0-0");

      assertThat(metrics).doesNotContain("http_server_request_duration_seconds_count{");
      assertThat(listing.body()).contains("[]");
      assertThat(outside.statusCode()).isEqualTo(404);
      assertThat(outside.body()).contains("No route takes");
    }
    assertThat(inJournal(database, "COUNT(DISTINCT persistence_id)")).isEqualTo(ROUNDS * CLIENTS);
  }

  /** Whose cluster has died waits for any node at all. */
  @Test
  void isLeftOutWhereNobodyServesAnyMore() throws SQLException {
    var database = TestDatabase.H2.fresh();
    try (var nodes = NodeProcesses.start(1, database, "holdfast.node.rehearsal-rounds=" + ROUNDS)) {
      int before = inJournal(database, "COUNT(*)");
      nodes.kill(1);
      nodes.start(1);
      nodes.awaitReady();
      assertThat(before).isPositive();
      assertThat(inJournal(database, "COUNT(*)")).isEqualTo(before);
    }
  }

  private static int inJournal(DatabaseSettings database, String what) throws SQLException {
    try (var connection =
            DriverManager.getConnection(database.url(), database.user(), database.password());
        var statement = connection.createStatement();
        var found =
            statement.executeQuery(
                "SELECT %s FROM journal WHERE persistence_id LIKE '%%~/n1-%%'".formatted(what))) {
      assertThat(found.next()).isTrue();
      return found.getInt(1);
    }
  }
}
