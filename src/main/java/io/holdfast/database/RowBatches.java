package io.holdfast.database;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * The rows that one transaction writes, of several kinds. PostgreSQL's driver sends several
 * statements that are prepared as one in one round trip; H2's has no such thing. What is not closed
 * is parsed and planned anew by whoever prepares the same on the connection.
 */
final class RowBatches implements AutoCloseable {
  private final Connection connection;
  private final Dialect dialect;
  private final Map<List<RowBatch>, PreparedStatement> prepared = new HashMap<>();

  RowBatches(Connection connection, Dialect dialect) {
    this.connection = connection;
    this.dialect = dialect;
  }

  /**
   * Carries out the statements of those that have rows, in this order.
   *
   * @return how many rows the first of them changed
   */
  int execute(List<RowBatch> batches) throws SQLException {
    var full = batches.stream().filter(batch -> !batch.isEmpty()).toList();
    if (full.isEmpty()) {
      return 0;
    }
    if (dialect == Dialect.POSTGRESQL) {
      return executeTogether(full);
    }
    int changed = executeTogether(full.subList(0, 1));
    for (var batch : full.subList(1, full.size())) {
      executeTogether(List.of(batch));
    }
    return changed;
  }

  private int executeTogether(List<RowBatch> batches) throws SQLException {
    var statement = statement(batches);
    int next = 1;
    for (var batch : batches) {
      next = batch.bind(statement, next);
    }
    statement.execute();
    return statement.getUpdateCount();
  }

  private PreparedStatement statement(List<RowBatch> batches) throws SQLException {
    var known = prepared.get(batches);
    if (known != null) {
      return known;
    }
    var sql = batches.stream().map(RowBatch::sql).collect(Collectors.joining("; "));
    var statement = connection.prepareStatement(sql);
    prepared.put(batches, statement);
    return statement;
  }

  @Override
  public void close() throws SQLException {
    for (var statement : prepared.values()) {
      statement.close();
    }
  }
}
