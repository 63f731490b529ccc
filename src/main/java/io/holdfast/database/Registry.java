package io.holdfast.database;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The nodes' rows, and the arbiter's: who is a member, who was written off, who may decide.
 *
 * <p>Every decision locks the one row of {@code arbiter} first, so decisions have an order, and
 * begins by asking whether the decider itself was written off. {@code incarnation.formation} is 0
 * for a registered node, {@code -F} for one that tries to enter formation F, and {@code F} for a
 * member of it. Every call blocks, and throws {@link Unanswered} if it is not known what became of
 * it; all of them may then be called again.
 */
public final class Registry {
  /** How long a decision waits for a row. It is asked for again by whoever wants it. */
  private static final Duration LOCK_WAIT_MAX = Duration.ofMillis(500);

  private static final Duration FORGET_AFTER = Duration.ofDays(1);
  private static final Logger log = LoggerFactory.getLogger(Registry.class);

  private final Database database;

  public Registry(Database database) {
    this.database = database;
  }

  /** By how much this machine's own clock is ahead of the database's; negative: behind. */
  public Duration machineAhead() {
    return database.clock().machineAhead();
  }

  /** The database did not answer, its driver broke, or a row stayed locked. */
  public static final class Unanswered extends Exception {
    private static final long serialVersionUID = 1L;

    private Unanswered(String reason, Exception cause) {
      super(reason, cause);
    }
  }

  /**
   * A row that was not written off.
   *
   * @param formation as in the class comment
   * @param silence since its last sign of life, by the database's clock
   * @param serving for how long it has said, with each sign of life, that it serves
   */
  public record Seen(
      Incarnation incarnation, long formation, Duration silence, Optional<Duration> serving) {
    public long id() {
      return incarnation.id();
    }
  }

  /** What a node that wants to be a member finds. */
  public sealed interface Entry {
    /** There are members: join them. */
    record Entered(long formation, List<Seen> members) implements Entry {}

    /** This very incarnation formed the current formation, and may not have noticed. */
    record Founded(long formation) implements Entry {}

    /** Nobody is a member: a cluster has to be formed. */
    record Empty() implements Entry {}

    /** This incarnation was written off. */
    record Refused() implements Entry {}
  }

  /** What became of forming a cluster. */
  public sealed interface Forming {
    record Formed(long formation) implements Forming {}

    /** Somebody is a member who was not judged dead. */
    record Changed() implements Forming {}

    /** This incarnation was written off. */
    record Refused() implements Forming {}
  }

  /** What became of removing members. */
  public sealed interface Removal {
    /** They are written off, committed: they can decide and own nothing any more. */
    record Removed() implements Removal {}

    /** Others decided first: this incarnation was written off, or another cluster was formed. */
    record Lost() implements Removal {}
  }

  /** What became of the wish of a member to go because it cannot serve. */
  public enum Withdrawal {
    /** It is written off, committed. */
    WITHDRAWN,
    /** Nobody else would do its work. */
    NEEDED,
    /** It is no member any more. */
    GONE
  }

  /** What the database says about an incarnation. */
  public enum Presence {
    /** Not written off, and of the current formation. */
    PRESENT,
    /** Not written off, and a member of no formation, or not confirmed as one. */
    OUTSIDE,
    /** Written off. */
    GONE,
    /** It is or was to be a member of a formation that is not the current one. */
    OUTDATED
  }

  /**
   * Every other incarnation with this one's name or address that was not written off: there may be
   * a node that lives under it.
   */
  public List<Seen> namesakes(Incarnation me) throws Unanswered {
    return answered(connection -> namesakes(connection, me));
  }

  /**
   * Enters this incarnation, unless somebody lives under its name or address. Whoever had its
   * address before it is written off.
   *
   * @param holdsAddress that it listens there proves that the process before it has ended
   * @param ended namesakes that do not live any more
   * @return false when there are others: nothing was done
   */
  public boolean register(Incarnation me, boolean holdsAddress, Set<Long> ended) throws Unanswered {
    return answered(
        connection -> {
          lockArbiter(connection);
          if (!namesakes(connection, me).stream().map(Seen::id).allMatch(ended::contains)) {
            return false;
          }
          update(
              connection,
              "UPDATE incarnation SET gone = TRUE, dead = dead OR ? WHERE address = ? AND id <> ?",
              holdsAddress,
              me.address(),
              me.id());
          insert(connection, me);
          forget(connection);
          return true;
        });
  }

  private List<Seen> namesakes(Connection connection, Incarnation me) throws SQLException {
    return select(
        connection, "id <> ? AND (name = ? OR address = ?)", me.id(), me.name(), me.address());
  }

  /** Whether the database is known not to answer this node. Does not ask it. */
  public boolean isAway() {
    return database.health().isAway();
  }

  /** Every incarnation that was not written off. */
  public List<Seen> live() throws Unanswered {
    return answered(
        connection -> {
          database.clock().observe(connection, database.dialect());
          return select(connection, "TRUE");
        });
  }

  /** Reads who the members are, and notes that this incarnation tries to become one. */
  public Entry enter(long me) throws Unanswered {
    return answered(
        connection -> {
          var arbiter = lockArbiter(connection);
          var mine = standing(connection, me);
          if (mine.gone()) {
            return new Entry.Refused();
          }
          if (arbiter.formation() > 0
              && mine.formation() == arbiter.formation()
              && arbiter.founder() == me) {
            return new Entry.Founded(arbiter.formation());
          }
          var members = membersBut(connection, me, arbiter.formation());
          if (members.isEmpty()) {
            return new Entry.Empty();
          }
          setFormation(connection, me, -arbiter.formation());
          return new Entry.Entered(arbiter.formation(), members);
        });
  }

  /**
   * Forms a new cluster of this incarnation, if every member of the current formation is among
   * those that were judged lost or dead. They, and every other member, are written off.
   *
   * @param lost judged by their silence; their processes may still run
   * @param dead their processes have certainly ended
   */
  public Forming form(long me, Set<Long> lost, Set<Long> dead) throws Unanswered {
    return answered(
        connection -> {
          var arbiter = lockArbiter(connection);
          if (standing(connection, me).gone()) {
            return new Forming.Refused();
          }
          var judged = new HashSet<>(lost);
          judged.addAll(dead);
          for (var member : membersBut(connection, me, arbiter.formation())) {
            if (!judged.contains(member.id())) {
              return new Forming.Changed();
            }
          }
          return new Forming.Formed(formNext(connection, me, arbiter.formation() + 1, dead));
        });
  }

  private long formNext(Connection connection, long me, long formation, Set<Long> dead)
      throws SQLException {
    update(connection, "UPDATE incarnation SET gone = TRUE WHERE formation > 0 AND id <> ?", me);
    for (long id : dead) {
      update(connection, "UPDATE incarnation SET gone = TRUE, dead = TRUE WHERE id = ?", id);
    }
    setFormation(connection, me, formation);
    update(
        connection,
        "UPDATE arbiter SET formation = ?, incarnation = ?, decided_at = " + now(),
        formation,
        me);
    return formation;
  }

  /**
   * Makes this incarnation a member of the formation that it joined.
   *
   * @param seen every incarnation that it ever saw as a member: none of another formation
   * @return {@link Presence#OUTDATED} if it joined something else than the current formation
   */
  public Presence confirm(long me, long formation, Set<Long> seen) throws Unanswered {
    return answered(
        connection -> {
          var arbiter = lockArbiter(connection);
          if (standing(connection, me).gone()) {
            return Presence.GONE;
          }
          if (arbiter.formation() != formation || hasStranger(connection, formation, seen)) {
            return Presence.OUTDATED;
          }
          setFormation(connection, me, formation);
          return Presence.PRESENT;
        });
  }

  private boolean hasStranger(Connection connection, long formation, Set<Long> seen)
      throws SQLException {
    for (long id : seen) {
      var other = Math.abs(standing(connection, id).formation());
      if (other != 0 && other != formation) {
        return true;
      }
    }
    return false;
  }

  /**
   * "I am not written off, therefore these are", in one transaction. Of two sides that remove each
   * other the first to commit wins.
   *
   * @param certainlyDead their processes have ended, so nobody answers in their names
   */
  public Removal remove(long me, Set<Long> lost, boolean certainlyDead) throws Unanswered {
    return answered(
        connection -> {
          var arbiter = lockArbiter(connection);
          var mine = standing(connection, me);
          boolean outside = Math.abs(mine.formation()) != arbiter.formation();
          if (mine.gone() || (outside && !certainlyDead)) {
            return new Removal.Lost();
          }
          var dead = certainlyDead ? ", dead = TRUE" : "";
          for (long id : lost) {
            if (id != me) {
              lock(connection, id);
              update(connection, "UPDATE incarnation SET gone = TRUE" + dead + " WHERE id = ?", id);
            }
          }
          return new Removal.Removed();
        });
  }

  /**
   * This member, which cannot serve, is written off, if another one serves: of members that cannot
   * serve the last one never goes, whatever they ask for at the same time.
   *
   * @param others whether the other members of the formation can do without it
   */
  public Withdrawal withdraw(long me, Predicate<List<Seen>> others) throws Unanswered {
    return answered(
        connection -> {
          var arbiter = lockArbiter(connection);
          var mine = standing(connection, me);
          if (mine.gone() || mine.formation() != arbiter.formation()) {
            return Withdrawal.GONE;
          }
          if (!others.test(membersBut(connection, me, arbiter.formation()))) {
            return Withdrawal.NEEDED;
          }
          lock(connection, me);
          update(connection, "UPDATE incarnation SET gone = TRUE WHERE id = ?", me);
          return Withdrawal.WITHDRAWN;
        });
  }

  /**
   * A sign of life, and the answer to it.
   *
   * @param serves whether this node answers its own requests
   */
  public Presence seen(long me, boolean serves) throws Unanswered {
    return answered(
        connection -> {
          var since = serves ? "COALESCE(serving_since, " + now() + ")" : "NULL";
          update(
              connection,
              "UPDATE incarnation SET seen_at = "
                  + now()
                  + ", serving_since = "
                  + since
                  + " WHERE id = ? AND NOT gone",
              me);
          var mine = standing(connection, me);
          if (mine.gone()) {
            return Presence.GONE;
          }
          if (mine.formation() <= 0) {
            return Presence.OUTSIDE;
          }
          boolean isCurrent = mine.formation() == formation(connection);
          return isCurrent ? Presence.PRESENT : Presence.OUTDATED;
        });
  }

  /**
   * This incarnation has left in order. If it has given back every shard, nobody answers in its
   * name any more, and it counts as dead.
   */
  public void leave(long me) throws Unanswered {
    answered(
        connection -> {
          lockArbiter(connection);
          return update(
              connection,
              "UPDATE incarnation SET gone = TRUE, dead = NOT EXISTS"
                  + " (SELECT 1 FROM shard_owner WHERE incarnation = ?) WHERE id = ?",
              me,
              me);
        });
  }

  private record Arbiter(long formation, long founder) {}

  private record Standing(long formation, boolean gone) {}

  private Arbiter lockArbiter(Connection connection) throws SQLException {
    if (database.dialect() == Dialect.POSTGRESQL) {
      update(connection, "SET LOCAL lock_timeout = " + LOCK_WAIT_MAX.toMillis());
    }
    var sql = "SELECT formation, incarnation FROM arbiter WHERE one = 1 FOR UPDATE" + lockWait();
    try (var statement = prepare(connection, sql);
        var rows = statement.executeQuery()) {
      if (!rows.next()) {
        throw new SQLException("The arbiter's row is missing: the database was not prepared");
      }
      return new Arbiter(rows.getLong(1), rows.getLong(2));
    }
  }

  /** A node in the middle of a take-over holds its own row: waits for it as long as for ours. */
  private void lock(Connection connection, long id) throws SQLException {
    var sql = "SELECT id FROM incarnation WHERE id = ? FOR UPDATE" + lockWait();
    try (var statement = prepare(connection, sql, id);
        var rows = statement.executeQuery()) {
      rows.next();
    }
  }

  private String lockWait() {
    return switch (database.dialect()) {
      case H2 -> " WAIT " + LOCK_WAIT_MAX.toMillis() / 1000.0;
      case POSTGRESQL -> "";
    };
  }

  private long formation(Connection connection) throws SQLException {
    try (var statement = prepare(connection, "SELECT formation FROM arbiter WHERE one = 1");
        var rows = statement.executeQuery()) {
      return rows.next() ? rows.getLong(1) : 0;
    }
  }

  /** A row that is missing was written off so long ago that it was forgotten. */
  private Standing standing(Connection connection, long id) throws SQLException {
    try (var statement =
            prepare(connection, "SELECT formation, gone FROM incarnation WHERE id = ?", id);
        var rows = statement.executeQuery()) {
      return rows.next()
          ? new Standing(rows.getLong(1), rows.getBoolean(2))
          : new Standing(0, true);
    }
  }

  private List<Seen> membersBut(Connection connection, long me, long formation)
      throws SQLException {
    return formation == 0
        ? List.of()
        : select(connection, "formation = ? AND id <> ?", formation, me);
  }

  private List<Seen> select(Connection connection, String condition, Object... values)
      throws SQLException {
    var sql =
        "SELECT id, name, address, http, admin, lifeline, formation, seen_at, "
            + now()
            + ", serving_since FROM incarnation WHERE NOT gone AND "
            + condition
            + " ORDER BY registered_at, id";
    try (var statement = prepare(connection, sql, values);
        var rows = statement.executeQuery()) {
      var seen = new ArrayList<Seen>();
      while (rows.next()) {
        seen.add(seen(rows));
      }
      return List.copyOf(seen);
    }
  }

  private static Seen seen(ResultSet rows) throws SQLException {
    var incarnation =
        new Incarnation(
            rows.getLong(1),
            rows.getString(2),
            rows.getString(3),
            rows.getString(4),
            rows.getString(5),
            rows.getString(6));
    var now = rows.getObject(9, OffsetDateTime.class);
    var servingSince = Optional.ofNullable(rows.getObject(10, OffsetDateTime.class));
    return new Seen(
        incarnation,
        rows.getLong(7),
        between(rows.getObject(8, OffsetDateTime.class), now),
        servingSince.map(since -> between(since, now)));
  }

  /** Another transaction may have written its time after this one read the clock. */
  private static Duration between(OffsetDateTime then, OffsetDateTime now) {
    var time = Duration.between(then, now);
    return time.isNegative() ? Duration.ZERO : time;
  }

  private void insert(Connection connection, Incarnation me) throws SQLException {
    update(
        connection,
        "INSERT INTO incarnation"
            + " (id, name, address, http, admin, lifeline, registered_at, seen_at)"
            + " SELECT ?, ?, ?, ?, ?, ?, "
            + now()
            + ", "
            + now()
            + " WHERE NOT EXISTS (SELECT 1 FROM incarnation WHERE id = ?)",
        me.id(),
        me.name(),
        me.address(),
        me.http(),
        me.admin(),
        me.lifeline(),
        me.id());
  }

  private void forget(Connection connection) throws SQLException {
    update(
        connection,
        "DELETE FROM incarnation WHERE gone AND seen_at < "
            + now()
            + " - INTERVAL '"
            + FORGET_AFTER.toHours()
            + "' HOUR");
  }

  private void setFormation(Connection connection, long id, long formation) throws SQLException {
    update(connection, "UPDATE incarnation SET formation = ? WHERE id = ?", formation, id);
  }

  private static int update(Connection connection, String sql, Object... values)
      throws SQLException {
    try (var statement = prepare(connection, sql, values)) {
      return statement.executeUpdate();
    }
  }

  private static PreparedStatement prepare(Connection connection, String sql, Object... values)
      throws SQLException {
    var statement = connection.prepareStatement(sql);
    for (int i = 0; i < values.length; i++) {
      statement.setObject(i + 1, values[i]);
    }
    return statement;
  }

  private String now() {
    return database.dialect().now();
  }

  private <T> T answered(Database.Work<T> work) throws Unanswered {
    try {
      return database.transaction(work);
    } catch (SQLException e) {
      endFrozen(e);
      throw new Unanswered(e.getMessage(), e);
    } catch (RuntimeException e) {
      // A driver can fail in this way too, PostgreSQL's when a connection breaks: that is no answer
      // either, and no reason to give this incarnation up.
      log.debug("A question to the registry broke", e);
      throw new Unanswered(e.toString(), e);
    }
  }

  private void endFrozen(SQLException failure) {
    if (FailureKind.of(failure) == FailureKind.BUSY) {
      try {
        FrozenTransactions.end(database);
      } catch (SQLException e) {
        failure.addSuppressed(e);
      }
    }
  }
}
