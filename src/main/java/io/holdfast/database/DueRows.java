package io.holdfast.database;

import static io.holdfast.database.OperationColumns.ALL;
import static io.holdfast.database.OperationColumns.rows;
import static io.holdfast.database.OperationColumns.texts;
import static io.holdfast.database.OperationColumns.utc;

import io.holdfast.database.AttemptRows.Due;
import io.holdfast.database.OperationRows.Row;
import io.holdfast.database.OperationRows.State;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.BinaryOperator;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * What is due of a slot and a route. What is in no order stands in an index in the order in which
 * it goes. Of what is in order there is one for each key, however many wait behind it: so the keys
 * are gone through, from one to the next.
 */
final class DueRows {
  private static final List<State> OPEN = List.of(State.ACCEPTED, State.RUNNING);

  /** H2 reads all that are final as well where there is no lower bound. */
  private static final String IS_DUE =
      "o.due_at > TIMESTAMP WITH TIME ZONE '1970-01-01 00:00:00+00' AND o.due_at <= ?";

  /** H2 takes an index for an order only if it is asked for from its first column on. */
  private static final String IN_ORDER =
      " ORDER BY o.slot, o.route, o.state, o.order_key, o.priority, o.due_at";

  /** So many keys are looked at for a page; where there are more, not the same ones each time. */
  private static final int KEYS_MAX = 512;

  private static final int KEYS_PAGE = 64;
  private static final int PAGES_MAX = 64;

  /** Where no key that was looked at is due, others may be. */
  private static final Duration OTHERS_AFTER = Duration.ofSeconds(1);

  private static final String LETTERS =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

  private static final Comparator<Row> ORDER =
      Comparator.comparingInt(Row::priority)
          .thenComparing(it -> it.dueAt().orElseThrow())
          .thenComparing(Row::id);

  private final Connection connection;
  private final Dialect dialect;
  private final int slot;
  private final String route;

  DueRows(Connection connection, Dialect dialect, int slot, String route) {
    this.connection = connection;
    this.dialect = dialect;
    this.slot = slot;
    this.route = route;
  }

  /** The most important first and then the oldest. */
  Due read(Instant now, int limit) throws SQLException {
    var keys = new Keys();
    var firsts = keys.names.isEmpty() ? List.<Row>of() : firsts(keys.names);
    var isDue = firsts.stream().collect(Collectors.partitioningBy(it -> isDue(it, now)));
    var due =
        Stream.concat(isDue.get(true).stream(), unordered(utc(now), limit).stream())
            .sorted(ORDER)
            .limit(limit)
            .toList();
    if (due.size() == limit) {
      return new Due(due, Optional.empty());
    }
    var next =
        Stream.of(
            isDue.get(false).stream().flatMap(it -> it.dueAt().stream()),
            keys.all ? Stream.<Instant>empty() : Stream.of(now.plus(OTHERS_AFTER)),
            nextUnordered(utc(now)).stream());
    return new Due(due, next.flatMap(it -> it).reduce(BinaryOperator.minBy(Instant::compareTo)));
  }

  private static boolean isDue(Row row, Instant now) {
    return !row.dueAt().orElseThrow().isAfter(now);
  }

  // ---- what is in no order ----

  private List<Row> unordered(OffsetDateTime now, int limit) throws SQLException {
    var sql =
        ofEachPriority(
                priority ->
                    "SELECT "
                        + ALL
                        + where(priority)
                        + IS_DUE
                        + IN_ORDER
                        + ", o.id LIMIT "
                        + limit) // no parameter: see OperationRows
            + " ORDER BY 7, 14, 1 LIMIT "
            + limit;
    try (var select = connection.prepareStatement(sql)) {
      bind(select, now);
      return rows(select);
    }
  }

  private Optional<Instant> nextUnordered(OffsetDateTime now) throws SQLException {
    var sql =
        ofEachPriority(
                priority ->
                    "SELECT o.due_at" + where(priority) + "o.due_at > ?" + IN_ORDER + " LIMIT 1")
            + " ORDER BY 1 LIMIT 1";
    try (var select = connection.prepareStatement(sql)) {
      bind(select, now);
      try (var rows = select.executeQuery()) {
        return rows.next()
            ? Optional.of(rows.getObject(1, OffsetDateTime.class).toInstant())
            : Optional.empty();
      }
    }
  }

  /** Those of one state and priority are in order by themselves, and all together are not. */
  private static String ofEachPriority(IntFunction<String> sql) {
    return OPEN.stream()
        .flatMap(
            state ->
                IntStream.range(0, OperationRows.PRIORITIES)
                    .mapToObj(priority -> sql.apply(priority).formatted(state.word())))
        .collect(Collectors.joining(") UNION ALL (", "SELECT * FROM ((", ")) AS due"));
  }

  private static String where(int priority) {
    return " FROM operation o WHERE o.slot = ? AND o.route = ? AND o.state = '%s'"
        + " AND o.order_key = '' AND o.priority = "
        + priority
        + " AND ";
  }

  private void bind(PreparedStatement select, OffsetDateTime now) throws SQLException {
    for (int i = 0; i < OPEN.size() * OperationRows.PRIORITIES; i++) {
      select.setInt(3 * i + 1, slot);
      select.setString(3 * i + 2, route);
      select.setObject(3 * i + 3, now);
    }
  }

  // ---- what is in order ----

  /** The keys of what is in order. */
  private final class Keys {
    private final Set<String> names = new LinkedHashSet<>();
    private boolean all = true;
    private int pages;

    /** Those that run come last: a page of them says nothing of what stands behind it. */
    Keys() throws SQLException {
      var first = page(State.ACCEPTED, "", KEYS_PAGE);
      names.addAll(first);
      if (first.size() == KEYS_PAGE) {
        goOn(anywhere());
        goOn(first.get(first.size() - 1));
      }
      names.addAll(page(State.RUNNING, "", KEYS_MAX));
    }

    /** To the end, or to those that are known. */
    private void goOn(String after) throws SQLException {
      for (var page = page(State.ACCEPTED, after, KEYS_PAGE);
          names.addAll(page) && all;
          page = page(State.ACCEPTED, page.get(page.size() - 1), KEYS_PAGE)) {
        pages++;
        all = pages < PAGES_MAX && names.size() < KEYS_MAX;
      }
    }
  }

  private static String anywhere() {
    return ThreadLocalRandom.current()
        .ints(3, 0, LETTERS.length())
        .mapToObj(i -> LETTERS.substring(i, i + 1))
        .collect(Collectors.joining());
  }

  /** As many times as it has operations, up to the end of the page. */
  private List<String> page(State state, String after, int limit) throws SQLException {
    return switch (dialect) {
      case H2 -> pageOfEqual(state, after, limit);
      case POSTGRESQL -> pageByRange(state, after, limit);
    };
  }

  /** H2 begins with all that are equal, and passes them over: so nothing may be. */
  private List<String> pageOfEqual(State state, String after, int limit) throws SQLException {
    var sql =
        "SELECT o.order_key FROM operation o WHERE o.slot = ? AND o.route = ? AND o.state = '%s'"
                .formatted(state.word())
            + " AND o.order_key >= ? AND o.due_at IS NOT NULL"
            + " ORDER BY o.slot, o.route, o.state, o.order_key LIMIT "
            + limit;
    try (var select = connection.prepareStatement(sql)) {
      select.setInt(1, slot);
      select.setString(2, route);
      select.setString(3, after + " ");
      return OperationColumns.ids(select);
    }
  }

  /** As {@link #firstByRange}. */
  private List<String> pageByRange(State state, String after, int limit) throws SQLException {
    var sql =
        """
        SELECT CASE WHEN p.slot = ? AND p.route = ? AND p.state = '%1$s' THEN p.order_key END
        FROM (SELECT o.slot, o.route, o.state, o.order_key FROM operation o
              WHERE (o.slot, o.route, o.state, o.order_key) > (?, ?, '%1$s', ?)
                AND o.due_at IS NOT NULL
              ORDER BY o.slot, o.route, o.state, o.order_key LIMIT %2$d) AS p"""
            .formatted(state.word(), limit);
    try (var select = connection.prepareStatement(sql)) {
      for (int i : List.of(0, 2)) {
        select.setInt(1 + i, slot);
        select.setString(2 + i, route);
      }
      select.setString(5, after);
      return OperationColumns.ids(select).stream().filter(Objects::nonNull).toList();
    }
  }

  /**
   * Of each key the one that runs, or else the oldest; unless it is final meanwhile. With two
   * questions: PostgreSQL goes through a whole index for what it has to join.
   */
  private List<Row> firsts(Set<String> keys) throws SQLException {
    var ids = new ArrayList<String>();
    var firsts =
        "SELECT COALESCE((%s), (%s)) FROM UNNEST(CAST(? AS %s ARRAY)) AS k(C1)"
            .formatted(
                first(State.RUNNING), first(State.ACCEPTED), RowBatch.Type.TEXT.name(dialect));
    try (var select = connection.prepareStatement(firsts)) {
      select.setArray(1, texts(connection, dialect, List.copyOf(keys)));
      OperationColumns.ids(select).stream().filter(Objects::nonNull).forEach(ids::add);
    }
    try (var select =
        connection.prepareStatement("SELECT " + ALL + " FROM operation o WHERE o.id = ANY(?)")) {
      select.setArray(1, texts(connection, dialect, ids));
      return rows(select).stream().filter(row -> row.dueAt().isPresent()).toList();
    }
  }

  private String first(State state) {
    return switch (dialect) {
      case H2 ->
          "SELECT b.id FROM operation b WHERE b.order_key = k.C1 AND b.order_key <> ''"
              + " AND b.state = '%s' AND b.due_at IS NOT NULL".formatted(state.word())
              + " ORDER BY b.order_key, b.state, b.created_at, b.id LIMIT 1";
      case POSTGRESQL -> firstByRange(state);
    };
  }

  /**
   * Only one index has this order. For an equal state that of all states would do too, and is taken
   * where the statistics know of hardly any other key: it goes through all that wait.
   */
  private static String firstByRange(State state) {
    return """
        SELECT CASE WHEN f.order_key = k.C1 AND f.state = '%1$s' THEN f.id END
        FROM (SELECT b.order_key, b.state, b.id FROM operation b
              WHERE (b.order_key, b.state) >= (k.C1, '%1$s')
                AND b.order_key <> '' AND b.due_at IS NOT NULL
              ORDER BY b.order_key, b.state, b.created_at, b.id LIMIT 1) AS f"""
        .formatted(state.word());
  }
}
