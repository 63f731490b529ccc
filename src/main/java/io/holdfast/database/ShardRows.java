package io.holdfast.database;

import java.net.SocketTimeoutException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * The rows that say who owns a shard. A take-over updates a row that every transaction of its owner
 * holds a lock on, so it waits for a write under way and turns away every later one.
 */
public final class ShardRows implements AutoCloseable {
  /** How long a take-over waits for one row. It is tried again by whoever asked. */
  static final Duration LOCK_WAIT_MAX = Duration.ofMillis(300);

  private final Database database;
  private final String proofSql;
  private Connection proving;

  public ShardRows(Database database) {
    this.database = database;
    this.proofSql =
        "SELECT i.gone, "
            + database.dialect().history()
            + ", s.slot, (SELECT newest FROM purge_counter WHERE one = 1) FROM incarnation i LEFT JOIN shard_owner s ON s.incarnation = i.id"
            + " WHERE i.id = ?";
  }

  /** What became of one slot in a take-over. */
  public sealed interface Outcome {

    /**
     * The row is ours, committed.
     *
     * @param previous who held it before; empty if it was released, or never held
     * @param previousDead the process of {@code previous} has certainly ended
     * @param settled {@code previous} had no wait before it when the row was taken, or has waited:
     *     nobody before it can answer
     * @param epoch how many times the row has been taken
     */
    record TakenOver(Optional<Long> previous, boolean previousDead, boolean settled, long epoch)
        implements Outcome {}

    /** An incarnation that is not written off holds the row, and the slot is a patient one. */
    record Held(long incarnation) implements Outcome {}

    /** The asking incarnation is written off, or not registered: it gets nothing. */
    record Refused() implements Outcome {}
  }

  /** A row stayed locked, so nothing was taken. Ask again. */
  public static final class RowsLocked extends SQLException {
    RowsLocked(SQLException cause) {
      super("a shard row stayed locked", cause.getSQLState(), cause.getErrorCode(), cause);
    }
  }

  /**
   * What the database says about an incarnation.
   *
   * @param gone it is written off, or not registered
   * @param slots the rows that name it
   * @param generation of the database's history, see {@link Timeline}
   * @param newestPurge the number of the newest of {@link Purges}, as of the same moment; 0 if
   *     there was none, or the incarnation is not registered
   */
  public record Proof(boolean gone, Set<Integer> slots, long generation, long newestPurge) {}

  private record Holder(
      Optional<Long> incarnation, boolean gone, boolean dead, boolean settled, long epoch) {
    boolean isLiveOtherThan(long me) {
      return incarnation.isPresent() && incarnation.get() != me && !gone;
    }
  }

  /**
   * Takes all slots in one transaction.
   *
   * @param patient slots that are left alone while an incarnation that is not written off has them
   * @throws RowsLocked nothing was taken: ask again
   * @throws SQLException the database did not answer: what was taken is seen at the next attempt
   */
  public Map<Integer, Outcome> takeOver(SortedSet<Integer> slots, Set<Integer> patient, long me)
      throws SQLException {
    try {
      return database.transaction(connection -> takeOver(connection, slots, patient, me));
    } catch (SQLException e) {
      if (FailureKind.of(e) != FailureKind.BUSY) {
        throw e;
      }
      FrozenTransactions.end(database);
      throw new RowsLocked(e);
    }
  }

  private Map<Integer, Outcome> takeOver(
      Connection connection, SortedSet<Integer> slots, Set<Integer> patient, long me)
      throws SQLException {
    // Who is asked to wait for whom is only known once the history is.
    database.timeline().observe(connection);
    limitLockWait(connection, database.dialect());
    var outcomes = new HashMap<Integer, Outcome>();
    if (isWrittenOff(connection, me)) {
      slots.forEach(slot -> outcomes.put(slot, new Outcome.Refused()));
      return outcomes;
    }
    var wanted = new TreeSet<>(slots);
    leaveHeld(holders(connection, patientOf(slots, patient), false), patient, me, outcomes);
    wanted.removeAll(outcomes.keySet());
    var locked = holders(connection, wanted, true);
    leaveHeld(locked, patient, me, outcomes);
    locked.keySet().removeAll(outcomes.keySet());
    own(connection, locked.keySet(), me);
    locked.forEach((slot, holder) -> outcomes.put(slot, takenFrom(holder)));
    return outcomes;
  }

  private static SortedSet<Integer> patientOf(Set<Integer> slots, Set<Integer> patient) {
    var both = new TreeSet<>(slots);
    both.retainAll(patient);
    return both;
  }

  private static void leaveHeld(
      Map<Integer, Holder> holders, Set<Integer> patient, long me, Map<Integer, Outcome> outcomes) {
    holders.forEach(
        (slot, holder) -> {
          if (patient.contains(slot) && holder.isLiveOtherThan(me)) {
            outcomes.put(slot, new Outcome.Held(holder.incarnation().orElseThrow()));
          }
        });
  }

  private static Outcome takenFrom(Holder holder) {
    return new Outcome.TakenOver(
        holder.incarnation(), holder.dead(), holder.settled(), holder.epoch() + 1);
  }

  private static void limitLockWait(Connection connection, Dialect dialect) throws SQLException {
    if (dialect == Dialect.POSTGRESQL) {
      try (var set = connection.createStatement()) {
        set.execute("SET LOCAL lock_timeout = " + LOCK_WAIT_MAX.toMillis());
      }
    }
  }

  /** Locks the row, so that nobody can write this incarnation off before the take-over commits. */
  private boolean isWrittenOff(Connection connection, long me) throws SQLException {
    var sql = "SELECT gone FROM incarnation WHERE id = ? " + database.dialect().forShare();
    try (var select = connection.prepareStatement(sql)) {
      select.setLong(1, me);
      try (var rows = select.executeQuery()) {
        return !rows.next() || rows.getBoolean(1);
      }
    }
  }

  private Map<Integer, Holder> holders(Connection connection, Set<Integer> slots, boolean lock)
      throws SQLException {
    if (slots.isEmpty()) {
      return new HashMap<>();
    }
    if (lock) {
      lockRows(connection, database.dialect(), slots);
    }
    var sql =
        "SELECT s.slot, s.incarnation, s.epoch, COALESCE(i.gone, TRUE), COALESCE(i.dead, FALSE),"
            + " s.settled"
            + " FROM shard_owner s LEFT JOIN incarnation i ON i.id = s.incarnation"
            + " WHERE s.slot = ANY(?)";
    var holders = new HashMap<Integer, Holder>();
    try (var select = withSlots(connection, sql, slots);
        var rows = select.executeQuery()) {
      while (rows.next()) {
        int slot = rows.getInt(1);
        var incarnation = Optional.ofNullable(rows.getObject(2, Long.class));
        holders.put(
            slot,
            new Holder(
                incarnation,
                rows.getBoolean(4),
                rows.getBoolean(5),
                rows.getBoolean(6),
                rows.getLong(3)));
      }
    }
    return holders;
  }

  /**
   * Locks the rows until the transaction ends: no transaction that wrote under one of them is under
   * way any more.
   *
   * @throws SQLException of kind {@link FailureKind#BUSY}: one is, still after {@link
   *     #LOCK_WAIT_MAX}
   */
  static void lock(Connection connection, Dialect dialect, Set<Integer> slots) throws SQLException {
    limitLockWait(connection, dialect);
    lockRows(connection, dialect, slots);
  }

  private static void lockRows(Connection connection, Dialect dialect, Set<Integer> slots)
      throws SQLException {
    var sql = "SELECT slot FROM shard_owner WHERE slot = ANY(?) ORDER BY slot FOR UPDATE";
    if (dialect == Dialect.H2) {
      sql += " WAIT " + LOCK_WAIT_MAX.toMillis() / 1000.0;
    }
    try (var select = connection.prepareStatement(sql)) {
      select.setArray(1, array(connection, dialect, slots));
      try (var rows = select.executeQuery()) {
        while (rows.next()) {
          // Each row is locked as it is read.
        }
      }
    }
  }

  private void own(Connection connection, Set<Integer> slots, long me) throws SQLException {
    if (slots.isEmpty()) {
      return;
    }
    var sql =
        "UPDATE shard_owner SET incarnation = ?, epoch = epoch + 1, settled = settled AND"
            + " (incarnation IS NULL OR incarnation = ? OR EXISTS (SELECT 1 FROM incarnation i"
            + " WHERE i.id = shard_owner.incarnation AND i.dead)) WHERE slot = ANY(?)";
    try (var update = connection.prepareStatement(sql)) {
      update.setLong(1, me);
      update.setLong(2, me);
      update.setArray(3, array(connection, slots));
      update.executeUpdate();
    }
  }

  /** Notes that whoever held the rows before us cannot answer any more. */
  public void settle(Set<Integer> slots, long me) throws SQLException {
    change("settled = TRUE", slots, me);
  }

  /** Gives rows back, if they are still ours. */
  public void release(Set<Integer> slots, long me) throws SQLException {
    change("incarnation = NULL", slots, me);
  }

  /**
   * Notes that nobody answers in the name of an incarnation any more, by its own word: it has seen
   * that it is written off. Nothing happens unless it is.
   */
  public void fallSilent(long me) throws SQLException {
    database.transaction(
        connection -> {
          var sql = "UPDATE incarnation SET dead = TRUE WHERE id = ? AND gone";
          try (var update = connection.prepareStatement(sql)) {
            update.setLong(1, me);
            return update.executeUpdate();
          }
        });
  }

  /** Which of these incarnations are dead. */
  public Set<Long> silent(Set<Long> incarnations) throws SQLException {
    return database.transaction(
        connection -> {
          var sql = "SELECT id FROM incarnation WHERE dead AND id = ANY(?)";
          var silent = new HashSet<Long>();
          try (var select = connection.prepareStatement(sql)) {
            select.setArray(
                1,
                connection.createArrayOf(database.dialect().longArray(), incarnations.toArray()));
            try (var rows = select.executeQuery()) {
              while (rows.next()) {
                silent.add(rows.getLong(1));
              }
            }
          }
          return silent;
        });
  }

  private void change(String assignment, Set<Integer> slots, long me) throws SQLException {
    database.transaction(
        connection -> {
          var sql =
              "UPDATE shard_owner SET " + assignment + " WHERE slot = ANY(?) AND incarnation = ?";
          try (var update = connection.prepareStatement(sql)) {
            update.setArray(1, array(connection, new TreeSet<>(slots)));
            update.setLong(2, me);
            return update.executeUpdate();
          }
        });
  }

  private PreparedStatement withSlots(Connection connection, String sql, Collection<Integer> slots)
      throws SQLException {
    var statement = connection.prepareStatement(sql);
    statement.setArray(1, array(connection, slots));
    return statement;
  }

  private java.sql.Array array(Connection connection, Collection<Integer> slots)
      throws SQLException {
    return array(connection, database.dialect(), slots);
  }

  private static java.sql.Array array(
      Connection connection, Dialect dialect, Collection<Integer> slots) throws SQLException {
    return connection.createArrayOf(dialect.intArray(), slots.toArray());
  }

  /**
   * Reads what belongs to an incarnation: one question on a connection of its own, which no other
   * work delays, and whose answer comes within about a second or not at all.
   */
  public synchronized Proof proof(long me) throws SQLException {
    long sent = System.nanoTime();
    try {
      if (proving == null) {
        proving = database.source().forProof();
      }
      var proof = proof(proving, me);
      database.health().succeeded();
      return proof;
    } catch (SQLException e) {
      close();
      database.report(isSilence(e, sent) ? silence(e) : e);
      throw e;
    }
  }

  /** H2 tells of a missing answer as of a broken connection; only the time shows the difference. */
  private static boolean isSilence(SQLException failure, long sent) {
    var waited = Duration.ofNanos(System.nanoTime() - sent);
    return FailureKind.of(failure).endsConnection()
        && waited.compareTo(ConnectionSource.PROOF_TIMEOUT.multipliedBy(9).dividedBy(10)) >= 0;
  }

  private static SQLException silence(SQLException failure) {
    var late = new SocketTimeoutException("no answer within " + ConnectionSource.PROOF_TIMEOUT);
    late.addSuppressed(failure);
    return new SQLException(late.getMessage(), "08006", late);
  }

  private Proof proof(Connection connection, long me) throws SQLException {
    var timeline = database.timeline();
    var said = said(connection, me);
    while (said.history().isPresent() && !timeline.isKnown(said.history().get())) {
      timeline.learn(connection, said.history().get());
      // What was said is of before: whoever enters a history adds a purge with it.
      said = said(connection, me);
    }
    if (said.history().isEmpty()) {
      timeline.observe(connection); // A history that does not know of us.
    }
    return new Proof(said.gone(), said.slots(), timeline.generation(), said.newestPurge());
  }

  /** The answer to the question, as it came; no history if there is no such incarnation. */
  private record Said(
      boolean gone, Set<Integer> slots, Optional<String> history, long newestPurge) {}

  private Said said(Connection connection, long me) throws SQLException {
    var slots = new HashSet<Integer>();
    boolean gone = true;
    long newestPurge = 0;
    Optional<String> history = Optional.empty();
    try (var select = connection.prepareStatement(proofSql)) {
      select.setLong(1, me);
      try (var rows = select.executeQuery()) {
        while (rows.next()) {
          gone = rows.getBoolean(1);
          history = Optional.of(rows.getString(2));
          newestPurge = rows.getLong(4);
          Optional.ofNullable(rows.getObject(3, Integer.class)).ifPresent(slots::add);
        }
      }
    }
    return new Said(gone, Set.copyOf(slots), history, newestPurge);
  }

  @Override
  public synchronized void close() {
    if (proving != null) {
      ConnectionPool.abandon(proving);
      proving = null;
    }
  }
}
