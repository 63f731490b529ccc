package io.holdfast.tools;

import com.typesafe.config.ConfigUtil;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntConsumer;
import org.postgresql.PGConnection;

/**
 * A schema of its own in somebody's PostgreSQL, filled with documents: copies, made by the database
 * itself, of a few that the nodes have written. What is in it is as the nodes' own codec made it.
 *
 * <p>Numbers have seven digits, so their order is that of the ids. To be used by one thread; closed
 * by any.
 */
public final class FilledDatabase implements AutoCloseable {
  /** More have no number of seven digits. */
  public static final int DOCUMENTS_MAX = 10_000_000;

  /** Of so many documents one was written often. */
  private static final int OFTEN_EVERY = 10;

  private static final int ROWS_AT_A_TIME = 100_000;

  /** Enough that all lanes have some. */
  private static final int MODELS_MAX = 2000;

  /** As long as those that nodes make. */
  private static final String OPERATION_ID = "'0' || to_char(n, 'FM0000000000000000000000000')";

  private static final String ID = "'m' || to_char(n, 'FM0000000')";

  private static final double SNAPSHOT_SECONDS_MAX = 20;
  private static final long AGAIN_NANOS = 20_000_000;

  /** Of a transaction that a killed node has left open, until the database notices. */
  private static final String LOCK_MAX = "60s";

  private final String schema = "holdfast_filled_" + ThreadLocalRandom.current().nextInt(1 << 30);
  private final OperatorFile file;
  private final Connection connection;

  /** Documents from the first to the last, both included. */
  public record Range(int first, int last) {
    public static final Range NONE = new Range(0, -1);

    public int count() {
      return last - first + 1;
    }
  }

  /** Makes the schema, with nothing in it. */
  public FilledDatabase(OperatorFile file) throws SQLException {
    this.file = file;
    this.connection = connect();
    execute("CREATE SCHEMA " + schema);
  }

  private Connection connect() throws SQLException {
    return DriverManager.getConnection(url(), file.databaseUser(), file.databasePassword());
  }

  public String schema() {
    return schema;
  }

  /** A configuration that is the other one, but on this database. */
  public String configuration(Path other) {
    return "include required(file(%s))\nholdfast.database.url = %s\n"
        .formatted(ConfigUtil.quoteString(other.toString()), ConfigUtil.quoteString(url()));
  }

  /** Where the nodes find it. */
  public String url() {
    var url = file.databaseUrl();
    return url + (url.contains("?") ? "&" : "?") + "currentSchema=" + schema;
  }

  public static String id(int number) {
    return "m%07d".formatted(number);
  }

  /**
   * Has a node write the documents that the others will be copies of, and returns when it has saved
   * the state of the one that was written often.
   */
  public void writeModels(URI node) throws IOException, SQLException {
    ModelDocuments.write(node);
    long began = System.nanoTime();
    while (!hasSnapshot()) {
      if (System.nanoTime() - began > SNAPSHOT_SECONDS_MAX * 1e9) {
        throw new IOException(
            "no state was saved within %.0f s of the model that is written often"
                .formatted(SNAPSHOT_SECONDS_MAX));
      }
      LockSupport.parkNanos(AGAIN_NANOS);
    }
  }

  private boolean hasSnapshot() throws SQLException {
    return one("SELECT COUNT(*) FROM snapshot WHERE persistence_id = 'document|docs/%s'"
            .formatted(ModelDocuments.OFTEN))
        .filter(count -> count > 0)
        .isPresent();
  }

  /**
   * Makes so many documents, those of the range deleted ones; and has the database look at them.
   *
   * @param made told now and then how many there are
   */
  public void fill(int documents, Range deleted, IntConsumer made) throws SQLException {
    for (int from = 0; from < documents; from += ROWS_AT_A_TIME) {
      int to = Math.min(documents, from + ROWS_AT_A_TIME) - 1;
      copy("journal", "persistence_id", "'document|docs/' || ", from, to, deleted);
      copy("snapshot", "persistence_id", "'document|docs/' || ", from, to, deleted);
      long listed = copy("document", "id", "", from, to, deleted);
      if (listed != to - from + 1) {
        throw new IllegalStateException("the models are not in the database");
      }
      made.accept(to + 1);
    }
    for (var table : List.of("journal", "snapshot", "document")) {
      execute("VACUUM (ANALYZE) " + table);
    }
  }

  /** Copies the rows of a model for each document, and returns how many that makes. */
  private long copy(String table, String key, String prefix, int from, int to, Range deleted)
      throws SQLException {
    var columns = columns(table);
    var copied =
        columns.stream()
            .map(column -> column.equals(key) ? prefix + ID : "model." + column)
            .toList();
    return execute(
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
  public void fillOperations(int count) throws SQLException {
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
        .formatted(
            deleted.first(),
            deleted.last(),
            ModelDocuments.DELETED,
            OFTEN_EVERY,
            ModelDocuments.OFTEN,
            ModelDocuments.ONCE);
  }

  private List<String> columns(String table) throws SQLException {
    try (var found = connection.getMetaData().getColumns(null, schema, table, null)) {
      var columns = new ArrayList<String>();
      while (found.next()) {
        columns.add(found.getString("COLUMN_NAME"));
      }
      return columns;
    }
  }

  /** Bytes of everything in it, indices too. */
  public long bytes() throws SQLException {
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

  /** Returns how many rows that changes. */
  private long execute(String sql) throws SQLException {
    try (var statement = connection.createStatement()) {
      return statement.execute(sql) ? 0 : statement.getUpdateCount();
    }
  }

  private void cancel() {
    try {
      connection.unwrap(PGConnection.class).cancelQuery();
    } catch (SQLException e) {
      // The connection is broken: nothing runs on it for us.
    }
  }

  /** Removes it; who is still filling it fails. */
  @Override
  public void close() throws SQLException {
    cancel();
    connection.abort(Runnable::run);
    try (var another = connect();
        var statement = another.createStatement()) {
      statement.execute("SET lock_timeout = '" + LOCK_MAX + "'");
      statement.execute("DROP SCHEMA IF EXISTS " + schema + " CASCADE");
    }
  }
}
