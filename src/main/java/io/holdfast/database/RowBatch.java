package io.holdfast.database;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;
import java.util.stream.IntStream;

/**
 * Many rows for one statement: what is the same in all of them, and the other columns as arrays. So
 * they travel in one round trip, whichever driver carries them.
 */
final class RowBatch {
  private final Shape shape;
  private final Dialect dialect;
  private final List<List<Object>> columns = new ArrayList<>();
  private Object[] same = {};

  /** The type of a column, as the databases call it. */
  enum Type {
    TEXT("VARCHAR", "varchar", String[]::new),
    NUMBER("BIGINT", "int8", Long[]::new),
    SMALL_NUMBER("INTEGER", "int4", Integer[]::new),
    FLAG("BOOLEAN", "bool", Boolean[]::new),
    BYTES("VARBINARY", "bytea", byte[][]::new),
    LARGE("BINARY LARGE OBJECT", "bytea", byte[][]::new),
    TIME("TIMESTAMP(3) WITH TIME ZONE", "timestamptz", OffsetDateTime[]::new);

    private final String h2;
    private final String postgresql;
    private final IntFunction<Object[]> array;

    Type(String h2, String postgresql, IntFunction<Object[]> array) {
      this.h2 = h2;
      this.postgresql = postgresql;
      this.array = array;
    }

    /** As {@link Connection#createArrayOf} takes it, and as SQL says it. */
    String name(Dialect dialect) {
      return switch (dialect) {
        case H2 -> h2;
        case POSTGRESQL -> postgresql;
      };
    }
  }

  /**
   * A statement for rows.
   *
   * @param sql with {@code %s} where the rows are selected from, columns {@code C1}, {@code C2},
   *     and so on
   * @param scalars the types of parameters before the rows, which are the same in all of them
   * @param types the types of the rows' columns
   */
  record Shape(String sql, List<Type> scalars, List<Type> types) {

    /** An insert; in front of the rows' columns stand those that are the same in all. */
    static Shape insert(
        String head, List<Type> scalars, List<Type> types, String tail, Dialect dialect) {
      var selected = new ArrayList<String>();
      scalars.forEach(type -> selected.add("CAST(? AS " + type.name(dialect) + ")"));
      IntStream.rangeClosed(1, types.size()).forEach(i -> selected.add("C" + i));
      var sql = head + " SELECT " + String.join(", ", selected) + " FROM %s" + tail;
      return new Shape(sql, scalars, types);
    }

    String sql(Dialect dialect) {
      return sql.formatted(rows(dialect));
    }

    private String rows(Dialect dialect) {
      var arrays =
          types.stream().map(type -> "CAST(? AS " + type.name(dialect) + " ARRAY)").toList();
      var names = IntStream.rangeClosed(1, types.size()).mapToObj(i -> "C" + i).toList();
      return "UNNEST(%s) AS r(%s)".formatted(String.join(", ", arrays), String.join(", ", names));
    }
  }

  RowBatch(Shape shape, Dialect dialect) {
    this.shape = shape;
    this.dialect = dialect;
    shape.types().forEach(type -> columns.add(new ArrayList<>()));
  }

  String sql() {
    return shape.sql(dialect);
  }

  /** Sets what is the same in all rows. */
  RowBatch all(Object... values) {
    same = values;
    return this;
  }

  void add(Object... values) {
    for (int i = 0; i < values.length; i++) {
      columns.get(i).add(values[i]);
    }
  }

  boolean isEmpty() {
    return columns.get(0).isEmpty();
  }

  /**
   * Sets the parameters of the statement.
   *
   * @param first the number of the first one that is ours
   * @return the number of the next one that is not
   */
  int bind(PreparedStatement statement, int first) throws SQLException {
    int next = first;
    for (var value : same) {
      statement.setObject(next++, value);
    }
    for (int i = 0; i < columns.size(); i++) {
      var type = shape.types().get(i);
      var values = columns.get(i).toArray(type.array);
      statement.setArray(
          next++, statement.getConnection().createArrayOf(type.name(dialect), values));
    }
    return next;
  }

  /** Forgets what was added. */
  void clear() {
    columns.forEach(List::clear);
  }
}
