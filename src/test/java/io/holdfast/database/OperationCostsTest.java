package io.holdfast.database;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.database.OperationRows.Query;
import io.holdfast.database.OperationRows.State;
import io.holdfast.testing.TestDatabase;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** What is asked of many operations reads as many rows as it answers with, and few more. */
class OperationCostsTest {
  private static final int SLOT = 130;
  private static final int MANY = 20_000;
  private static final Duration HOURS = Duration.ofHours(10);
  private static final Instant NOW = Instant.now().truncatedTo(ChronoUnit.MILLIS);

  /**
   * Rows in a state; the last is the newest.
   *
   * @param order SQL for the order key of row X
   * @param due SQL for when the next attempt is due
   */
  private static void fill(Node node, String prefix, String state, String order, String due)
      throws SQLException {
    node.execute(
        """
        INSERT INTO operation (id, slot, route, method, target, fingerprint, priority, order_key,
          state, version, attempts, created_at, updated_at, due_at, deadline, last_error,
          result_status, result_length)
        SELECT '%s' || (100000 + X), %d, 'orders', 'POST', '/', '', 1, SUBSTR(%s, 1, 43), '%s', 1, 0, T, T, %s,
          TIMESTAMP WITH TIME ZONE '2100-01-01 00:00:00+00', '', 0, 0
        FROM (SELECT X, TIMESTAMP WITH TIME ZONE '%s' - (30000 - X) * INTERVAL '1' SECOND AS T
              FROM generate_series(1, %d) AS r(X)) AS made"""
            .formatted(prefix, SLOT, order, state, due, NOW, MANY));
  }

  @FunctionalInterface
  private interface Question {
    void ask() throws SQLException;
  }

  /** Entries of indexes that are read for it. One thread has one connection. */
  private static long read(Node node, Question question) throws SQLException {
    long before = readSoFar(node);
    question.ask();
    return readSoFar(node) - before;
  }

  private static long readSoFar(Node node) throws SQLException {
    node.execute("SELECT pg_stat_force_next_flush()");
    return node.number(
        "SELECT SUM(pg_stat_get_tuples_returned(indexrelid)) FROM pg_index"
            + " WHERE indrelid = 'operation'::regclass");
  }

  private static Node node() throws SQLException {
    var node = Node.start(1, TestDatabase.POSTGRESQL.fresh());
    node.rows.takeOver(new TreeSet<>(Set.of(SLOT)), Set.of(), node.me);
    return node;
  }

  @Test
  void theFirstOfAnOrderIsFoundHoweverManyWaitBehindIt() throws SQLException {
    try (var node = node()) {
      var attempts = new AttemptRows(node.database);
      fill(node, "a", "accepted", "'hot'", "T");
      fill(node, "b", "accepted", "CASE WHEN X <= 3 THEN 'k' || X ELSE 'l' END", "T");
      var ids = new ArrayList<String>();
      assertThat(
              read(
                  node,
                  () ->
                      attempts.due(SLOT, "orders", NOW, 64).rows().forEach(it -> ids.add(it.id()))))
          .isLessThan(1000);
      assertThat(ids).containsExactly("a100001", "b100001", "b100002", "b100003", "b100004");
    }
  }

  @Test
  void ofManyOrdersAsManyAreReadAsAreAskedForAndNotAlwaysTheSame() throws SQLException {
    try (var node = node()) {
      var attempts = new AttemptRows(node.database);
      fill(
          node,
          "a",
          "accepted",
          "ENCODE(SHA256(CAST(CAST(X AS VARCHAR) AS BYTEA)), 'base64')",
          "T");
      var ids = new HashSet<String>();
      for (int i = 0; i < 20; i++) {
        assertThat(
                read(
                    node,
                    () ->
                        attempts
                            .due(SLOT, "orders", NOW, 64)
                            .rows()
                            .forEach(it -> ids.add(it.id()))))
            .isLessThan(10_000);
      }
      assertThat(ids).hasSizeGreaterThan(640);
    }
  }

  @Test
  void whatIsNotDueYetIsNotRead() throws SQLException {
    try (var node = node()) {
      var attempts = new AttemptRows(node.database);
      fill(node, "a", "accepted", "''", "T + INTERVAL '10' HOUR");
      assertThat(
              read(
                  node,
                  () ->
                      assertThat(attempts.due(SLOT, "orders", NOW, 64).next())
                          .contains(NOW.minusSeconds(29_999).plus(Duration.ofHours(10)))))
          .isLessThan(100);
      assertThat(
              read(
                  node,
                  () ->
                      assertThat(attempts.due(SLOT, "orders", NOW.plus(HOURS), 64).rows())
                          .hasSize(64)))
          .isLessThan(200);
    }
  }

  @Test
  void whatIsNotOverdueIsNotRead() throws SQLException {
    try (var node = node()) {
      var attempts = new AttemptRows(node.database);
      fill(node, "a", "accepted", "''", "T");
      var failure = new AttemptRows.Failure("late", "upstream-timeout");
      var how = new AttemptRows.Overdue(failure, failure);
      assertThat(read(node, () -> attempts.failOverdue(SLOT, how, Set.of(), NOW, 1, 100)))
          .isLessThan(100);
    }
  }

  @Test
  void ofManyThatAreFinalNoMoreAreReadThanAreAskedFor() throws SQLException {
    try (var node = node()) {
      var rows = new OperationRows(node.database);
      var attempts = new AttemptRows(node.database);
      fill(node, "a", "succeeded", "''", "NULL");
      fill(node, "b", "expired", "'k'", "NULL");
      node.execute("UPDATE operation SET updated_at = CURRENT_TIMESTAMP");
      var all = Optional.<State>empty();
      var orders = Optional.of("orders");
      var first = Optional.<String>empty();
      for (var route : List.of(Optional.<String>empty(), orders)) {
        assertThat(read(node, () -> rows.list(new Query(all, route, first, 10)))).isLessThan(100);
      }
      assertThat(read(node, rows::routes)).isLessThan(100);
      assertThat(read(node, () -> rows.expire("orders", Duration.ofMinutes(1), 10)))
          .isLessThan(500);
      assertThat(read(node, () -> rows.forget("orders", Duration.ofMinutes(1), 10)))
          .isLessThan(500);
      assertThat(read(node, () -> attempts.due(SLOT, "orders", NOW, 64))).isLessThan(100);
      assertThat(read(node, () -> rows.open("orders", 1000))).isLessThan(100);
    }
  }
}
