package io.holdfast.testing;

import io.holdfast.database.AttemptRows;
import io.holdfast.database.AttemptRows.Ending;
import io.holdfast.database.AttemptRows.Version;
import io.holdfast.database.Database;
import io.holdfast.database.DatabaseSettings;
import io.holdfast.database.OperationRows;
import io.holdfast.database.OperationRows.Accepting;
import io.holdfast.database.OperationRows.Part;
import io.holdfast.database.OperationRows.State;
import io.holdfast.database.ShardRows;
import io.holdfast.database.Slots;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** Operations in a database of their own, and what their lanes would do with them. */
public final class OperationsDatabase implements AutoCloseable {
  public static final Slots SLOTS = new Slots(64);
  private static final int SLOT = SLOTS.slotOf(Slots.Kind.OPERATION, 1);
  private static final long ME = 1;

  public final DatabaseSettings settings = TestDatabase.H2.fresh();
  public final OperationRows rows;
  private final Database database = Database.open(settings);
  private final AttemptRows attempts;

  public OperationsDatabase() {
    this.rows = new OperationRows(database);
    this.attempts = new AttemptRows(database);
    try (var shards = new ShardRows(database)) {
      database.prepare("holdfast", SLOTS);
      database.transaction(OperationsDatabase::register);
      shards.takeOver(new TreeSet<>(Set.of(SLOT)), Set.of(), ME);
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  private static int register(java.sql.Connection connection) throws SQLException {
    try (var insert =
        connection.prepareStatement(
            "INSERT INTO incarnation (id, name, address, http, admin, lifeline, formation,"
                + " registered_at, seen_at) VALUES (?, 'n1', '127.0.0.1:1', '', '', '', 1, ?, ?)")) {
      insert.setLong(1, ME);
      insert.setObject(2, OffsetDateTime.now());
      insert.setObject(3, OffsetDateTime.now());
      return insert.executeUpdate();
    }
  }

  /** An id whose last characters are those digits, so that later ones come behind earlier ones. */
  public static String id(int number) {
    return "%026d".formatted(number);
  }

  /** Accepts one on the route {@code orders}. */
  public String accept(int number) throws SQLException {
    return accept(number, "orders", "/orders/7?x=1");
  }

  public String accept(int number, String route, String target) throws SQLException {
    var id = id(number);
    var request = new Part("", new byte[0], new byte[0]);
    rows.accept(
        List.of(
            new Accepting(
                id, SLOT, route, "POST", target, "", 1, "", Duration.ofHours(1), request)));
    return id;
  }

  /** Begins an attempt. */
  public void begin(String id) throws SQLException {
    var version = Version.of(rows.find(id).orElseThrow());
    require(attempts.begin(List.of(version), ME).equals(Set.of(version)));
  }

  /** Ends it with an answer. */
  public void end(String id, State state, int status, Part answer) throws SQLException {
    end(id, state, "", "", status, Optional.of(answer));
  }

  /** Ends it with an answer or an error; there is another attempt unless it is final. */
  public void end(
      String id, State state, String error, String problem, int status, Optional<Part> answer)
      throws SQLException {
    require(tryEnd(id, state, error, problem, status, answer));
  }

  /** The same; false if somebody has changed it meanwhile. */
  public boolean tryEnd(
      String id, State state, String error, String problem, int status, Optional<Part> answer)
      throws SQLException {
    var row = rows.find(id).orElseThrow();
    var due = state.isFinal() ? Optional.<java.time.Instant>empty() : Optional.of(row.createdAt());
    var ending =
        new Ending(Version.of(row), state, due, row.attempts(), error, problem, status, answer);
    return attempts.end(List.of(ending), ME).size() == 1;
  }

  /** One attempt, and its answer is the result. */
  public void succeed(String id, String content) throws SQLException {
    begin(id);
    end(id, State.SUCCEEDED, 201, part("Created", "Content-Type: text/plain\r\n", content));
  }

  public static Part part(String reason, String fields, String content) {
    return new Part(
        reason,
        fields.getBytes(StandardCharsets.ISO_8859_1),
        content.getBytes(StandardCharsets.ISO_8859_1));
  }

  private static void require(boolean done) {
    if (!done) {
      throw new IllegalStateException("Somebody else has changed it");
    }
  }

  @Override
  public void close() {
    database.close();
  }
}
