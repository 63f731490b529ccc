package io.holdfast.database;

import static io.holdfast.testing.TestDatabase.POSTGRESQL;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.holdfast.database.AttemptRows.Ending;
import io.holdfast.database.AttemptRows.Version;
import io.holdfast.database.OperationRows.Accepting;
import io.holdfast.database.OperationRows.Part;
import io.holdfast.database.OperationRows.Query;
import io.holdfast.database.OperationRows.Row;
import io.holdfast.database.OperationRows.State;
import io.holdfast.testing.TestDatabase;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class OperationRowsTest {
  private static final int SLOT = 130;
  private static final Duration HOUR = Duration.ofHours(1);

  private static Part part(String content) {
    return new Part(
        "OK",
        "X: \u00e9\r\n".getBytes(StandardCharsets.ISO_8859_1),
        content.getBytes(StandardCharsets.UTF_8));
  }

  static Accepting one(String id) {
    return one(id, SLOT, 1, "");
  }

  private static Accepting one(String id, int slot, int priority, String orderKey) {
    return new Accepting(
        id, slot, "orders", "POST", "/orders/7?x=1", "", priority, orderKey, HOUR, part(id));
  }

  private static void own(Node node, Integer... slots) throws SQLException {
    node.rows.takeOver(new TreeSet<>(Set.of(slots)), Set.of(), node.me);
  }

  private static Version begun(AttemptRows attempts, long me, Row row) throws SQLException {
    var version = Version.of(row);
    assertThat(attempts.begin(List.of(version), me)).containsExactly(version);
    return version.begun();
  }

  private static Ending succeeded(Version version) {
    return new Ending(
        version, State.SUCCEEDED, Optional.empty(), 1, "", "", 201, Optional.of(part("made")));
  }

  /** A node that owns the slot, in a database of its own. */
  private static final class Table implements AutoCloseable {
    final Node node;
    final OperationRows rows;
    final AttemptRows attempts;

    Table(TestDatabase kind) throws SQLException {
      this.node = Node.start(1, kind.fresh());
      this.rows = new OperationRows(node.database);
      this.attempts = new AttemptRows(node.database);
      own(node, SLOT);
    }

    Row accept(String id) throws SQLException {
      return rows.accept(List.of(one(id))).get(id);
    }

    Row accept(String id, int priority, String orderKey) throws SQLException {
      return rows.accept(List.of(one(id, SLOT, priority, orderKey))).get(id);
    }

    Version begun(Row row) throws SQLException {
      return OperationRowsTest.begun(attempts, node.me, row);
    }

    Row find(String id) throws SQLException {
      return rows.find(id).orElseThrow();
    }

    State state(String id) throws SQLException {
      return find(id).state();
    }

    Set<Version> end(Ending... endings) throws SQLException {
      return attempts.end(List.of(endings), node.me);
    }

    List<String> due() throws SQLException {
      return ids(attempts.due(SLOT, "orders", later(), 10).rows());
    }

    String result(String id) throws SQLException {
      return new String(rows.result(id).orElseThrow().content(), StandardCharsets.UTF_8);
    }

    @Override
    public void close() {
      node.close();
    }
  }

  private static Ending again(Version version, Instant at, int attempts) {
    return new Ending(
        version, State.ACCEPTED, Optional.of(at), attempts, "it was 503", "", 0, Optional.empty());
  }

  private static List<String> ids(List<Row> rows) {
    return rows.stream().map(Row::id).toList();
  }

  private static Instant later() {
    return Instant.now().plus(Duration.ofMinutes(1));
  }

  @ParameterizedTest
  @EnumSource(TestDatabase.class)
  void whatIsAcceptedIsThereWholeAndDueAtOnce(TestDatabase kind) throws SQLException {
    try (var node = Node.start(1, kind.fresh())) {
      var rows = new OperationRows(node.database);
      var attempts = new AttemptRows(node.database);
      var large = "\u0000x".repeat(300_000);
      var accepting =
          new Accepting(
              "b", SLOT, "orders", "PUT", "/o", "f".repeat(43), 2, "k", HOUR, part(large));
      var accepted = rows.accept(List.of(one("a"), accepting));
      assertThat(accepted.keySet()).containsExactlyInAnyOrder("a", "b");
      var row = accepted.get("b");
      assertThat(row).isEqualTo(rows.find("b").orElseThrow());
      assertThat(row.state()).isEqualTo(State.ACCEPTED);
      assertThat(List.of(row.method(), row.target(), row.fingerprint(), row.orderKey()))
          .containsExactly("PUT", "/o", "f".repeat(43), "k");
      assertThat(row.dueAt()).contains(row.createdAt());
      assertThat(Duration.between(row.createdAt(), row.deadline())).isEqualTo(HOUR);
      var request = rows.request("b").orElseThrow();
      assertThat(request.content()).isEqualTo(part(large).content());
      assertThat(request.fields()).isEqualTo(part(large).fields());
      assertThat(rows.requests(List.of("a", "b", "c"))).containsOnlyKeys("a", "b");
      assertThat(rows.result("b")).isEmpty();
      assertThat(ids(attempts.due(SLOT, "orders", later(), 10).rows())).containsExactly("a", "b");
      assertThat(attempts.due(SLOT, "orders", row.createdAt().minusMillis(1), 10).rows()).isEmpty();
      assertThat(attempts.due(SLOT + 1, "orders", later(), 10).rows()).isEmpty();
      assertThat(rows.find("c")).isEmpty();
    }
  }

  @ParameterizedTest
  @EnumSource(TestDatabase.class)
  void theSameIdIsOneOperationWhoeverAcceptsIt(TestDatabase kind) throws Exception {
    var settings = kind.fresh();
    try (var one = Node.start(1, settings);
        var two = Node.start(2, settings)) {
      var first = new OperationRows(one.database);
      var second = new OperationRows(two.database);
      var accepted = new ArrayList<CompletableFuture<Map<String, Row>>>();
      for (int i = 0; i < 20; i++) {
        var rows = i % 2 == 0 ? first : second;
        var mine = "m" + i;
        accepted.add(accepting(rows, List.of(one("same"), one(mine))));
      }
      for (var it : accepted) {
        assertThat(it.get(20, TimeUnit.SECONDS)).hasSize(2).containsKey("same");
      }
      assertThat(one.number("SELECT COUNT(*) FROM operation")).isEqualTo(21);
      assertThat(one.number("SELECT COUNT(*) FROM operation_part")).isEqualTo(21);
    }
  }

  @ParameterizedTest
  @EnumSource(TestDatabase.class)
  void whatIsAskedForAgainStaysAsItIsAndGetsNoRequestBackOnceItHasExpired(TestDatabase kind)
      throws SQLException {
    try (var node = Node.start(1, kind.fresh())) {
      var rows = new OperationRows(node.database);
      rows.accept(List.of(one("gone"), one("there")));
      rows.cancel("gone");
      assertThat(rows.expire("orders", Duration.ofHours(-1), 10)).isEqualTo(1);

      var again = rows.accept(List.of(one("new"), one("gone"), one("there")));
      assertThat(again.get("new").state()).isEqualTo(State.ACCEPTED);
      assertThat(again.get("there")).isEqualTo(rows.find("there").orElseThrow());
      assertThat(again.get("gone").state()).isEqualTo(State.EXPIRED);
      assertThat(rows.requests(List.of("new", "gone", "there"))).containsOnlyKeys("new", "there");
    }
  }

  @ParameterizedTest
  @EnumSource(TestDatabase.class)
  void nodesThatAcceptTheSameInOtherOrdersDoNotWaitForEachOther(TestDatabase kind)
      throws Exception {
    var settings = kind.fresh();
    try (var one = Node.start(1, settings);
        var two = Node.start(2, settings)) {
      for (int round = 0; round < 20; round++) {
        var there = new ArrayList<Accepting>();
        for (int i = 0; i < 100; i++) {
          there.add(one("r%d-%03d".formatted(round, i)));
        }
        var back = new ArrayList<>(there);
        Collections.reverse(back);
        var first = accepting(new OperationRows(one.database), there);
        var second = accepting(new OperationRows(two.database), back);
        assertThat(first.get(20, TimeUnit.SECONDS)).hasSize(100);
        assertThat(second.get(20, TimeUnit.SECONDS)).hasSize(100);
      }
    }
  }

  private static CompletableFuture<Map<String, Row>> accepting(
      OperationRows rows, List<Accepting> batch) {
    return CompletableFuture.supplyAsync(
        () -> {
          try {
            return rows.accept(batch);
          } catch (SQLException e) {
            throw new AssertionError(e);
          }
        });
  }

  /** It is found there, and forgotten in the same moment. */
  @Test
  void whatIsForgottenWhileItIsAcceptedIsAcceptedAnew() throws Exception {
    try (var node = Node.start(1, TestDatabase.POSTGRESQL.fresh())) {
      var rows = new OperationRows(node.database);
      rows.accept(List.of(one("gone")));
      rows.cancel("gone");
      assertThat(rows.expire("orders", Duration.ofHours(-1), 10)).isEqualTo(1);
      var accepted =
          node.database.transaction(
              connection -> {
                try (var part = connection.createStatement()) {
                  part.execute("INSERT INTO operation_part VALUES ('gone', 'request', '', '', '')");
                  var asked = accepting(rows, List.of(one("new"), one("gone")));
                  await().until(() -> asked.isDone() || somebodyWaits(node, POSTGRESQL));
                  assertThat(rows.forget("orders", Duration.ofHours(-1), 10)).isEqualTo(1);
                  part.execute("DELETE FROM operation_part WHERE id = 'gone'");
                  return asked;
                }
              });
      assertThat(accepted.get(20, TimeUnit.SECONDS).get("gone").state()).isEqualTo(State.ACCEPTED);
      assertThat(rows.requests(List.of("new", "gone"))).containsOnlyKeys("new", "gone");
    }
  }

  @ParameterizedTest
  @EnumSource(TestDatabase.class)
  void ofSeveralAnswersTheLastIsKeptAndEndingsWithAndWithoutOneGoTogether(TestDatabase kind)
      throws SQLException {
    try (var table = new Table(kind)) {
      var accepted = table.rows.accept(List.of(one("a"), one("b"), one("c")));
      var a = table.begun(accepted.get("a"));
      var b = table.begun(accepted.get("b"));
      var c = table.begun(accepted.get("c"));
      table.rows.cancel("c");
      var first =
          new Ending(
              a, State.ACCEPTED, Optional.of(later()), 1, "503", "", 503, Optional.of(part("no")));
      assertThat(table.end(first, again(b, later(), 1), succeeded(c)))
          .containsExactlyInAnyOrder(a, b);
      assertThat(table.result("a")).isEqualTo("no");
      assertThat(table.rows.result("b")).isEmpty();
      assertThat(table.rows.result("c")).as("it was cancelled").isEmpty();

      var second = table.begun(table.find("a"));
      assertThat(table.end(succeeded(second))).containsExactly(second);
      assertThat(table.result("a")).isEqualTo("made");
      var row = table.find("a");
      assertThat(row.state()).isEqualTo(State.SUCCEEDED);
      assertThat(row.dueAt()).isEmpty();
      assertThat(row.resultStatus()).isEqualTo(201);
      assertThat(row.version()).isEqualTo(second.version() + 1);
    }
  }

  /** Whoever is told that it was not written down asks again; and a lane may begin anew. */
  @ParameterizedTest
  @EnumSource(TestDatabase.class)
  void ofTwoEndsInOneBatchTheOneOfTheVersionThatIsThereIsWrittenDown(TestDatabase kind)
      throws SQLException {
    try (var table = new Table(kind)) {
      var there = table.begun(table.accept("a"));
      var later = there.begun();
      var other =
          new Ending(
              later, State.SUCCEEDED, Optional.empty(), 1, "", "", 200, Optional.of(part("no")));
      assertThat(table.end(succeeded(there), other)).containsExactly(there);
      assertThat(table.find("a").resultStatus()).isEqualTo(201);
      assertThat(table.result("a")).isEqualTo("made");
    }
  }

  @ParameterizedTest
  @EnumSource(TestDatabase.class)
  void onlyWhoeverHasTheSlotBeginsAndEndsAttempts(TestDatabase kind) throws SQLException {
    var settings = kind.fresh();
    try (var frozen = Node.start(1, settings);
        var node = Node.start(2, settings)) {
      var ofFrozen = new AttemptRows(frozen.database);
      var rows = new OperationRows(node.database);
      var attempts = new AttemptRows(node.database);
      own(frozen, SLOT);
      var row = rows.accept(List.of(one("a"))).get("a");
      assertThat(attempts.begin(List.of(Version.of(row)), 2)).isEmpty();
      var attempt = begun(ofFrozen, 1, row);
      assertThat(rows.find("a").orElseThrow().state()).isEqualTo(State.RUNNING);

      own(node, SLOT);
      assertThat(ofFrozen.end(List.of(succeeded(attempt)), 1)).as("it woke up late").isEmpty();
      assertThat(rows.result("a")).isEmpty();
      var taken = attempts.due(SLOT, "orders", later(), 10).rows().get(0);
      assertThat(taken.state()).as("it is seen that it was begun").isEqualTo(State.RUNNING);
      assertThat(taken.attempts()).isEqualTo(1);
      var second = begun(attempts, 2, taken);
      assertThat(attempts.begin(List.of(Version.of(taken)), 2))
          .as("asked again by whoever does not know that it was done")
          .containsExactly(Version.of(taken));
      assertThat(attempts.begin(List.of(Version.of(row)), 2)).as("of another time").isEmpty();
      assertThat(attempts.end(List.of(succeeded(second)), 2)).containsExactly(second);
      assertThat(attempts.end(List.of(succeeded(second)), 2)).as("once").isEmpty();

      var done = rows.find("a").orElseThrow();
      assertThat(done.state()).isEqualTo(State.SUCCEEDED);
      assertThat(done.resultStatus()).isEqualTo(201);
      assertThat(done.resultLength()).isEqualTo(4);
      assertThat(done.dueAt()).isEmpty();
      assertThat(rows.result("a").orElseThrow().content()).isEqualTo(part("made").content());
      assertThat(attempts.due(SLOT, "orders", later(), 10).rows()).isEmpty();
    }
  }

  /** Who hears of an operation late knows it as it was before another began it. */
  @ParameterizedTest
  @EnumSource(TestDatabase.class)
  void whatAnotherHasBegunIsNotTakenForOnesOwn(TestDatabase kind) throws SQLException {
    var settings = kind.fresh();
    try (var dead = Node.start(1, settings);
        var node = Node.start(2, settings)) {
      own(dead, SLOT);
      var row = new OperationRows(node.database).accept(List.of(one("a"))).get("a");
      begun(new AttemptRows(dead.database), 1, row);
      own(node, SLOT);
      var attempts = new AttemptRows(node.database);
      assertThat(attempts.begin(List.of(Version.of(row)), 2)).isEmpty();
      var taken = attempts.due(SLOT, "orders", later(), 10).rows().get(0);
      assertThat(taken.state()).isEqualTo(State.RUNNING);
      begun(attempts, 2, taken);
      assertThat(attempts.begin(List.of(Version.of(taken)), 2)).hasSize(1);
    }
  }

  @ParameterizedTest
  @EnumSource(TestDatabase.class)
  void whatRunsGoesBeforeWhatIsOlder(TestDatabase kind) throws SQLException {
    try (var table = new Table(kind)) {
      var first = table.accept("b", 1, "k");
      var running = table.begun(first);
      // Written down later than the other, by a node that stamped it earlier.
      table.accept("a", 0, "k");
      table.node.execute(
          "UPDATE operation SET created_at = created_at - INTERVAL '1' SECOND WHERE id = 'a'");
      assertThat(table.due()).containsExactly("b");
      table.end(succeeded(running));
      assertThat(table.due()).containsExactly("a");
    }
  }

  @ParameterizedTest
  @EnumSource(TestDatabase.class)
  void manyOrdersAreGoneThroughToTheEnd(TestDatabase kind) throws SQLException {
    try (var node = Node.start(1, kind.fresh())) {
      var rows = new OperationRows(node.database);
      var attempts = new AttemptRows(node.database);
      var all = new ArrayList<Accepting>();
      for (int i = 0; i < 400; i++) {
        var key = UUID.nameUUIDFromBytes(new byte[] {(byte) (i / 2)}).toString();
        all.add(one("o%03d".formatted(i), SLOT, 1, key));
      }
      rows.accept(all);
      var found = attempts.due(SLOT, "orders", later(), 500);
      assertThat(ids(found.rows()))
          .hasSize(200)
          .allMatch(id -> Integer.parseInt(id.substring(1)) % 2 == 0);
      assertThat(found.next()).isEmpty();
      node.execute("UPDATE operation SET due_at = due_at + INTERVAL '1' HOUR");
      var later = attempts.due(SLOT, "orders", later(), 500);
      assertThat(later.rows()).isEmpty();
      assertThat(later.next()).contains(rows.find("o000").orElseThrow().dueAt().orElseThrow());
    }
  }

  /** A page of waiting ones whose first run says nothing of what stands behind it. */
  @ParameterizedTest
  @EnumSource(TestDatabase.class)
  void whatIsDueBehindOrdersThatRunIsFound(TestDatabase kind) throws SQLException {
    try (var node = Node.start(1, kind.fresh())) {
      var rows = new OperationRows(node.database);
      var attempts = new AttemptRows(node.database);
      var all = new ArrayList<Accepting>();
      for (int i = 0; i < 70; i++) {
        all.add(one("a%02d".formatted(i), SLOT, 1, "Key A"));
        all.add(one("b%02d".formatted(i), SLOT, 1, "Key B"));
      }
      all.add(one("c", SLOT, 1, "Key C"));
      var accepted = rows.accept(all);
      node.execute("UPDATE operation SET state = 'running' WHERE id IN ('a00', 'b00')");
      assertThat(accepted).hasSize(141);
      for (int i = 0; i < 20; i++) {
        assertThat(ids(attempts.due(SLOT, "orders", later(), 64).rows())).contains("c");
      }
    }
  }

  /** The asker said what it carries out, and began another one only then. */
  @ParameterizedTest
  @EnumSource(TestDatabase.class)
  void whatWasNotOverdueWhenItWasAskedForIsLeftAlone(TestDatabase kind) throws SQLException {
    try (var table = new Table(kind)) {
      var row = table.accept("a");
      table.begun(row);
      var failure = new AttemptRows.Failure("late", "upstream-timeout");
      var how = new AttemptRows.Overdue(failure, failure);
      var before = row.deadline().minusMillis(1);
      assertThat(table.attempts.failOverdue(SLOT, how, Set.of(), before, 1, 10)).isZero();
      assertThat(table.attempts.failOverdue(SLOT, how, Set.of(), row.deadline(), 1, 10))
          .isEqualTo(1);
    }
  }

  @ParameterizedTest
  @EnumSource(TestDatabase.class)
  void anAttemptThatCameToNothingIsRepeatedAndCountsIfItWasOne(TestDatabase kind)
      throws SQLException {
    try (var table = new Table(kind)) {
      var first = table.begun(table.accept("a"));
      var at = later();
      assertThat(table.end(again(first, at, 0))).hasSize(1);
      var waiting = table.find("a");
      assertThat(waiting.attempts()).isZero();
      assertThat(waiting.lastError()).isEqualTo("it was 503");
      assertThat(table.attempts.due(SLOT, "orders", at.minusSeconds(1), 10).rows()).isEmpty();
      var second =
          table.begun(table.attempts.due(SLOT, "orders", at.plusSeconds(1), 10).rows().get(0));
      table.end(again(second, at, 1));
      assertThat(table.find("a").attempts()).isEqualTo(1);
    }
  }

  @ParameterizedTest
  @EnumSource(TestDatabase.class)
  void ofACancelAndAnEndOneWins(TestDatabase kind) throws SQLException {
    try (var table = new Table(kind)) {
      var accepted = table.rows.accept(List.of(one("a"), one("b"), one("c")));
      var a = table.begun(accepted.get("a"));
      var b = table.begun(accepted.get("b"));
      assertThat(table.rows.cancel("a").orElseThrow().row().state()).isEqualTo(State.CANCELLED);
      assertThat(table.end(succeeded(a), succeeded(b))).containsExactly(b);
      assertThat(table.rows.result("a")).isEmpty();
      assertThat(table.rows.cancel("b").orElseThrow().row().state()).isEqualTo(State.SUCCEEDED);
      assertThat(table.rows.cancel("b").orElseThrow().done()).isFalse();
      assertThat(table.rows.cancel("a").orElseThrow().done()).as("once").isFalse();
      assertThat(table.rows.cancel("c").orElseThrow().row().state()).isEqualTo(State.CANCELLED);
      assertThat(table.attempts.begin(List.of(Version.of(accepted.get("c"))), 1)).isEmpty();
      assertThat(table.attempts.due(SLOT, "orders", later(), 10).rows()).isEmpty();
      assertThat(table.rows.cancel("d")).isEmpty();
    }
  }

  @ParameterizedTest
  @EnumSource(TestDatabase.class)
  void oneThatFailedIsAcceptedAnewAndKeepsItsLastAnswerUntilThereIsAnother(TestDatabase kind)
      throws SQLException {
    try (var table = new Table(kind)) {
      var attempt = table.begun(table.accept("a"));
      assertThat(table.rows.retry("a", HOUR).orElseThrow().row().state()).isEqualTo(State.RUNNING);
      table.end(
          new Ending(
              attempt,
              State.FAILED,
              Optional.empty(),
              1,
              "attempts used up",
              "upstream-failed",
              500,
              Optional.of(part("broken"))));
      var again = table.rows.retry("a", HOUR).orElseThrow().row();
      assertThat(again.state()).isEqualTo(State.ACCEPTED);
      assertThat(again.attempts()).isZero();
      assertThat(Duration.between(again.updatedAt(), again.deadline())).isEqualTo(HOUR);
      assertThat(table.rows.result("a")).isPresent();
      table.end(succeeded(table.begun(again)));
      assertThat(table.result("a")).isEqualTo("made");
      assertThat(table.rows.retry("a", HOUR).orElseThrow().row().state())
          .isEqualTo(State.SUCCEEDED);
    }
  }

  @ParameterizedTest
  @EnumSource(TestDatabase.class)
  void theImportantGoFirstAndOfThoseInOrderTheOldestAlone(TestDatabase kind) throws SQLException {
    try (var table = new Table(kind)) {
      table.accept("a", 2, "");
      var first = table.accept("b", 1, "k");
      table.accept("c", 1, "k");
      table.accept("d", 1, "l");
      table.accept("e", 0, "");
      assertThat(table.due()).containsExactly("e", "b", "d", "a");
      assertThat(ids(table.attempts.due(SLOT, "orders", later(), 2).rows()))
          .containsExactly("e", "b");
      var running = table.begun(first);
      assertThat(table.due()).doesNotContain("c");
      table.end(again(running, later().plusSeconds(60), 1));
      assertThat(table.due()).as("it waits").containsExactly("e", "d", "a");
      table.rows.cancel("b");
      assertThat(table.due()).containsExactly("e", "c", "d", "a");
    }
  }

  @ParameterizedTest
  @EnumSource(TestDatabase.class)
  void listsGoFromTheNewestToTheOldestByStateAndRoute(TestDatabase kind) throws SQLException {
    try (var node = Node.start(1, kind.fresh())) {
      var rows = new OperationRows(node.database);
      var attempts = new AttemptRows(node.database);
      for (int i = 0; i < 7; i++) {
        rows.accept(List.of(one("o" + i)));
        node.execute(
            "UPDATE operation SET created_at = created_at - INTERVAL '%d' SECOND%s WHERE id = 'o%d'"
                .formatted(100 - i / 2, i % 3 == 0 ? ", route = 'other'" : "", i));
      }
      rows.cancel("o2");
      var all = List.of("o6", "o5", "o4", "o3", "o2", "o1", "o0");
      var found = new ArrayList<String>();
      var after = Optional.<String>empty();
      while (found.size() < all.size()) {
        var page = ids(rows.list(new Query(Optional.empty(), Optional.empty(), after, 2)));
        assertThat(page).isNotEmpty();
        found.addAll(page);
        after = Optional.of(page.get(page.size() - 1));
      }
      assertThat(found).isEqualTo(all);
      var orders = Optional.of("orders");
      assertThat(ids(rows.list(new Query(Optional.empty(), orders, Optional.empty(), 9))))
          .containsExactly("o5", "o4", "o2", "o1");
      assertThat(
              ids(rows.list(new Query(Optional.of(State.CANCELLED), orders, Optional.empty(), 9))))
          .containsExactly("o2");
      assertThat(ids(rows.list(new Query(Optional.empty(), orders, Optional.of("o4"), 9))))
          .containsExactly("o2", "o1");
      assertThat(rows.list(new Query(Optional.empty(), orders, Optional.of("nobody"), 9)))
          .isEmpty();
      assertThat(rows.open("orders", 100)).isEqualTo(3);
      assertThat(rows.open("orders", 2)).isEqualTo(2);
    }
  }

  @ParameterizedTest
  @EnumSource(TestDatabase.class)
  void whatIsOldIsExpiredThenForgottenAndWhatIsOpenIsNot(TestDatabase kind) throws SQLException {
    try (var table = new Table(kind)) {
      var accepted = table.rows.accept(List.of(one("done"), one("open")));
      table.end(succeeded(table.begun(accepted.get("done"))));
      assertThat(table.rows.expire("orders", HOUR, 10)).isZero();
      age(table.node, "25");
      assertThat(table.rows.expire("other", HOUR, 10)).isZero();
      assertThat(table.rows.expire("orders", HOUR, 10)).isEqualTo(1);
      assertThat(table.state("done")).isEqualTo(State.EXPIRED);
      assertThat(table.rows.result("done")).isEmpty();
      assertThat(table.rows.request("done")).isEmpty();
      assertThat(table.state("open")).isEqualTo(State.ACCEPTED);
      assertThat(
              ids(
                  table.rows.list(
                      new Query(Optional.empty(), Optional.empty(), Optional.empty(), 9))))
          .containsExactly("open");
      assertThat(table.rows.forget("orders", Duration.ofDays(1), 10)).isZero();
      age(table.node, "25");
      assertThat(table.rows.forget("orders", Duration.ofDays(1), 10)).isEqualTo(1);
      assertThat(table.rows.find("done")).isEmpty();
      assertThat(table.rows.find("open")).isPresent();
    }
  }

  private static void age(Node node, String hours) throws SQLException {
    node.execute(
        "UPDATE operation SET created_at = created_at - INTERVAL '%1$s' HOUR,"
            .concat(" updated_at = updated_at - INTERVAL '%1$s' HOUR")
            .formatted(hours));
  }

  @ParameterizedTest
  @EnumSource(TestDatabase.class)
  void whoeverOwnsTheSlotFailsWhatWaitsBeyondItsDeadline(TestDatabase kind) throws SQLException {
    try (var table = new Table(kind)) {
      var accepted =
          table.rows.accept(
              List.of(one("late"), one("running"), one("other", SLOT + 1, 1, ""), one("ok")));
      table.begun(accepted.get("running"));
      table.node.execute(
          "UPDATE operation SET deadline = deadline - INTERVAL '2' HOUR WHERE id <> 'ok'");
      var how =
          new AttemptRows.Overdue(
              new AttemptRows.Failure("too late", "upstream-failed"),
              new AttemptRows.Failure("who knows", "outcome-unknown"));
      var mine = Set.of("running");
      var now = Instant.now();
      assertThat(table.attempts.failOverdue(SLOT, how, mine, now, 2, 10)).isZero();
      assertThat(table.attempts.failOverdue(SLOT, how, mine, now, 1, 10)).isEqualTo(1);
      var late = table.find("late");
      assertThat(late.state()).isEqualTo(State.FAILED);
      assertThat(late.lastError()).isEqualTo("too late");
      assertThat(late.problem()).isEqualTo("upstream-failed");
      assertThat(late.dueAt()).isEmpty();
      assertThat(table.state("running")).isEqualTo(State.RUNNING);
      assertThat(table.state("other")).isEqualTo(State.ACCEPTED);
      assertThat(table.state("ok")).isEqualTo(State.ACCEPTED);
      assertThat(table.attempts.failOverdue(SLOT, how, Set.of("late"), now, 1, 10)).isEqualTo(1);
      var running = table.find("running");
      assertThat(running.state()).as("nobody will end it").isEqualTo(State.FAILED);
      assertThat(running.problem()).isEqualTo("outcome-unknown");
      assertThat(running.dueAt()).isEmpty();
    }
  }

  /** Between the look at what is old and its removal somebody asks for it again. */
  @ParameterizedTest
  @EnumSource(TestDatabase.class)
  void whatIsAskedForAgainMeanwhileDoesNotExpire(TestDatabase kind) throws Exception {
    try (var node = Node.start(1, kind.fresh())) {
      var rows = new OperationRows(node.database);
      rows.accept(List.of(one("failed"), one("old")));
      node.execute("UPDATE operation SET state = 'failed', due_at = NULL");
      age(node, "25");
      var asked = new CompletableFuture<Integer>();
      node.database.transaction(
          connection -> {
            try (var retry = connection.createStatement()) {
              retry.executeUpdate(
                  "UPDATE operation SET state = 'accepted', due_at = created_at,"
                      + " updated_at = CURRENT_TIMESTAMP, version = version + 1 WHERE id = 'failed'");
            }
            new Thread(() -> asked.complete(expired(rows))).start();
            await().until(() -> asked.isDone() || somebodyWaits(node, kind));
            return 0;
          });
      assertThat(asked.get(20, TimeUnit.SECONDS)).isEqualTo(1);
      assertThat(rows.find("failed").orElseThrow().state()).isEqualTo(State.ACCEPTED);
      assertThat(rows.find("old").orElseThrow().state()).isEqualTo(State.EXPIRED);
      assertThat(rows.request("failed")).isPresent();
    }
  }

  private static int expired(OperationRows rows) {
    try {
      return rows.expire("orders", HOUR, 10);
    } catch (SQLException e) {
      throw new AssertionError(e);
    }
  }

  /** For a row that another transaction holds. */
  private static boolean somebodyWaits(Node node, TestDatabase kind) throws SQLException {
    var sql =
        switch (kind) {
          case H2 ->
              "SELECT COUNT(*) FROM INFORMATION_SCHEMA.SESSIONS WHERE BLOCKER_ID IS NOT NULL";
          case POSTGRESQL ->
              "SELECT COUNT(*) FROM pg_stat_activity"
                  + " WHERE wait_event_type = 'Lock' AND datname = current_database()";
        };
    return node.database.read(
        connection -> {
          try (var select = connection.prepareStatement(sql);
              var rows = select.executeQuery()) {
            rows.next();
            return rows.getInt(1) > 0;
          }
        });
  }

  @ParameterizedTest
  @EnumSource(TestDatabase.class)
  void theRoutesOfWhatIsFinalAreNamed(TestDatabase kind) throws SQLException {
    try (var node = Node.start(1, kind.fresh())) {
      var rows = new OperationRows(node.database);
      assertThat(rows.routes()).isEmpty();
      rows.accept(List.of(one("a"), one("b"), one("c"), one("d"), one("e")));
      node.execute("UPDATE operation SET route = 'gone', state = 'failed' WHERE id = 'a'");
      node.execute("UPDATE operation SET route = 'other', state = 'succeeded' WHERE id = 'b'");
      node.execute("UPDATE operation SET route = 'other', state = 'failed' WHERE id = 'c'");
      node.execute("UPDATE operation SET route = 'past', state = 'expired' WHERE id = 'd'");
      assertThat(rows.routes()).containsExactly("gone", "other", "past");
    }
  }

  @ParameterizedTest
  @EnumSource(TestDatabase.class)
  void whatIsNotDueSaysWhenItIsAndOtherRoutesAreReadApart(TestDatabase kind) throws SQLException {
    try (var table = new Table(kind)) {
      var first = table.begun(table.accept("a"));
      var at = later().truncatedTo(ChronoUnit.MILLIS);
      table.end(again(first, at, 1));
      table.accept("b");
      var now = at.minusSeconds(10);
      assertThat(table.attempts.due(SLOT, "orders", now, 10).next()).contains(at);
      assertThat(table.attempts.due(SLOT, "orders", now, 1).next())
          .as("there may be more")
          .isEmpty();
      assertThat(table.attempts.due(SLOT, "orders", at, 10).next()).isEmpty();
      assertThat(table.attempts.due(SLOT, "other", at, 10).rows()).isEmpty();
    }
  }

  @ParameterizedTest
  @EnumSource(TestDatabase.class)
  void aLongerPageIsWholeThoughAShorterOneWasAskedForBefore(TestDatabase kind) throws SQLException {
    try (var node = Node.start(1, kind.fresh())) {
      var rows = new OperationRows(node.database);
      rows.accept(List.of(one("a"), one("b"), one("c"), one("d"), one("e"), one("f")));
      for (int limit = 1; limit <= 6; limit++) {
        assertThat(
                rows.list(new Query(Optional.empty(), Optional.empty(), Optional.empty(), limit)))
            .hasSize(limit);
        assertThat(rows.open("orders", limit)).isEqualTo(limit);
      }
    }
  }
}
