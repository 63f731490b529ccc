package io.holdfast.operation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.holdfast.database.Database;
import io.holdfast.database.DatabaseSettings;
import io.holdfast.database.OperationRows;
import io.holdfast.database.OperationRows.Accepting;
import io.holdfast.database.OperationRows.Part;
import io.holdfast.database.OperationRows.State;
import io.holdfast.database.OperationTable;
import io.holdfast.database.Slots;
import io.holdfast.route.Routes;
import io.holdfast.testing.Services;
import io.holdfast.testing.TestDatabase;
import io.holdfast.testing.WatchedDriver;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class RetentionTest {
  private static final String ROUTES =
      """
      upstreams.s.instances = ["http://127.0.0.1:1"]
      routes {
        short { path = "/short", upstream = s, async { mode = allowed, retain = 1h } }
        long { path = "/long", upstream = s, async { mode = allowed, retain = 7d } }
      }
      """;

  private final Routes routes = new Routes(Services.settings(ROUTES).routes());
  private final DatabaseSettings settings = TestDatabase.H2.fresh();
  private final WatchedDriver driver = new WatchedDriver();
  private final Database database = Database.open(driver.watched(settings));
  private final OperationRows rows = new OperationRows(database);
  private final OperationTable table = new OperationTable(database, () -> 1);
  private final Retention retention =
      new Retention(table, () -> routes, new SimpleMeterRegistry().counter("expired"));

  RetentionTest() throws SQLException {
    try (var own = Database.open(settings)) {
      own.prepare("holdfast", new Slots(64));
    }
  }

  @AfterEach
  void end() throws SQLException {
    table.close();
    database.close();
    driver.close();
  }

  /** One that was cancelled so long ago. */
  private void cancelled(String route, int hoursAgo) throws SQLException {
    var id = route + hoursAgo;
    var request = new Part("", new byte[0], new byte[0]);
    rows.accept(
        List.of(
            new Accepting(id, 130, route, "POST", "/", "", 1, "", Duration.ofHours(1), request)));
    rows.cancel(id);
    age(id, hoursAgo);
  }

  private void age(String id, int hours) throws SQLException {
    database.transaction(
        connection -> {
          try (var statement = connection.createStatement()) {
            return statement.executeUpdate(
                ("UPDATE operation SET created_at = created_at - INTERVAL '%1$d' HOUR,"
                        + " updated_at = updated_at - INTERVAL '%1$d' HOUR WHERE id = '%2$s'")
                    .formatted(hours, id));
          }
        });
  }

  private State state(String id) throws SQLException {
    return rows.find(id).orElseThrow().state();
  }

  private void awaitExpired(String id) {
    await(id).untilAsserted(() -> assertThat(state(id)).isEqualTo(State.EXPIRED));
  }

  @Test
  void whatIsFinalIsKeptAsLongAsItsRouteSaysAndADayWithoutIt() throws Exception {
    for (var route : List.of("short", "long", "removed")) {
      cancelled(route, 2);
      cancelled(route, 25);
    }
    retention.run();
    for (var id : List.of("short2", "short25", "removed25")) {
      awaitExpired(id);
    }
    assertThat(state("removed2")).isEqualTo(State.CANCELLED);
    assertThat(state("long25")).isEqualTo(State.CANCELLED);
    age("short25", 25);
    await()
        .untilAsserted(
            () -> {
              retention.run();
              assertThat(rows.find("short25")).isEmpty();
            });
    assertThat(state("short2")).isEqualTo(State.EXPIRED);
  }

  @Test
  void whatCannotBeForgottenKeepsNothingElse() throws Exception {
    cancelled("short", 2);
    cancelled("removed", 25);
    retention.run();
    awaitExpired("short2");
    awaitExpired("removed25");
    age("short2", 25);
    cancelled("long", 200);
    driver.watch(
        "prepareStatement",
        sql -> {
          if (sql.startsWith("DELETE FROM operation WHERE")) {
            throw new SQLException("it takes too long", "57014");
          }
        });
    await()
        .untilAsserted(
            () -> {
              retention.run();
              assertThat(state("long200")).isEqualTo(State.EXPIRED);
            });
    assertThat(state("short2")).isEqualTo(State.EXPIRED);
  }
}
