package io.holdfast.operation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.holdfast.database.Database;
import io.holdfast.database.DatabaseSettings;
import io.holdfast.database.OperationRows;
import io.holdfast.database.OperationRows.Accepting;
import io.holdfast.database.OperationRows.Part;
import io.holdfast.database.OperationRows.Row;
import io.holdfast.database.OperationRows.State;
import io.holdfast.database.OperationTable;
import io.holdfast.database.ShardRows;
import io.holdfast.database.Slots;
import io.holdfast.http.ProblemType;
import io.holdfast.operation.AttemptPolicy.Outcome;
import io.holdfast.route.Route;
import io.holdfast.route.Routes;
import io.holdfast.testing.FaultyLink;
import io.holdfast.testing.Services;
import io.holdfast.testing.TestDatabase;
import io.holdfast.testing.WatchedDriver;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.apache.pekko.Done;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.typed.ActorRef;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** One lane on a real table, with services that do what a test tells them. */
class LaneTest {
  private static final ActorTestKit KIT = ActorTestKit.create();
  private static final Slots SLOTS = new Slots(8);
  private static final int SLOT = SLOTS.slotOf(Slots.Kind.OPERATION, 3);
  private static final long ME = 1;
  private static final String BEGIN = "UPDATE operation SET state = 'running'";
  private static final String END = "UPDATE operation SET state = ?";
  private static final String ROUTES =
      """
      upstreams {
        fast { instances = ["http://127.0.0.1:1"] }
        slow { instances = ["http://127.0.0.1:2"] }
      }
      routes {
        fast { path = "/fast", upstream = fast, async { mode = allowed, attempts-max = 3, backoff = 1ms } }
        slow { path = "/slow", upstream = slow, async.mode = allowed }
        short { path = "/short", upstream = fast, deadline = 100ms,
          async { mode = allowed, attempts-max = 2, backoff = 1ms } }
        off { path = "/off", upstream = fast }
        ordered { path = "/ordered", upstream = fast, async { mode = allowed, order-by = path } }
      }
      """;

  private final Routes routes = new Routes(Services.settings(ROUTES).routes());
  private static final DatabaseSettings settings = TestDatabase.H2.fresh();
  private static final Database database = Database.open(settings);
  private final OperationRows rows = new OperationRows(database);
  private final Says service = new Says();
  private final Nearby nearby = new Nearby();
  private Duration answerMax = Duration.ofMinutes(1);
  private long answerBytesMax = 1 << 20;
  private OperationTable table = new OperationTable(database, () -> ME);
  private ActorRef<Lane.Command> lane;

  /** What carries operations out: at once, unless they are held. */
  private static final class Says implements Attempts {
    final List<String> begun = new CopyOnWriteArrayList<>();
    final List<String> abandoned = new CopyOnWriteArrayList<>();
    final Map<String, Consumer<Ended>> held = new ConcurrentHashMap<>();
    volatile Function<Request, Optional<Ended>> says = request -> Optional.of(answer(201));
    volatile Set<String> closed = Set.of();
    volatile boolean repeatable = true;

    @Override
    public boolean isOpen(Route route) {
      return !closed.contains(route.name());
    }

    @Override
    public boolean isRepeatable(Route route, String method) {
      return repeatable;
    }

    @Override
    public Runnable begin(Request request, Consumer<Ended> ended) {
      begun.add(request.id());
      var said = says.apply(request);
      if (said.isPresent()) {
        ended.accept(said.get());
      } else {
        held.put(request.id(), ended);
      }
      return () -> abandoned.add(request.id());
    }

    long times(String id) {
      return begun.stream().filter(id::equals).count();
    }
  }

  private static Attempts.Ended answer(int status) {
    return new Attempts.Ended(
        new Outcome.Answered(status, Optional.empty()),
        Optional.of(
            new Attempts.Answer(
                status,
                new Message(
                    "Said",
                    "X: y\r\n".getBytes(StandardCharsets.ISO_8859_1),
                    ("answer " + status).getBytes(StandardCharsets.UTF_8)))));
  }

  @BeforeAll
  static void prepare() throws SQLException {
    database.prepare("holdfast", SLOTS);
  }

  LaneTest() throws SQLException {
    for (var table : List.of("operation", "operation_part", "incarnation")) {
      execute("DELETE FROM " + table);
    }
    register(ME);
    own(ME);
  }

  private static int execute(String sql) throws SQLException {
    return database.transaction(
        connection -> {
          try (var statement = connection.createStatement()) {
            return statement.executeUpdate(sql);
          }
        });
  }

  private void register(long incarnation) throws SQLException {
    database.transaction(
        connection -> {
          try (var insert =
              connection.prepareStatement(
                  "INSERT INTO incarnation (id, name, address, http, admin, lifeline, formation,"
                      + " registered_at, seen_at) VALUES (?, ?, ?, '', '', '', 1, ?, ?)")) {
            insert.setLong(1, incarnation);
            insert.setString(2, "n" + incarnation);
            insert.setString(3, "127.0.0.1:" + incarnation);
            insert.setObject(4, OffsetDateTime.now());
            insert.setObject(5, OffsetDateTime.now());
            return insert.executeUpdate();
          }
        });
  }

  private void own(long incarnation) throws SQLException {
    try (var shards = new ShardRows(database)) {
      shards.takeOver(new TreeSet<>(Set.of(SLOT)), Set.of(), incarnation);
    }
  }

  private void start() {
    start(new OperationsSettings(8, 4));
  }

  private void start(OperationsSettings bounds) {
    var gates = new Gates(bounds.serviceInFlightMax(), answerBytesMax);
    lane =
        KIT.spawn(
            Lane.create(
                SLOT,
                false,
                new Lane.Surroundings(
                    table,
                    service,
                    () -> routes,
                    () -> ME,
                    gates,
                    bounds,
                    answerMax,
                    new LaneMeters(new SimpleMeterRegistry(), gates),
                    new Retention(
                        table, () -> routes, new SimpleMeterRegistry().counter("expired")),
                    nearby)));
  }

  @AfterEach
  void stop() {
    if (lane != null) {
      KIT.stop(lane);
    }
    table.close();
  }

  @AfterAll
  static void end() {
    database.close();
    KIT.shutdownTestKit();
  }

  private static Accepting accepting(String id, String route, int priority, String order) {
    return new Accepting(
        id,
        SLOT,
        route,
        "POST",
        "/" + route,
        "",
        priority,
        order,
        Duration.ofHours(1),
        new Part("", new byte[0], id.getBytes(StandardCharsets.UTF_8)));
  }

  private void accept(String route, String... ids) throws SQLException {
    for (var id : ids) {
      var accepted = rows.accept(List.of(accepting(id, route, 1, ""))).get(id);
      if (lane != null) {
        lane.tell(new Lane.Heard(Item.of(accepted)));
      }
    }
  }

  private static void waitFor(CountDownLatch latch) {
    try {
      assertThat(latch.await(10, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  /** As a node leaves it that dies over it. */
  private void acceptAndBegin(String id) throws Exception {
    accept("fast", id);
    assertThat(table.begin(Item.of(row(id)).known()).toCompletableFuture().get()).isTrue();
  }

  private Row row(String id) {
    try {
      return rows.find(id).orElseThrow();
    } catch (SQLException e) {
      throw new AssertionError(e);
    }
  }

  private void awaitState(String id, State state) {
    await(id).untilAsserted(() -> assertThat(row(id).state()).isEqualTo(state));
  }

  @Test
  void whatIsDueIsCarriedOutAndItsAnswerKept() throws Exception {
    accept("fast", "before");
    start();
    accept("fast", "after");
    awaitState("before", State.SUCCEEDED);
    awaitState("after", State.SUCCEEDED);
    assertThat(service.begun).containsExactlyInAnyOrder("before", "after");
    assertThat(row("after").attempts()).isEqualTo(1);
    assertThat(row("after").resultStatus()).isEqualTo(201);
    var result = rows.result("after").orElseThrow();
    assertThat(result.content()).asString(StandardCharsets.UTF_8).isEqualTo("answer 201");
    assertThat(result.fields()).asString(StandardCharsets.UTF_8).isEqualTo("X: y\r\n");
  }

  @Test
  void aRequestThatIsAtHandIsNotReadAndALongOneIs() throws Exception {
    var sent = new ConcurrentHashMap<String, String>();
    service.says =
        request -> {
          sent.put(request.id(), new String(request.message().content(), StandardCharsets.UTF_8));
          return Optional.of(answer(201));
        };
    start();
    accept("fast", "first"); // once it is done the table was read
    awaitState("first", State.SUCCEEDED);
    for (var id : List.of("short", "long")) {
      var row = rows.accept(List.of(accepting(id, "fast", 1, ""))).get(id);
      var content = "at hand".repeat(id.equals("short") ? 1 : 2000);
      var request = new Part("", new byte[0], content.getBytes(StandardCharsets.UTF_8));
      lane.tell(new Lane.Accepted(Item.of(row), request));
      awaitState(id, State.SUCCEEDED);
    }
    assertThat(sent).containsEntry("short", "at hand").containsEntry("long", "long");
  }

  @Test
  void whoeverIsToldThatThereIsMoreReadsIt() throws Exception {
    start();
    accept("fast", "first");
    awaitState("first", State.SUCCEEDED);
    rows.accept(List.of(accepting("untold", "fast", 1, "")));
    long began = System.nanoTime();
    lane.tell(new Lane.More("fast"));
    awaitState("untold", State.SUCCEEDED);
    assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Agenda.READ_EVERY);
  }

  @Test
  void aServiceThatCannotNowIsAskedAgainUntilItCan() throws Exception {
    service.says = request -> Optional.of(answer(service.times("a") < 3 ? 503 : 200));
    start();
    accept("fast", "a");
    awaitState("a", State.SUCCEEDED);
    assertThat(service.times("a")).isEqualTo(3);
    assertThat(row("a").attempts()).isEqualTo(3);
    assertThat(row("a").resultStatus()).isEqualTo(200);
    assertThat(row("a").lastError()).isEmpty();
  }

  @Test
  void oneThatNeverSucceedsFailsWithItsLastAnswerAndTheOthersGoOn() throws Exception {
    service.says = request -> Optional.of(answer(request.id().equals("bad") ? 500 : 200));
    start();
    accept("fast", "bad", "good");
    awaitState("good", State.SUCCEEDED);
    awaitState("bad", State.FAILED);
    assertThat(row("bad").attempts()).isEqualTo(3);
    assertThat(row("bad").problem()).isEqualTo("upstream-failed");
    assertThat(row("bad").lastError()).contains("500").contains("last of 3 attempts");
    assertThat(row("bad").resultStatus()).isEqualTo(500);
  }

  @Test
  void oneWhoseAttemptsThrowFailsByPolicyAndTheLaneGoesOn() throws Exception {
    service.says =
        request -> {
          if (request.id().equals("poison")) {
            throw new IllegalStateException("for the test");
          }
          return Optional.of(answer(200));
        };
    start();
    accept("fast", "poison", "good");
    awaitState("poison", State.FAILED);
    awaitState("good", State.SUCCEEDED);
    assertThat(service.times("poison")).isEqualTo(3);
    assertThat(row("poison").problem()).isEqualTo("internal");
  }

  @Test
  void anAttemptOfWhichNothingIsHeardIsGivenUp() throws Exception {
    answerMax = Duration.ofMillis(100);
    service.says = request -> Optional.empty();
    start();
    accept("short", "a");
    awaitState("a", State.FAILED);
    assertThat(service.times("a")).isEqualTo(2);
    assertThat(service.abandoned).containsExactly("a", "a");
    assertThat(row("a").problem()).isEqualTo("upstream-timeout");
    service.repeatable = false;
    accept("short", "b");
    awaitState("b", State.FAILED);
    assertThat(service.times("b")).isEqualTo(1);
    assertThat(row("b").problem()).isEqualTo("outcome-unknown");
  }

  /** The table has it as running: whether it was done is not known, in time or not. */
  @Test
  void whatANodeThatDiedHadBegunAndIsNotInTimeAnyMoreIsUnknown() throws Exception {
    acceptAndBegin("a");
    execute("UPDATE operation SET deadline = deadline - INTERVAL '2' HOUR");
    start();
    awaitState("a", State.FAILED);
    assertThat(row("a").problem()).isEqualTo("outcome-unknown");
    assertThat(service.begun).isEmpty();
  }

  @Test
  void anEndThatTheDatabaseRefusesForGoodIsAnEndWithoutAnAnswer() throws Exception {
    var tooLong = new Message("r".repeat(300), new byte[0], new byte[0]); // 255 fit
    service.says =
        request ->
            Optional.of(
                new Attempts.Ended(
                    new Outcome.Answered(201, Optional.empty()),
                    Optional.of(new Attempts.Answer(201, tooLong))));
    start();
    accept("fast", "a");
    awaitState("a", State.FAILED);
    assertThat(row("a").problem()).isEqualTo("internal");
    assertThat(service.times("a")).isEqualTo(1);
    assertThat(rows.result("a")).isEmpty();
  }

  @Test
  void whileAServiceIsClosedNothingIsTriedAndNothingWritten() throws Exception {
    service.closed = Set.of("slow");
    accept("slow", "a");
    start();
    accept("fast", "b");
    awaitState("b", State.SUCCEEDED);
    assertThat(service.begun).containsExactly("b");
    assertThat(row("a").version()).isEqualTo(1);
    service.closed = Set.of();
    awaitState("a", State.SUCCEEDED);
    assertThat(row("a").attempts()).isEqualTo(1);
  }

  @Test
  void anAttemptThatCameToNothingBurnsNone() throws Exception {
    service.says =
        request ->
            Optional.of(
                service.times("a") < 10
                    ? new Attempts.Ended(
                        new Outcome.NotTried(
                            ProblemType.BREAKER_OPEN, "It is open.", Duration.ofMillis(5)),
                        Optional.empty())
                    : answer(200));
    start();
    accept("fast", "a");
    awaitState("a", State.SUCCEEDED);
    assertThat(row("a").attempts()).isEqualTo(1);
  }

  @Test
  void whatMayHaveBeenCarriedOutByANodeThatDiedIsNotSentAgainWhereThatIsNotSafe() throws Exception {
    acceptAndBegin("a");
    service.repeatable = false;
    start();
    awaitState("a", State.FAILED);
    assertThat(row("a").problem()).isEqualTo("outcome-unknown");
    assertThat(service.begun).isEmpty();
  }

  @Test
  void whatMayHaveBeenCarriedOutByANodeThatDiedIsSentAgainWhereThatIsSafe() throws Exception {
    acceptAndBegin("a");
    start();
    awaitState("a", State.SUCCEEDED);
    assertThat(row("a").attempts()).isEqualTo(2);
  }

  @Test
  void whatCannotBeSentTwiceIsWrittenDownBeforeItIsSent() throws Exception {
    service.repeatable = false;
    service.says =
        request -> {
          assertThat(row("a").state()).isEqualTo(State.RUNNING);
          return Optional.of(answer(200));
        };
    start();
    accept("fast", "a");
    awaitState("a", State.SUCCEEDED);
    assertThat(row("a").attempts()).isEqualTo(1);
  }

  @Test
  void whatTakesAWhileIsSeenToRun() throws Exception {
    service.says = request -> Optional.empty();
    start();
    accept("fast", "a");
    awaitState("a", State.RUNNING);
    assertThat(row("a").attempts()).isEqualTo(1);
    service.held.get("a").accept(answer(200));
    awaitState("a", State.SUCCEEDED);
    assertThat(row("a").attempts()).isEqualTo(1);
  }

  @Test
  void oneSlowServiceDoesNotHoldUpTheOthers() throws Exception {
    service.says =
        request ->
            request.route().name().equals("slow") ? Optional.empty() : Optional.of(answer(200));
    accept("slow", IntStream.range(0, 60).mapToObj(i -> "s" + i).toArray(String[]::new));
    start(new OperationsSettings(3, 8));
    var fast = IntStream.range(0, 30).mapToObj(i -> "f" + i).toList();
    accept("fast", fast.toArray(String[]::new));
    for (var id : fast) {
      awaitState(id, State.SUCCEEDED);
    }
    assertThat(service.begun.stream().filter(it -> it.startsWith("s"))).hasSize(3);
    service.says = request -> Optional.of(answer(200));
    service.held.values().forEach(it -> it.accept(answer(200)));
    for (int i = 0; i < 60; i++) {
      awaitState("s" + i, State.SUCCEEDED);
    }
  }

  @Test
  void whatIsInOrderIsCarriedOutOneAfterTheOther() throws Exception {
    service.says = request -> Optional.empty();
    start();
    var accepted = new ArrayList<String>();
    for (int i = 0; i < 4; i++) {
      var id = "o" + i;
      var row = rows.accept(List.of(accepting(id, "ordered", 1, "k"))).get(id);
      lane.tell(new Lane.Heard(Item.of(row)));
      accepted.add(id);
    }
    for (var id : accepted) {
      await().until(() -> service.held.containsKey(id));
      assertThat(service.held).containsOnlyKeys(id);
      service.held.remove(id).accept(answer(200));
    }
    assertThat(service.begun).isEqualTo(accepted);
  }

  @Test
  void theImportantAreCarriedOutBeforeTheOthers() throws Exception {
    for (int i = 0; i < 12; i++) {
      rows.accept(List.of(accepting("d%02d".formatted(i), "fast", 2 - i / 4, "")));
    }
    service.says = request -> Optional.empty();
    start(new OperationsSettings(1, 1));
    for (int i = 0; i < 12; i++) {
      int nr = i;
      await().until(() -> service.begun.size() == nr + 1);
      var id = service.begun.get(nr);
      assertThat(id)
          .isBetween("d%02d".formatted(8 - nr / 4 * 4), "d%02d".formatted(11 - nr / 4 * 4));
      await().until(() -> service.held.containsKey(id));
      service.held.remove(id).accept(answer(200));
    }
  }

  @Test
  void oneThatIsCancelledIsAbandonedAndItsLateAnswerChangesNothing() throws Exception {
    service.says = request -> Optional.empty();
    start();
    accept("fast", "a");
    await().until(() -> service.held.containsKey("a"));
    var cancelled = rows.cancel("a").orElseThrow();
    assertThat(cancelled.done()).isTrue();
    lane.tell(new Lane.Heard(Item.of(cancelled.row())));
    await().until(() -> service.abandoned.contains("a"));
    service.held.get("a").accept(answer(200));
    accept("fast", "b");
    await().until(() -> service.held.containsKey("b"));
    service.held.get("b").accept(answer(200));
    awaitState("b", State.SUCCEEDED);
    assertThat(row("a").state()).isEqualTo(State.CANCELLED);
    assertThat(rows.result("a")).isEmpty();
  }

  @Test
  void aLaneThatLostItsSlotChangesNothingWhenItWakesUp() throws Exception {
    service.says = request -> Optional.empty();
    start();
    accept("fast", "a");
    awaitState("a", State.RUNNING);
    register(2);
    own(2);
    service.held.get("a").accept(answer(200));
    service.says = request -> Optional.of(answer(200));
    service.repeatable = false;
    accept("fast", "b");
    lane.tell(Lane.Stop.NOW);
    KIT.createTestProbe().expectTerminated(lane, Duration.ofSeconds(10));
    assertThat(row("a").state()).isEqualTo(State.RUNNING);
    assertThat(row("b").state()).isEqualTo(State.ACCEPTED);
    assertThat(rows.result("a")).isEmpty();
    assertThat(service.begun).containsExactly("a");
  }

  @Test
  void oneWhoseDeadlineIsOverFails() throws Exception {
    accept("fast", "a");
    execute("UPDATE operation SET deadline = deadline - INTERVAL '2' HOUR");
    start();
    awaitState("a", State.FAILED);
    assertThat(row("a").attempts()).isZero();
    assertThat(row("a").problem()).isEqualTo("upstream-timeout");
    assertThat(service.begun).isEmpty();
  }

  @Test
  void aLaneThatIsToStopEndsWhatItHasBegunAndBeginsNothing() throws Exception {
    service.says = request -> Optional.empty();
    start();
    accept("fast", "a");
    await().until(() -> service.held.containsKey("a"));
    var probe = KIT.createTestProbe();
    lane.tell(Lane.Stop.NOW);
    accept("fast", "b");
    probe.expectNoMessage(Duration.ofMillis(300));
    service.held.get("a").accept(answer(200));
    probe.expectTerminated(lane, Duration.ofSeconds(10));
    assertThat(row("a").state()).isEqualTo(State.SUCCEEDED);
    assertThat(row("b").state()).isEqualTo(State.ACCEPTED);
  }

  @Test
  void aLaneThatRestsSaysWhenNothingIsUnderWayThatCannotBeSentAgainAndBeginsNothingSuch()
      throws Exception {
    service.says = request -> Optional.empty();
    service.repeatable = false;
    start();
    accept("fast", "a");
    await().until(() -> service.held.containsKey("a"));
    var rests = rest();
    accept("fast", "b");
    KIT.createTestProbe().expectNoMessage(Duration.ofMillis(300));
    assertThat(rests).isNotDone();
    service.held.get("a").accept(answer(200));
    rests.get(10, TimeUnit.SECONDS);
    assertThat(row("a").state()).isEqualTo(State.SUCCEEDED);
    assertThat(row("b").state()).isEqualTo(State.ACCEPTED);
    assertThat(service.begun).containsExactly("a");
  }

  @Test
  void aLaneThatRestsGoesOnWithWhatCanBeSentAgain() throws Exception {
    service.says = request -> Optional.empty();
    start();
    accept("fast", "a");
    await().until(() -> service.held.containsKey("a"));
    rest().get(10, TimeUnit.SECONDS);
    assertThat(service.abandoned).isEmpty();
    accept("fast", "b");
    await().until(() -> service.held.containsKey("b"));
    service.held.get("a").accept(answer(200));
    service.held.get("b").accept(answer(200));
    awaitState("a", State.SUCCEEDED);
    awaitState("b", State.SUCCEEDED);
  }

  @Test
  void aLaneThatBeginsWhileItsNodeRestsBeginsNothingThatCannotBeSentAgain() throws Exception {
    service.repeatable = false;
    nearby.rest();
    start();
    accept("fast", "a");
    KIT.createTestProbe().expectNoMessage(Duration.ofMillis(500));
    assertThat(service.begun).isEmpty();
    assertThat(row("a").state()).isEqualTo(State.ACCEPTED);
  }

  private CompletableFuture<Done> rest() {
    nearby.begun(SLOT, lane);
    return nearby.rest().get(0);
  }

  @Test
  void moreThanAPageIsCarriedOutToTheLast() throws Exception {
    var all = new ArrayList<Accepting>();
    for (int i = 0; i < 300; i++) {
      all.add(accepting("p%03d".formatted(i), "fast", 1, ""));
    }
    rows.accept(all);
    start();
    await()
        .atMost(Duration.ofSeconds(30))
        .until(
            () ->
                rows.list(
                            new OperationRows.Query(
                                Optional.of(State.SUCCEEDED),
                                Optional.empty(),
                                Optional.empty(),
                                1000))
                        .size()
                    == 300);
    assertThat(service.begun).hasSize(300);
  }

  /** The database wrote down that it had begun, and nobody heard that; then the answer came. */
  @Test
  void anAnswerIsKeptThoughItIsNotKnownWhetherItsAttemptWasWrittenDown() throws Exception {
    var lost = new CountDownLatch(1);
    try (var driver = new WatchedDriver();
        var far = Database.open(driver.watched(settings))) {
      table.close();
      table = new OperationTable(far, () -> ME);
      driver.watch(
          "prepareStatement",
          sql -> {
            if (sql.contains("state = 'running', attempts") && lost.getCount() > 0) {
              execute(
                  "UPDATE operation SET state = 'running', attempts = 1, version = version + 1,"
                      + " begun_by = "
                      + ME);
              lost.countDown();
              throw new SQLException("lost", "08006");
            }
          });
      service.says = request -> Optional.empty();
      start();
      accept("fast", "a");
      assertThat(lost.await(10, TimeUnit.SECONDS)).isTrue();
      service.held.get("a").accept(answer(201));
      awaitState("a", State.SUCCEEDED);
      assertThat(service.times("a")).isEqualTo(1);
      assertThat(row("a").attempts()).isEqualTo(1);
      assertThat(rows.result("a")).isPresent();
      KIT.stop(lane);
      table.close();
    }
  }

  /** A route that accepts nothing any more has no news, so that only what it had is looked for. */
  @Test
  void whatAnotherStillOwnsIsBegunOnceItIsOurs() throws Exception {
    service.repeatable = false;
    register(2);
    own(2);
    accept("off", "a");
    start();
    await().during(Duration.ofSeconds(1)).until(() -> service.begun.isEmpty());
    own(ME);
    awaitState("a", State.SUCCEEDED);
    assertThat(service.times("a")).isEqualTo(1);
  }

  @Test
  void whatIsBeingCarriedOutIsNotFailedAsOverdue() throws Exception {
    service.says = request -> Optional.empty();
    start();
    accept("fast", "a");
    await().until(() -> service.held.containsKey("a"));
    rows.accept(List.of(accepting("b", "gone", 1, "")));
    execute("UPDATE operation SET deadline = deadline - INTERVAL '2' HOUR");
    lane.tell(Lane.Sweep.NOW);
    awaitState("b", State.FAILED);
    service.held.get("a").accept(answer(201));
    awaitState("a", State.SUCCEEDED);
  }

  /** Its answers are in memory until it takes them. */
  @Test
  void whileTheDatabaseTakesNoMoreAnswersNothingIsBegun() throws Exception {
    answerBytesMax = 10; // less than one
    var takes = new CountDownLatch(1);
    try (var driver = new WatchedDriver();
        var far = Database.open(driver.watched(settings))) {
      table.close();
      table = new OperationTable(far, () -> ME);
      driver.watch(
          "prepareStatement",
          sql -> {
            if (sql.startsWith(END) && takes.getCount() > 0) {
              throw new SQLException("full", "53100");
            }
          });
      start(new OperationsSettings(1, 4));
      accept("fast", "a");
      await().until(() -> service.begun.contains("a"));
      accept("fast", "b", "c");
      await()
          .during(Duration.ofMillis(1500))
          .atMost(Duration.ofSeconds(3))
          .until(() -> service.begun.equals(List.of("a")));
      takes.countDown();
      for (var id : List.of("a", "b", "c")) {
        awaitState(id, State.SUCCEEDED);
        assertThat(service.times(id)).isEqualTo(1);
      }
      KIT.stop(lane);
      table.close();
    }
  }

  /** It has to be written down before it is sent, and could not be in time. */
  @Test
  void whatTheDatabaseLetWaitBeyondItsDeadlineIsNotSent() throws Exception {
    service.repeatable = false;
    accept("fast", "a");
    execute("UPDATE operation SET deadline = DATEADD(MILLISECOND, 2000, CURRENT_TIMESTAMP)");
    try (var driver = new WatchedDriver();
        var far = Database.open(driver.watched(settings))) {
      table.close();
      table = new OperationTable(far, () -> ME);
      var deadline = row("a").deadline();
      driver.watch(
          "prepareStatement",
          sql -> {
            if (sql.startsWith(BEGIN) && Instant.now().isBefore(deadline.plusMillis(200))) {
              throw new SQLException("lost", "08006");
            }
          });
      start();
      awaitState("a", State.FAILED);
      assertThat(service.begun).isEmpty();
      assertThat(row("a").problem()).isEqualTo("upstream-timeout");
      KIT.stop(lane);
      table.close();
    }
  }

  /** It was written down to be sent, and is as if it had not been. */
  @Test
  void aLaneThatIsToStopPutsBackWhatItHasNotSentYet() throws Exception {
    service.repeatable = false;
    var asked = new CountDownLatch(1);
    var goesOn = new CountDownLatch(1);
    try (var driver = new WatchedDriver();
        var far = Database.open(driver.watched(settings))) {
      table.close();
      table = new OperationTable(far, () -> ME);
      driver.watch(
          "prepareStatement",
          sql -> {
            if (sql.startsWith(BEGIN)) {
              asked.countDown();
              waitFor(goesOn);
            }
          });
      start();
      accept("fast", "a");
      assertThat(asked.await(10, TimeUnit.SECONDS)).isTrue();
      lane.tell(Lane.Stop.NOW);
      goesOn.countDown();
      KIT.createTestProbe().expectTerminated(lane, Duration.ofSeconds(10));
      assertThat(service.begun).isEmpty();
      assertThat(row("a").state()).isEqualTo(State.ACCEPTED);
      assertThat(row("a").attempts()).isZero();
      start();
      awaitState("a", State.SUCCEEDED);
      assertThat(row("a").attempts()).isEqualTo(1);
      KIT.stop(lane);
      table.close();
    }
  }

  @Test
  void anEndThatTheDriverCannotWriteIsAnEndWithoutAnAnswer() throws Exception {
    var tried = new AtomicInteger();
    try (var driver = new WatchedDriver();
        var far = Database.open(driver.watched(settings))) {
      table.close();
      table = new OperationTable(far, () -> ME);
      driver.watch(
          "prepareStatement",
          sql -> {
            if (sql.startsWith(END) && tried.incrementAndGet() <= 3) {
              throw new IllegalStateException("for the test");
            }
          });
      start();
      accept("fast", "a");
      awaitState("a", State.FAILED);
      assertThat(row("a").problem()).isEqualTo("internal");
      assertThat(rows.result("a")).isEmpty();
      KIT.stop(lane);
      table.close();
    }
  }

  @Test
  void theEndOfAnAttemptIsWrittenDownWhenTheDatabaseIsBack() throws Exception {
    try (var link = new FaultyLink(TestDatabase.port(settings))) {
      table.close();
      try (var far = Database.open(TestDatabase.through(link, settings))) {
        table = new OperationTable(far, () -> ME);
        service.says = request -> Optional.empty();
        start();
        accept("fast", "a");
        await().until(() -> service.held.containsKey("a"));
        link.cut();
        service.held.get("a").accept(answer(200));
        accept("fast", "b");
        link.heal();
        awaitState("a", State.SUCCEEDED);
        await().until(() -> service.held.containsKey("b"));
        assertThat(service.times("a")).isEqualTo(1);
        KIT.stop(lane);
        table.close();
      }
    }
  }
}
