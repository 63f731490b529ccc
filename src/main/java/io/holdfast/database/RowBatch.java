package io.holdfast.database;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/**
 * Many rows in one round trip. PostgreSQL's driver sends a batch so; H2's sends each row of a batch
 * by itself and waits, so there the columns travel as arrays.
 */
final class RowBatch {
  private final Connection connection;
  private final Dialect dialect;
  private final PreparedStatement statement;
  private final int scalars;
  private final List<String> types;
  private final List<List<Object>> columns = new ArrayList<>();
  private Object[] same = {};
  private int rows;

  /**
   * A statement for rows.
   *
   * @param head up to and without the values, as {@code INSERT INTO t (a, b)}
   * @param tail behind the values, on PostgreSQL
   * @param scalars the types of the first columns, which are the same in all rows
   * @param types the types of the others
   */
  record Shape(String head, String tail, List<String> scalars, List<String> types) {
    /** An insert. */
    static Shape insert(String head, List<String> scalars, List<String> types) {
      return new Shape(head, "", scalars, types);
    }

    String sql(Dialect dialect) {
      return switch (dialect) {
        case H2 -> head + " SELECT " + selected() + " FROM UNNEST(" + arrays() + ")";
        case POSTGRESQL -> head + " VALUES (" + marks() + ")" + tail;
      };
    }

    private String selected() {
      var parts = new ArrayList<String>();
      scalars.forEach(type -> parts.add("CAST(? AS " + type + ")"));
      for (int i = 1; i <= types.size(); i++) {
        parts.add("C" + i);
      }
      return String.join(", ", parts);
    }

    private String arrays() {
      return String.join(
          ", ", types.stream().map(type -> "CAST(? AS " + type + " ARRAY)").toList());
    }

    private String marks() {
      return "?" + ", ?".repeat(scalars.size() + types.size() - 1);
    }
  }

  RowBatch(Connection connection, Dialect dialect, Shape shape) throws SQLException {
    this.connection = connection;
    this.dialect = dialect;
    this.scalars = shape.scalars().size();
    this.types = shape.types();
    this.statement = connection.prepareStatement(shape.sql(dialect));
    types.forEach(type -> columns.add(new ArrayList<>()));
  }

  /** Sets what is the same in all rows that are added from now on. */
  RowBatch all(Object... values) {
    same = values;
    return this;
  }

  void add(Object... values) throws SQLException {
    rows++;
    if (dialect == Dialect.H2) {
      for (int i = 0; i < values.length; i++) {
        columns.get(i).add(values[i]);
      }
      return;
    }
    setSame();
    for (int i = 0; i < values.length; i++) {
      statement.setObject(scalars + i + 1, values[i]);
    }
    statement.addBatch();
  }

  private void setSame() throws SQLException {
    for (int i = 0; i < scalars; i++) {
      statement.setObject(i + 1, same[i]);
    }
  }

  /** Sends what was added, if anything was. */
  void execute() throws SQLException {
    if (rows == 0) {
      return;
    }
    try {
      if (dialect == Dialect.H2) {
        setSame();
        for (int i = 0; i < columns.size(); i++) {
          statement.setArray(
              scalars + i + 1,
              connection.createArrayOf(base(types.get(i)), columns.get(i).toArray()));
        }
        statement.executeUpdate();
      } else {
        statement.executeBatch();
      }
    } finally {
      clear();
    }
  }

  private static String base(String type) {
    int length = type.indexOf('(');
    return length < 0 ? type : type.substring(0, length);
  }

  /** Forgets what was added. */
  void clear() throws SQLException {
    rows = 0;
    columns.forEach(List::clear);
    if (dialect == Dialect.POSTGRESQL) {
      statement.clearBatch();
    }
  }
}
