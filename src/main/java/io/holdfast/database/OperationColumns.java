package io.holdfast.database;

import io.holdfast.database.OperationRows.Row;
import io.holdfast.database.OperationRows.State;
import io.holdfast.database.RowBatch.Shape;
import io.holdfast.database.RowBatch.Type;
import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** How operations stand in their tables. */
final class OperationColumns {
  /** Of {@code operation o}, in the order in which {@link #rows} reads them. */
  static final String ALL =
      "o.id, o.slot, o.route, o.method, o.target, o.fingerprint, o.priority, o.order_key, o.state,"
          + " o.version, o.attempts, o.created_at, o.updated_at, o.due_at, o.deadline,"
          + " o.last_error, o.problem, o.result_status, o.result_length";

  static final String IS_OPEN = "state IN ('accepted', 'running')";

  private OperationColumns() {}

  /**
   * Rows of the table of parts.
   *
   * @param otherwise what becomes of one that is there already
   */
  static Shape parts(Dialect dialect, String otherwise) {
    return Shape.insert(
        "INSERT INTO operation_part (part, id, reason, fields, content)",
        List.of(Type.TEXT),
        List.of(Type.TEXT, Type.TEXT, Type.LARGE, Type.LARGE),
        otherwise,
        dialect);
  }

  static Array texts(Connection connection, Dialect dialect, List<String> texts)
      throws SQLException {
    return connection.createArrayOf(Type.TEXT.name(dialect), texts.toArray());
  }

  static List<Row> rows(PreparedStatement select) throws SQLException {
    var found = new ArrayList<Row>();
    try (var rows = select.executeQuery()) {
      while (rows.next()) {
        found.add(row(rows));
      }
    }
    return found;
  }

  static List<String> ids(PreparedStatement select) throws SQLException {
    var ids = new ArrayList<String>();
    try (var rows = select.executeQuery()) {
      while (rows.next()) {
        ids.add(rows.getString(1));
      }
    }
    return ids;
  }

  private static Row row(ResultSet rows) throws SQLException {
    return new Row(
        rows.getString(1),
        rows.getInt(2),
        rows.getString(3),
        rows.getString(4),
        rows.getString(5),
        rows.getString(6),
        rows.getInt(7),
        rows.getString(8),
        State.of(rows.getString(9)),
        rows.getLong(10),
        rows.getInt(11),
        instant(rows, 12),
        instant(rows, 13),
        Optional.ofNullable(rows.getObject(14, OffsetDateTime.class))
            .map(OffsetDateTime::toInstant),
        instant(rows, 15),
        rows.getString(16),
        rows.getString(17),
        rows.getInt(18),
        rows.getInt(19));
  }

  private static Instant instant(ResultSet rows, int column) throws SQLException {
    return rows.getObject(column, OffsetDateTime.class).toInstant();
  }

  static OffsetDateTime utc(Instant instant) {
    return OffsetDateTime.ofInstant(instant, ZoneOffset.UTC);
  }
}
