package io.holdfast.tools;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.database.Database;
import io.holdfast.database.DatabaseSettings;
import io.holdfast.database.Slots;
import io.holdfast.testing.NodeProcesses;
import io.holdfast.testing.TestDatabase;
import io.holdfast.tools.FilledDatabase.Range;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Each time in a new database of a real PostgreSQL. */
class FilledDatabaseTest {
  /** The statement was cancelled, or its connection is gone. */
  private static final String ENDED = "57014|08...";

  private final DatabaseSettings postgres = TestDatabase.POSTGRESQL.fresh();

  @Test
  void hasCopiesOfTheModelsAndIsGoneWhenItIsClosed() throws Exception {
    var made = new ArrayList<Integer>();
    try (var filled = filled();
        var connection = connect(filled.url())) {
      makeTables(filled);
      makeModels(connection);

      filled.fill(250_000, new Range(100_000, 149_999), made::add);

      assertThat(made).containsExactly(100_000, 200_000, 250_000);
      assertThat(count(connection, "document WHERE id LIKE 'm%'")).isEqualTo(250_000);
      assertThat(count(connection, "document WHERE id LIKE 'm%' AND deleted")).isEqualTo(50_000);
      assertThat(count(connection, "document WHERE id = 'm0100000' AND deleted")).isOne();
      assertThat(count(connection, "journal WHERE persistence_id = 'document|docs/m0249999'"))
          .isOne();
      assertThat(count(connection, "journal WHERE persistence_id = 'document|docs/m0000010'"))
          .isEqualTo(2);
      assertThat(filled.bytes()).isGreaterThan(250_000 * 100);
    }
    assertThat(schemas()).isZero();
  }

  @Test
  void isNotFilledWithoutModels() throws Exception {
    try (var filled = filled()) {
      makeTables(filled);

      assertThatThrownBy(() -> filled.fill(10, Range.NONE, made -> {}))
          .isInstanceOf(IllegalStateException.class)
          .hasMessage("the models are not in the database");
    }
  }

  @Test
  void isGoneWhenItIsClosedByAnotherThreadWhileItIsFilled() throws Exception {
    var begun = new CompletableFuture<Integer>();
    try (var filled = filled();
        var connection = connect(filled.url())) {
      makeTables(filled);
      makeModels(connection);
      var filling =
          CompletableFuture.runAsync(
              () -> {
                try {
                  filled.fill(FilledDatabase.DOCUMENTS_MAX, Range.NONE, begun::complete);
                } catch (SQLException e) {
                  throw new CompletionException(e);
                }
              });
      begun.get(60, TimeUnit.SECONDS);

      filled.close();

      assertThatThrownBy(() -> filling.get(10, TimeUnit.SECONDS))
          .cause()
          .isInstanceOfSatisfying(
              SQLException.class, it -> assertThat(it.getSQLState()).matches(ENDED));
      assertThat(schemas()).isZero();
    }
  }

  @Test
  void isServedByANodeThatFindsEachDocument() throws Exception {
    try (var filled = filled()) {
      var settings = new DatabaseSettings(filled.url(), postgres.user(), postgres.password(), 4);
      try (var node = NodeProcesses.start(1, settings)) {
        filled.writeModels(node.http(1, "/"));

        filled.fill(60, new Range(30, 39), made -> {});

        var often = node.get(1, "/docs/" + FilledDatabase.id(10));
        assertThat(often.statusCode()).isEqualTo(200);
        assertThat(often.headers().firstValue("ETag")).contains("\"25\"");
        assertThat(often.body()).hasSize(300).endsWith("024\"}");
        assertThat(node.get(1, "/docs/" + FilledDatabase.id(59)).body()).hasSize(300);
        assertThat(node.get(1, "/docs/" + FilledDatabase.id(30)).statusCode()).isEqualTo(404);
        assertThat(node.get(1, "/docs/" + FilledDatabase.id(60)).statusCode()).isEqualTo(404);
      }
    }
    assertThat(schemas()).isZero();
  }

  @Test
  void givesNodesAConfigurationThatIsTheOtherOneOnThisDatabase() throws Exception {
    try (var filled = filled()) {
      assertThat(filled.configuration(Path.of("/etc/hold \"fast\".conf")).lines())
          .containsExactly(
              "include required(file(\"/etc/hold \\\"fast\\\".conf\"))",
              "holdfast.database.url = \""
                  + postgres.url()
                  + "?currentSchema="
                  + filled.schema()
                  + "\"");
    }
  }

  private FilledDatabase filled() throws SQLException {
    return new FilledDatabase(
        new OperatorFile(
            "127.0.0.1", "", postgres.url(), postgres.user(), postgres.password(), "/docs"));
  }

  /** As a node does. */
  private void makeTables(FilledDatabase filled) throws SQLException {
    var settings = new DatabaseSettings(filled.url(), postgres.user(), postgres.password(), 4);
    try (var database = Database.open(settings)) {
      database.prepare("holdfast", new Slots(64));
    }
  }

  /** Of rows alone, which no node could read: two events of the one that was written often. */
  private static void makeModels(Connection connection) throws SQLException {
    try (var statement = connection.createStatement()) {
      for (var id : List.of("once", "deleted", "often", "often")) {
        statement.execute(
            "INSERT INTO journal SELECT 'document|docs/%1$s', COUNT(*), 1, now(), 1, '', '\\x01'"
                    .formatted(id)
                + " FROM journal WHERE persistence_id = 'document|docs/%1$s'".formatted(id));
        statement.execute(
            "INSERT INTO document VALUES ('docs', '%s', '\"1\"', %b) ON CONFLICT DO NOTHING"
                .formatted(id, id.equals("deleted")));
      }
    }
  }

  private long schemas() throws SQLException {
    try (var connection = connect(postgres.url())) {
      return count(
          connection, "information_schema.schemata WHERE schema_name LIKE 'holdfast_filled_%'");
    }
  }

  private static long count(Connection connection, String what) throws SQLException {
    try (var statement = connection.createStatement();
        var rows = statement.executeQuery("SELECT COUNT(*) FROM " + what)) {
      rows.next();
      return rows.getLong(1);
    }
  }

  private Connection connect(String url) throws SQLException {
    return DriverManager.getConnection(url, postgres.user(), postgres.password());
  }
}
