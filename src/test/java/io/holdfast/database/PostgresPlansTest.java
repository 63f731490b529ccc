package io.holdfast.database;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.database.RecoveryDao.Criteria;
import io.holdfast.testing.TestDatabase;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.OffsetDateTime;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * How PostgreSQL carries out what is asked all the time. A plan lives as long as its connection:
 * one that was made while tables were small has to be good when they have grown.
 */
class PostgresPlansTest {
  private static final String DOC = "document|docs/a";

  /** Sets the parameters. */
  @FunctionalInterface
  private interface Binding {
    void set(PreparedStatement statement) throws SQLException;
  }

  @Test
  void everythingIsAskedByKeyAlthoughTheTablesWereSmallWhenTheyWereLookedAt() throws Exception {
    try (var node = Node.start(1, TestDatabase.POSTGRESQL.fresh())) {
      node.own(DOC);
      node.written(DOC, 1);
      node.execute("INSERT INTO snapshot VALUES ('" + DOC + "', 1, CURRENT_TIMESTAMP, 7, 'm', '')");
      for (var table : List.of("journal", "snapshot", "document", "document_change")) {
        node.execute("ANALYZE " + table);
      }
      var shapes = new JournalShapes(Dialect.POSTGRESQL);
      assertThat(plan(node, Listings.sql(Dialect.POSTGRESQL), PostgresPlansTest::page))
          .contains("Index Scan using document_live")
          .doesNotContain("Sort", "Seq Scan");
      assertThat(plan(node, RecoveryDao.SQL, it -> RecoveryDao.bind(it, DOC, Criteria.ALL, 0)))
          .contains("snapshot_pkey", "journal_pkey")
          .doesNotContain("Seq Scan", "JIT");
      for (var shape : List.of(shapes.oldSnapshots(), shapes.oldEvents())) {
        var rows = new RowBatch(shape, Dialect.POSTGRESQL);
        rows.add(DOC, 1L);
        assertThat(plan(node, rows.sql(), it -> rows.bind(it, 1)))
            .contains("_pkey")
            .doesNotContain("Seq Scan");
      }
    }
  }

  @Test
  void whatIsRemovedOfKeyedRequestsIsFoundInAnIndex() throws Exception {
    try (var node = Node.start(1, TestDatabase.POSTGRESQL.fresh())) {
      node.execute("ANALYZE keyed_request");
      var now = OffsetDateTime.now();
      assertThat(plan(node, KeyedRows.EXPIRED, it -> KeyedRows.bindExpired(it, now, 500)))
          .contains("keyed_request_age")
          .doesNotContain("Sort", "Seq Scan");
      assertThat(plan(node, KeyedRows.SURPLUS, it -> KeyedRows.bindSurplus(it, "s", 10_000, 500)))
          .contains("keyed_request_scope")
          .doesNotContain("Sort", "Seq Scan");
    }
  }

  private static void page(PreparedStatement statement) throws SQLException {
    statement.setString(1, "docs");
    statement.setString(2, "a");
    statement.setInt(3, 100);
  }

  private static String plan(Node node, String sql, Binding binding) throws SQLException {
    return node.database.read(
        connection -> {
          var plan = new StringBuilder();
          try (var explain = connection.prepareStatement("EXPLAIN " + sql)) {
            binding.set(explain);
            try (var rows = explain.executeQuery()) {
              while (rows.next()) {
                plan.append(rows.getString(1)).append('\n');
              }
            }
          }
          return plan.toString();
        });
  }
}
