package io.holdfast.database;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.testing.TestDatabase;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class DatabaseTest {
  private static final Slots SLOTS = new Slots(64);

  @ParameterizedTest
  @EnumSource(TestDatabase.class)
  void threeNodesPrepareAnEmptyDatabaseAtTheSameInstant(TestDatabase kind) throws Exception {
    var settings = kind.fresh();
    var together = new CyclicBarrier(3);
    var threads = Executors.newFixedThreadPool(3);
    Callable<Preparation> node =
        () -> {
          try (var database = Database.open(settings)) {
            together.await(10, TimeUnit.SECONDS);
            return database.prepare("holdfast", SLOTS);
          }
        };
    List<Future<Preparation>> nodes = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      nodes.add(threads.submit(node));
    }
    for (var prepared : nodes) {
      assertThat(prepared.get(30, TimeUnit.SECONDS)).isEqualTo(new Preparation.Ready(0));
    }
    threads.shutdown();
    try (var database = Database.open(settings)) {
      assertThat(number(database, "SELECT COUNT(*) FROM shard_owner")).isEqualTo(3 * 64);
      assertThat(number(database, "SELECT COUNT(*) FROM cluster")).isEqualTo(1);
      assertThat(number(database, "SELECT formation FROM arbiter")).isZero();
      assertThat(number(database, "SELECT COUNT(*) FROM timeline")).isEqualTo(1);
    }
  }

  @ParameterizedTest
  @EnumSource(TestDatabase.class)
  void refusesADatabaseOfAnotherClusterOrWithAnotherNumberOfShards(TestDatabase kind)
      throws SQLException {
    try (var database = Database.open(kind.fresh())) {
      assertThat(database.prepare("holdfast", SLOTS)).isEqualTo(new Preparation.Ready(0));
      assertThat(database.prepare("other", SLOTS))
          .isInstanceOfSatisfying(
              Preparation.Refused.class,
              refused -> assertThat(refused.reason()).contains("\"holdfast\"", "\"other\""));
      assertThat(database.prepare("holdfast", new Slots(32)))
          .isInstanceOfSatisfying(
              Preparation.Refused.class,
              refused -> assertThat(refused.reason()).contains("cluster.shards = 64"));
      assertThat(number(database, "SELECT COUNT(*) FROM shard_owner")).isEqualTo(3 * 64);
    }
  }

  @ParameterizedTest
  @EnumSource(TestDatabase.class)
  void leavesTheSchemaOfAnotherClusterAsItIs(TestDatabase kind) throws SQLException {
    try (var database = Database.open(kind.fresh())) {
      database.prepare("holdfast", SLOTS);
      // As an earlier build would have left it.
      execute(
          database, "DELETE FROM \"flyway_schema_history\" WHERE CAST(\"version\" AS INT) >= 9");
      execute(database, "DROP TABLE operation_part");
      execute(database, "DROP TABLE operation");
      assertThat(database.prepare("other", SLOTS)).isInstanceOf(Preparation.Refused.class);
      assertThatThrownBy(() -> number(database, "SELECT COUNT(*) FROM operation"))
          .isInstanceOf(SQLException.class);
      assertThat(database.prepare("holdfast", SLOTS)).isEqualTo(new Preparation.Ready(0));
      assertThat(number(database, "SELECT COUNT(*) FROM operation")).isZero();
    }
  }

  private static void execute(Database database, String sql) throws SQLException {
    database.transaction(
        connection -> {
          try (var statement = connection.createStatement()) {
            return statement.execute(sql);
          }
        });
  }

  @Test
  void onH2AStartThatDiedInTheMiddleIsFinishedByTheNextOne() throws SQLException {
    try (var database = Database.open(TestDatabase.H2.fresh())) {
      database.prepare("holdfast", SLOTS);
      for (var sql :
          List.of(
              "DELETE FROM \"flyway_schema_history\" WHERE \"version\" IS NOT NULL",
              "DROP TABLE document",
              "DROP TABLE shard_owner")) {
        execute(database, sql);
      }
      assertThat(database.prepare("holdfast", SLOTS)).isEqualTo(new Preparation.Ready(0));
      assertThat(number(database, "SELECT COUNT(*) FROM shard_owner")).isEqualTo(3 * 64);
      assertThat(number(database, "SELECT COUNT(*) FROM document")).isZero();
    }
  }

  @Test
  void onH2CommitsAreWrittenAtOnce() throws SQLException {
    try (var database = Database.open(TestDatabase.H2.fresh())) {
      database.prepare("holdfast", SLOTS);
      assertThat(
              number(
                  database,
                  "SELECT CAST(setting_value AS INT) FROM information_schema.settings"
                      + " WHERE setting_name = 'WRITE_DELAY'"))
          .isZero();
    }
  }

  static long number(Database database, String sql) throws SQLException {
    return database.read(
        connection -> {
          try (var statement = connection.createStatement();
              var rows = statement.executeQuery(sql)) {
            rows.next();
            return rows.getLong(1);
          }
        });
  }
}
