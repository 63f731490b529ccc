package io.holdfast.database;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.LongSupplier;

/**
 * The rows of stored responses, one for each target. Blocks; see {@link WriteBehind} for the
 * threads.
 *
 * <p>Whoever writes holds the rows of the shards until the commit, alone: so a row that is removed
 * was not being written by a transaction that nobody hears of any more, and a former owner writes
 * nothing. Whoever takes a shard looks at whether its rows were looked after by the owner before
 * it; if not, something may have made them invalid, and all of them are removed.
 */
final class StoredTargetRows {
  /** In one transaction of {@link #trim}. */
  private static final int TRIMMED_AT_A_TIME = 500;

  /** In one transaction: a statement has two seconds, and whoever takes a shard waits for it. */
  static final int REMOVED_AT_A_TIME = 500;

  private static final String FOR_UPDATE = " FOR UPDATE";

  private final Database database;
  private final LongSupplier me;

  private final Set<Integer> unfinished = ConcurrentHashMap.newKeySet();

  StoredTargetRows(Database database, LongSupplier me) {
    this.database = database;
    this.me = me;
  }

  /** A row to be written. */
  record Row(WriteBehind.Target target, byte[] entry) {}

  /**
   * What one transaction does.
   *
   * @param removed targets whose rows go, and those of {@code written} too, before they are written
   * @param emptied slots of which all rows go, first
   */
  record Changes(List<Row> written, List<WriteBehind.Target> removed, Set<Integer> emptied) {
    static final Changes NONE = new Changes(List.of(), List.of(), Set.of());

    SortedSet<Integer> slots() {
      var slots = new TreeSet<>(emptied);
      written.forEach(it -> slots.add(it.target().slot()));
      removed.forEach(it -> slots.add(it.slot()));
      return slots;
    }
  }

  /** All rows. */
  record Total(long rows, long bytes) {}

  /**
   * Writes where the shards are ours, and looks after those that have just become so.
   *
   * @param slots further ones to look after
   * @param routes that are warm: rows of others are neither written nor kept
   * @return the slots that are ours; nothing if it cannot be done now, because the database's
   *     history has changed
   */
  Optional<Set<Integer>> write(Changes changes, Set<Integer> slots, Set<String> routes)
      throws SQLException {
    var all = changes.slots();
    all.addAll(slots);
    return underFence(
        all,
        (connection, epochs) -> {
          lookAfter(connection, epochs, routes);
          lapse(connection, changes.emptied(), epochs.keySet());
          remove(connection, changes, epochs.keySet());
          insert(connection, changes.written(), epochs.keySet(), routes);
        });
  }

  /**
   * Removes some of what slots that are ours have of other routes.
   *
   * @return false if there may be more, or it cannot be done now
   */
  boolean keepOnly(Set<Integer> slots, Set<String> routes) throws SQLException {
    var all = new AtomicBoolean();
    var ours =
        underFence(
            slots,
            (connection, epochs) -> {
              lookAfter(connection, epochs, routes);
              all.set(removeOthers(connection, epochs.keySet(), routes));
            });
    return ours.filter(it -> it.isEmpty() || all.get()).isPresent();
  }

  /**
   * From now on nothing holds that slots which are ours have.
   *
   * @return nothing if it cannot be done now
   */
  Optional<Set<Integer>> lapse(Set<Integer> slots) throws SQLException {
    return underFence(
        slots, (connection, epochs) -> lapse(connection, epochs.keySet(), epochs.keySet()));
  }

  /** Slots that were looked at, and whose rows have yet to be removed before any holds. */
  Set<Integer> unfinished() {
    return Set.copyOf(unfinished);
  }

  @FunctionalInterface
  private interface Fenced {
    void in(Connection connection, Map<Integer, Long> epochs) throws SQLException;
  }

  /** H2 has to be told when a node was frozen while it held a row. */
  private Optional<Set<Integer>> underFence(Set<Integer> slots, Fenced work) throws SQLException {
    if (slots.isEmpty()) {
      return Optional.of(Set.of());
    }
    if (!database.timeline().isSettled()) {
      return Optional.empty();
    }
    try {
      return database.transaction(connection -> underFence(connection, slots, work));
    } catch (SQLException e) {
      if (FailureKind.of(e) == FailureKind.BUSY) {
        FrozenTransactions.end(database);
      }
      throw e;
    }
  }

  private Optional<Set<Integer>> underFence(Connection connection, Set<Integer> slots, Fenced work)
      throws SQLException {
    var epochs = new HashMap<Integer, Long>();
    var history = lock(connection, slots, epochs);
    if (history.isPresent() && !database.timeline().isKnown(history.get())) {
      database.timeline().learn(connection, history.get());
      return Optional.empty();
    }
    if (!epochs.isEmpty()) {
      work.in(connection, epochs);
    }
    return Optional.of(Set.copyOf(epochs.keySet()));
  }

  /** Ascending, as everybody does. */
  private Optional<String> lock(
      Connection connection, Set<Integer> slots, Map<Integer, Long> epochs) throws SQLException {
    Optional<String> history = Optional.empty();
    try (var select =
        connection.prepareStatement(
            "SELECT slot, epoch, "
                + database.dialect().history()
                + " FROM shard_owner WHERE slot = ANY(?) AND incarnation = ? ORDER BY slot"
                + lockClause())) {
      select.setArray(1, array(connection, slots));
      select.setLong(2, me.getAsLong());
      try (var rows = select.executeQuery()) {
        while (rows.next()) {
          epochs.put(rows.getInt(1), rows.getLong(2));
          history = Optional.of(rows.getString(3));
        }
      }
    }
    return history;
  }

  /** On H2 a longer wait means a frozen transaction. */
  private String lockClause() {
    return database.dialect() == Dialect.H2 ? FOR_UPDATE + " WAIT 0.5" : FOR_UPDATE;
  }

  private void lookAfter(Connection connection, Map<Integer, Long> epochs, Set<String> routes)
      throws SQLException {
    if (routes.isEmpty()) {
      return; // This node does not, and the gap in the epochs says so.
    }
    var known = lookedAfter(connection, epochs.keySet());
    var next = new HashSet<Integer>();
    var lapsed = new HashSet<Integer>();
    epochs.forEach(
        (slot, epoch) -> {
          long last = known.getOrDefault(slot, -1L);
          if (last != epoch) {
            (last == epoch - 1 ? next : lapsed).add(slot);
          }
        });
    var done = new HashSet<Integer>();
    if (removeSome(connection, "slot = ANY(?)", lapsed, Optional.empty())) {
      done.addAll(lapsed);
    }
    if (removeOthers(connection, next, routes)) {
      done.addAll(next);
    }
    unfinished.removeAll(epochs.keySet());
    unfinished.addAll(next);
    unfinished.addAll(lapsed);
    unfinished.removeAll(done);
    mark(connection, done, epochs);
  }

  private Map<Integer, Long> lookedAfter(Connection connection, Set<Integer> slots)
      throws SQLException {
    var known = new HashMap<Integer, Long>();
    try (var select =
        connection.prepareStatement("SELECT slot, epoch FROM stored_slot WHERE slot = ANY(?)")) {
      select.setArray(1, array(connection, slots));
      try (var rows = select.executeQuery()) {
        while (rows.next()) {
          known.put(rows.getInt(1), rows.getLong(2));
        }
      }
    }
    return known;
  }

  private void mark(Connection connection, Set<Integer> slots, Map<Integer, Long> epochs)
      throws SQLException {
    if (slots.isEmpty()) {
      return;
    }
    deleteOfSlots(connection, "DELETE FROM stored_slot WHERE slot = ANY(?)", slots);
    try (var insert =
        connection.prepareStatement("INSERT INTO stored_slot (slot, epoch) VALUES (?, ?)")) {
      for (int slot : slots) {
        insert.setInt(1, slot);
        insert.setLong(2, epochs.get(slot));
        insert.addBatch();
      }
      insert.executeBatch();
    }
  }

  /** Takes the mark away without which no row holds; the rows are removed some at a time. */
  private void lapse(Connection connection, Set<Integer> slots, Set<Integer> owned)
      throws SQLException {
    var ours = new HashSet<>(slots);
    ours.retainAll(owned);
    if (!ours.isEmpty()) {
      deleteOfSlots(connection, "DELETE FROM stored_slot WHERE slot = ANY(?)", ours);
      unfinished.addAll(ours);
    }
  }

  private void deleteOfSlots(Connection connection, String sql, Set<Integer> slots)
      throws SQLException {
    try (var delete = connection.prepareStatement(sql)) {
      delete.setArray(1, array(connection, slots));
      delete.executeUpdate();
    }
  }

  private boolean removeOthers(Connection connection, Set<Integer> slots, Set<String> routes)
      throws SQLException {
    return removeSome(
        connection, "slot = ANY(?) AND NOT (route = ANY(?))", slots, Optional.of(routes));
  }

  /**
   * Removes rows, as many as a transaction has time for.
   *
   * @return whether none is left
   */
  private boolean removeSome(
      Connection connection, String which, Set<Integer> slots, Optional<Set<String>> routes)
      throws SQLException {
    if (slots.isEmpty()) {
      return true;
    }
    var ids = new ArrayList<String>();
    try (var select =
        connection.prepareStatement(
            "SELECT id FROM stored_target WHERE " + which + " LIMIT " + REMOVED_AT_A_TIME)) {
      select.setArray(1, array(connection, slots));
      if (routes.isPresent()) {
        select.setArray(2, connection.createArrayOf("varchar", routes.get().toArray()));
      }
      try (var rows = select.executeQuery()) {
        while (rows.next()) {
          ids.add(rows.getString(1));
        }
      }
    }
    try (var delete = connection.prepareStatement("DELETE FROM stored_target WHERE id = ANY(?)")) {
      delete.setArray(1, connection.createArrayOf("varchar", ids.toArray()));
      delete.executeUpdate();
    }
    return ids.size() < REMOVED_AT_A_TIME;
  }

  private static void remove(Connection connection, Changes changes, Set<Integer> owned)
      throws SQLException {
    var targets = new ArrayList<>(changes.removed());
    changes.written().forEach(it -> targets.add(it.target()));
    try (var delete = connection.prepareStatement("DELETE FROM stored_target WHERE id = ?")) {
      int count = 0;
      for (var target : targets) {
        if (owned.contains(target.slot())) {
          delete.setString(1, target.id());
          delete.addBatch();
          count++;
        }
      }
      execute(delete, count);
    }
  }

  private void insert(
      Connection connection, List<Row> written, Set<Integer> owned, Set<String> routes)
      throws SQLException {
    try (var insert =
        connection.prepareStatement(
            "INSERT INTO stored_target (id, slot, route, generation, size, entry, written_at)"
                + " VALUES (?, ?, ?, ?, ?, ?, "
                + database.dialect().now()
                + ")")) {
      int count = 0;
      for (var row : written) {
        var target = row.target();
        if (owned.contains(target.slot()) && routes.contains(target.route())) {
          insert.setString(1, target.id());
          insert.setInt(2, target.slot());
          insert.setString(3, target.route());
          insert.setLong(4, database.timeline().generation());
          insert.setInt(5, row.entry().length);
          insert.setBytes(6, row.entry());
          insert.addBatch();
          count++;
        }
      }
      execute(insert, count);
    }
  }

  private static void execute(PreparedStatement statement, int rows) throws SQLException {
    if (rows > 0) {
      statement.executeBatch();
    }
  }

  // ---- what an owner begins with ----

  /**
   * What there is of some targets.
   *
   * @param lookedAfter the slots that are ours, and whose rows hold
   * @param entries by id
   */
  record Found(Set<Integer> lookedAfter, Map<String, byte[]> entries) {}

  /** Finds nothing where the rows of a slot have not been looked after yet. */
  Found read(Collection<WriteBehind.Target> targets) throws SQLException {
    return database.read(
        connection -> {
          var slots = new TreeSet<Integer>();
          targets.forEach(it -> slots.add(it.slot()));
          var good = lookedAfterByUs(connection, slots);
          var entries = new HashMap<String, byte[]>();
          try (var select =
              connection.prepareStatement(
                  "SELECT entry FROM stored_target WHERE id = ? AND generation = ?")) {
            for (var target : targets) {
              if (good.contains(target.slot())) {
                select.setString(1, target.id());
                select.setLong(2, database.timeline().generation());
                entry(select).ifPresent(it -> entries.put(target.id(), it));
              }
            }
          }
          return new Found(good, entries);
        });
  }

  private static Optional<byte[]> entry(PreparedStatement select) throws SQLException {
    try (var rows = select.executeQuery()) {
      return rows.next() ? Optional.of(rows.getBytes(1)) : Optional.empty();
    }
  }

  private Set<Integer> lookedAfterByUs(Connection connection, Set<Integer> slots)
      throws SQLException {
    var good = new HashSet<Integer>();
    try (var select =
        connection.prepareStatement(
            "SELECT o.slot, "
                + database.dialect().history()
                + " FROM shard_owner o JOIN stored_slot s ON s.slot = o.slot AND s.epoch = o.epoch"
                + " WHERE o.slot = ANY(?) AND o.incarnation = ?")) {
      select.setArray(1, array(connection, slots));
      select.setLong(2, me.getAsLong());
      try (var rows = select.executeQuery()) {
        while (rows.next()) {
          if (database.timeline().isKnown(rows.getString(2))) {
            good.add(rows.getInt(1));
          }
        }
      }
    }
    return good;
  }

  // ---- how much there is ----

  Total total() throws SQLException {
    return database.read(
        connection -> {
          try (var select =
                  connection.prepareStatement(
                      "SELECT COUNT(*), COALESCE(SUM(size), 0) FROM stored_target");
              var rows = select.executeQuery()) {
            rows.next();
            return new Total(rows.getLong(1), rows.getLong(2));
          }
        });
  }

  /**
   * Removes those that were written least lately, whoever's they are, some at a time. Rows that
   * somebody is writing are passed over.
   *
   * @param bytes to be removed, at least
   * @return what was; fewer bytes if it is to be called again
   */
  Total trim(long bytes) throws SQLException {
    return database.transaction(
        connection -> {
          long freed = 0;
          int count = 0;
          try (var select =
                  connection.prepareStatement(
                      "SELECT id, size FROM stored_target ORDER BY written_at LIMIT "
                          + TRIMMED_AT_A_TIME
                          + " FOR UPDATE SKIP LOCKED");
              var delete = connection.prepareStatement("DELETE FROM stored_target WHERE id = ?");
              var rows = select.executeQuery()) {
            while (freed < bytes && rows.next()) {
              freed += rows.getInt(2);
              delete.setString(1, rows.getString(1));
              delete.addBatch();
              count++;
            }
            execute(delete, count);
          }
          return new Total(count, freed);
        });
  }

  private java.sql.Array array(Connection connection, Set<Integer> slots) throws SQLException {
    return connection.createArrayOf(database.dialect().intArray(), slots.toArray());
  }
}
