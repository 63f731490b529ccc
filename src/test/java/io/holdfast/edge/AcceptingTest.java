package io.holdfast.edge;

import static io.holdfast.testing.OperationsDatabase.id;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import io.holdfast.database.Database;
import io.holdfast.database.OperationTable;
import io.holdfast.http.ProblemType;
import io.holdfast.operation.Lanes;
import io.holdfast.operation.Message;
import io.holdfast.operation.NewOperation;
import io.holdfast.operation.Operations;
import io.holdfast.operation.OperationsSettings;
import io.holdfast.resilience.Priority;
import io.holdfast.route.Routes;
import io.holdfast.testing.OperationsDatabase;
import io.holdfast.testing.Services;
import io.holdfast.testing.WatchedDriver;
import io.holdfast.upstream.Substitute.Answer;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a client hears of a request that is accepted, on a real table. */
@Timeout(60)
class AcceptingTest {
  private static final Accepting.Wish AT_ONCE = new Accepting.Wish(true, Duration.ZERO);
  private static final Accepting.Wish WAITS = new Accepting.Wish(true, Duration.ofSeconds(20));

  /** A quarter of them may wait. */
  private static final int WATCHING_MAX = 4;

  private final OperationsDatabase database = new OperationsDatabase();
  private final WatchedDriver driver = new WatchedDriver();
  private final Database watched = Database.open(driver.watched(database.settings));
  private final OperationTable table = new OperationTable(watched, () -> 1);
  private final Routes routes =
      new Routes(
          Services.settings(
                  "upstreams.s.instances = [\"http://127.0.0.1:1\"]\n"
                      + "routes.s { path = \"/\", upstream = s, async.mode = allowed }")
              .routes());
  private final Operations operations =
      Operations.start(
          table,
          OperationsDatabase.SLOTS,
          () -> routes,
          new Lanes(
              table,
              OperationsDatabase.SLOTS,
              () -> routes,
              () -> 1,
              new OperationsSettings(1, 1),
              new SimpleMeterRegistry()),
          new SimpleMeterRegistry());
  private final Accepting accepting =
      new Accepting(
          operations,
          () -> "key",
          InstantSource.system(),
          new Watching(WATCHING_MAX, new SimpleMeterRegistry()));

  private final CountDownLatch written = new CountDownLatch(1);

  AcceptingTest() throws SQLException {}

  @AfterEach
  void stop() throws Exception {
    operations.close();
    table.close();
    watched.close();
    driver.close();
    database.close();
  }

  private CompletableFuture<Answer> accept(int number, String fingerprint, Accepting.Wish wish) {
    return accept(number, fingerprint, wish, written::countDown);
  }

  private CompletableFuture<Answer> accept(
      int number, String fingerprint, Accepting.Wish wish, Runnable then) {
    var request =
        new NewOperation(
            id(number),
            routes.routes().get(0),
            "POST",
            "/orders",
            "/orders",
            fingerprint,
            Priority.DEFAULT,
            new Message("", new byte[0], new byte[0]));
    return accepting.accept(request, wish, then).toCompletableFuture();
  }

  private static void assertAccepted(Answer answer, int number) {
    assertThat(answer.given().orElseThrow().status()).isEqualTo(202);
    assertThat(new String(answer.given().get().content(), StandardCharsets.UTF_8))
        .contains(id(number));
  }

  private static void assertRefused(Answer answer, ProblemType type) {
    assertThat(answer.refused().orElseThrow().type()).isEqualTo(type);
  }

  /** Who waits for the result has been told no less than who does not. */
  @Test
  void whatWasAcceptedIsToBeSaidThoughItsResultCannotBeRead() throws Exception {
    var asked = new AtomicInteger();
    database.accept(1);
    driver.watch(
        "prepareStatement",
        sql -> {
          if (sql.contains("operation_part")) {
            asked.incrementAndGet();
            throw new SQLException("for the test", "57014");
          }
        });
    var answer = accept(1, "", WAITS);
    await().until(() -> operations.find(id(1)).toCompletableFuture().get().isPresent());
    database.succeed(id(1), "made");
    assertAccepted(answer.get(30, TimeUnit.SECONDS), 1);
    assertThat(asked.get()).isPositive();
  }

  /** Its content is in the database: it needs no room here while its client waits. */
  @Test
  void whoWaitsGetsTheResultAndHoldsNoContentMeanwhile() throws Exception {
    database.accept(1);
    var answer = accept(1, "", WAITS);
    assertThat(written.await(20, TimeUnit.SECONDS)).isTrue();
    assertThat(answer).isNotDone();
    database.succeed(id(1), "made");
    assertThat(answer.get(30, TimeUnit.SECONDS).given().orElseThrow().status()).isEqualTo(201);
  }

  /** Each that waits is a request in flight; the others have their answer all the same. */
  @Test
  void whoeverIsOneTooManyToWaitHearsAtOnceWhatWasAccepted() throws Exception {
    database.accept(1);
    database.accept(2);
    var waits = accept(1, "", WAITS);
    assertThat(written.await(20, TimeUnit.SECONDS)).isTrue();
    assertAccepted(accept(2, "", WAITS).get(10, TimeUnit.SECONDS), 2);
    assertThat(waits).isNotDone();
    database.succeed(id(1), "made");
    assertThat(waits.get(30, TimeUnit.SECONDS).given().orElseThrow().status()).isEqualTo(201);
    var next = accept(2, "", WAITS);
    database.succeed(id(2), "made");
    assertThat(next.get(30, TimeUnit.SECONDS).given().orElseThrow().status()).isEqualTo(201);
  }

  @Test
  void whoLeavesMakesRoomForAnother() throws Exception {
    database.accept(1);
    database.accept(2);
    var leaves = accept(1, "", WAITS);
    assertThat(written.await(20, TimeUnit.SECONDS)).isTrue();
    assertAccepted(accept(2, "", WAITS).get(10, TimeUnit.SECONDS), 2);
    leaves.cancel(false);
    var next = accept(2, "", WAITS);
    assertThatExceptionOfType(TimeoutException.class)
        .isThrownBy(() -> next.get(500, TimeUnit.MILLISECONDS));
    database.succeed(id(2), "made");
    assertThat(next.get(30, TimeUnit.SECONDS).given().orElseThrow().status()).isEqualTo(201);
  }

  @Test
  void whateverGoesWrongMeanwhileIsAnAnswerThatNamesTheOperation() throws Exception {
    var answer =
        accept(
            1,
            "",
            AT_ONCE,
            () -> {
              throw new IllegalStateException("for the test");
            });
    assertRefused(answer.get(10, TimeUnit.SECONDS), ProblemType.OUTCOME_UNKNOWN);
    assertThat(answer.get().refused().orElseThrow().detail()).contains(id(1));
  }

  /** It came at the end of the transaction, or after it. */
  @Test
  void whatFailsForAReasonThatIsNotTheDatabasesMayHaveBeenAccepted() throws Exception {
    driver.watch(
        "commit",
        nothing -> {
          throw new IllegalStateException("for the test");
        });
    var answer = accept(1, "", AT_ONCE).get(10, TimeUnit.SECONDS);
    assertRefused(answer, ProblemType.OUTCOME_UNKNOWN);
  }

  @Test
  void anotherRequestUnderTheSameKeyIsRefused() throws Exception {
    assertAccepted(accept(2, "one", AT_ONCE).get(), 2);
    assertAccepted(accept(2, "one", AT_ONCE).get(), 2);
    assertRefused(accept(2, "another", AT_ONCE).get(), ProblemType.IDEMPOTENCY_KEY_REUSED);
    database.accept(3); // by a build that kept no fingerprint
    assertAccepted(accept(3, "one", AT_ONCE).get(), 3);
  }

  @Test
  void oneOfWhichOnlyTheNameIsLeftIsNotAcceptedAgain() throws Exception {
    database.accept(1);
    database.succeed(id(1), "made");
    assertThat(database.rows.expire("orders", Duration.ofSeconds(-5), 10)).isEqualTo(1);
    assertRefused(accept(1, "", AT_ONCE).get(), ProblemType.GONE);
    assertRefused(accept(1, "", WAITS).get(), ProblemType.GONE);
  }
}
