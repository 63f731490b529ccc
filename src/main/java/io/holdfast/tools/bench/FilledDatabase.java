package io.holdfast.tools.bench;

import io.holdfast.tools.OperatorFile;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;

/**
 * A schema of its own in somebody's PostgreSQL, filled with documents: copies, made by the database
 * itself, of a few that the nodes have written. What is in it is as the nodes' own codec made it.
 *
 * <p>Numbers have seven digits, so their order is that of the ids.
 */
final class FilledDatabase implements AutoCloseable {
  /** One document whose id is this was written once, and so are most others. */
  static final String ONCE = "once";

  /** This one was written many times: it has a snapshot, and events behind it. */
  static final String OFTEN = "often";

  /** This one was deleted, and so is a range of others. */
  static final String DELETED = "deleted";

  /** Of so many documents one was written often. */
  private static final int OFTEN_EVERY = 10;

  private static final int ROWS_AT_A_TIME = 100_000;

  /** Enough that all lanes have some. */
  private static final int MODELS_MAX = 2000;

  /** As long as those that nodes make. */
  private static final String OPERATION_ID = "'0' || to_char(n, 'FM0000000000000000000000000')";

  private static final String ID = "'m' || to_char(n, 'FM0000000')";

  private final String schema = "holdfast_bench_" + ThreadLocalRandom.current().nextInt(1 << 30);
  private final OperatorFile file;
  private final Connection connection;

  /** Documents from the first to the last, both included. */
  record Range(int first, int last) {}

  FilledDatabase(OperatorFile file) throws SQLException {
    this.file = file;
    this.connection =
        DriverManager.getConnection(url(), file.databaseUser(), file.databasePassword());
    execute("CREATE SCHEMA " + schema);
  }

  /** Where the nodes find it. */
  String url() {
    var url = file.databaseUrl();
    return url + (url.contains("?") ? "&" : "?") + "currentSchema=" + schema;
  }

  static String id(int number) {
    return "m%07d".formatted(number);
  }

  /** Whether the nodes have saved the state of the document that was written often. */
  boolean hasSnapshot() throws SQLException {
    return one("SELECT COUNT(*) FROM snapshot WHERE persistence_id = 'document|docs/" + OFTEN + "'")
        .filter(count -> count > 0)
        .isPresent();
  }

  /**
   * Makes so many documents, those of the range deleted ones; and has the database look at them.
   */
  void fill(int documents, Range deleted) throws SQLException {
    for (int from = 0; from < documents; from += ROWS_AT_A_TIME) {
      int to = Math.min(documents, from + ROWS_AT_A_TIME) - 1;
      copy("journal", "persistence_id", "'document|docs/' || ", from, to, deleted);
      copy("snapshot", "persistence_id", "'document|docs/' || ", from, to, deleted);
      copy("document", "id", "", from, to, deleted);
    }
    for (var table : List.of("journal", "snapshot", "document")) {
      execute("VACUUM (ANALYZE) " + table);
    }
  }

  /** Copies the rows of a model for each document. */
  private void copy(String table, String key, String prefix, int from, int to, Range deleted)
      throws SQLException {
    var columns = columns(table);
    var copied =
        columns.stream()
            .map(column -> column.equals(key) ? prefix + ID : "model." + column)
            .toList();
    execute(
        "INSERT INTO %s (%s) SELECT %s FROM generate_series(%d, %d) n JOIN %s model ON model.%s = %s%s"
            .formatted(
                table,
                String.join(", ", columns),
                String.join(", ", copied),
                from,
                to,
                table,
                key,
                prefix,
                model(deleted)));
  }

  /**
   * Makes so many operations that wait, copies of those that wait already, of which there have to
   * be some; and has the database look at them.
   */
  void fillOperations(int count) throws SQLException {
    execute(
        "CREATE TEMPORARY TABLE model AS SELECT o.id, row_number() OVER () - 1 AS number"
            + " FROM operation o WHERE o.state = 'accepted' LIMIT "
            + MODELS_MAX);
    long models = one("SELECT COUNT(*) FROM model").orElse(0L);
    for (int from = 0; from < count; from += ROWS_AT_A_TIME) {
      int to = Math.min(count, from + ROWS_AT_A_TIME) - 1;
      copyOperations("operation", from, to, models);
      copyOperations("operation_part", from, to, models);
    }
    execute("DROP TABLE model");
    execute("VACUUM (ANALYZE) operation, operation_part");
  }

  private void copyOperations(String table, int from, int to, long models) throws SQLException {
    var columns = columns(table);
    var copied =
        columns.stream().map(it -> it.equals("id") ? OPERATION_ID : "model." + it).toList();
    execute(
        "INSERT INTO %1$s (%2$s) SELECT %3$s FROM generate_series(%4$d, %5$d) n"
                .formatted(table, String.join(", ", columns), String.join(", ", copied), from, to)
            + " JOIN model m ON m.number = n %% %d JOIN %s model ON model.id = m.id"
                .formatted(models, table));
  }

  private static String model(Range deleted) {
    return "CASE WHEN n BETWEEN %d AND %d THEN '%s' WHEN n %% %d = 0 THEN '%s' ELSE '%s' END"
        .formatted(deleted.first(), deleted.last(), DELETED, OFTEN_EVERY, OFTEN, ONCE);
  }

  private List<String> columns(String table) throws SQLException {
    try (var found = connection.getMetaData().getColumns(null, schema, table, null)) {
      var columns = new java.util.ArrayList<String>();
      while (found.next()) {
        columns.add(found.getString("COLUMN_NAME"));
      }
      return columns;
    }
  }

  /** Bytes of everything in it, indices too. */
  long bytes() throws SQLException {
    return one("SELECT SUM(pg_total_relation_size(oid))::bigint FROM pg_class WHERE relkind = 'r'"
            + " AND relnamespace = '"
            + schema
            + "'::regnamespace")
        .orElse(0L);
  }

  private Optional<Long> one(String sql) throws SQLException {
    try (var statement = connection.createStatement();
        var rows = statement.executeQuery(sql)) {
      return rows.next() ? Optional.of(rows.getLong(1)) : Optional.empty();
    }
  }

  private void execute(String sql) throws SQLException {
    try (var statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  /** Removes it. */
  @Override
  public void close() throws SQLException {
    try {
      execute("DROP SCHEMA " + schema + " CASCADE");
    } finally {
      connection.close();
    }
  }
}
