package io.holdfast.database;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.holdfast.database.WriteOutcome.Stored;
import io.holdfast.database.WriteOutcome.Unavailable;
import io.holdfast.testing.FaultyLink;
import io.holdfast.testing.TestDatabase;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What a node does when the database goes away in the ways in which databases do. */
class DatabaseAwayTest {
  private static final String DOC = "document|docs/a";

  /** The statement; the isolation level that is set at the beginning ends in {@code COMMITTED}. */
  private static final Pattern COMMIT = Pattern.compile("COMMIT(?!TED)");

  private static final Pattern PAYLOAD = Pattern.compile(Pattern.quote(DOC + "#1"));

  @ParameterizedTest
  @EnumSource(TestDatabase.class)
  void anAnswerLostAfterTheCommitLeavesTheOutcomeOpen(TestDatabase kind) throws Exception {
    var settings = kind.fresh();
    try (var link = new FaultyLink(TestDatabase.port(settings));
        var witness = Node.start(9, settings);
        var node = Node.start(1, TestDatabase.through(link, settings))) {
      node.own(DOC);
      link.loseAnswerTo(COMMIT);
      assertThat(mayHaveBeenWritten(node.written(DOC, 1))).isTrue();
      if (kind == TestDatabase.POSTGRESQL) {
        await().untilAsserted(() -> assertThat(witness.replayed(DOC)).containsExactly(1L));
      } // H2's driver sends the statement in two messages, so there it is not executed.
      long next = witness.replayed(DOC).size() + 1;
      await().until(() -> node.written(DOC, next) instanceof Stored);
    }
  }

  @ParameterizedTest
  @EnumSource(TestDatabase.class)
  void aConnectionLostBeforeTheCommitMeansNotWritten(TestDatabase kind) throws Exception {
    var settings = kind.fresh();
    try (var link = new FaultyLink(TestDatabase.port(settings));
        var witness = Node.start(9, settings);
        var node = Node.start(1, TestDatabase.through(link, settings))) {
      node.own(DOC);
      link.loseMessage(PAYLOAD);
      assertThat(mayHaveBeenWritten(node.written(DOC, 1))).isFalse();
      assertThat(witness.replayed(DOC)).isEmpty();
      await().until(() -> node.written(DOC, 1) instanceof Stored);
    }
  }

  @ParameterizedTest
  @EnumSource(TestDatabase.class)
  void refusesWritesAtOnceWhileTheDatabaseIsCutOffAndGoesOnBySelf(TestDatabase kind)
      throws Exception {
    var settings = kind.fresh();
    try (var link = new FaultyLink(TestDatabase.port(settings));
        var node = Node.start(1, TestDatabase.through(link, settings))) {
      node.own(DOC);
      assertThat(node.written(DOC, 1)).isEqualTo(new Stored());
      link.cut();
      var lost = node.written(DOC, 2);
      await("after " + lost).atMost(Duration.ofSeconds(2)).until(node.database.health()::isAway);
      var refused = node.append(DOC, 2);
      assertThat(refused).isDone();
      assertThat(mayHaveBeenWritten(refused.get())).isFalse();
      link.heal();
      await()
          .atMost(Duration.ofSeconds(1))
          .pollInterval(Duration.ofMillis(20))
          .until(() -> node.append(DOC, 2).get(1, TimeUnit.SECONDS) instanceof Stored);
      assertThat(node.replayed(DOC)).containsExactly(1L, 2L);
    }
  }

  @ParameterizedTest
  @EnumSource(TestDatabase.class)
  void theProofNoticesADatabaseThatIsSilentAndQueuedWritesAreRefused(TestDatabase kind)
      throws Exception {
    var settings = kind.fresh();
    try (var link = new FaultyLink(TestDatabase.port(settings));
        var node = Node.start(1, TestDatabase.through(link, settings))) {
      node.own(DOC);
      assertThat(node.written(DOC, 1)).isEqualTo(new Stored());
      assertThat(node.rows.proof(1).slots()).containsExactly(node.slotOf(DOC));
      link.goBlack();
      var inFlight = node.append(DOC, 2);
      await().until(() -> node.journal.waiting() == 0);
      var queued = node.append("document|docs/other", 1);
      long asked = System.nanoTime();
      assertThatThrownBy(() -> node.rows.proof(1)).isInstanceOf(SQLException.class);
      assertThat(Duration.ofNanos(System.nanoTime() - asked)).isLessThan(Duration.ofMillis(1800));
      assertThat(node.database.health().isAway()).isTrue();
      assertThat(queued).isDone();
      assertThat(mayHaveBeenWritten(queued.get())).isFalse();
      assertThat(inFlight).as("it is not committing").isDone();
      assertThat(mayHaveBeenWritten(inFlight.get())).isFalse();
      link.heal();
      await()
          .atMost(Duration.ofSeconds(3))
          .until(() -> node.append(DOC, 2).get(5, TimeUnit.SECONDS) instanceof Stored);
      assertThat(node.rows.proof(1).slots()).containsExactly(node.slotOf(DOC));
    }
  }

  @ParameterizedTest
  @EnumSource(TestDatabase.class)
  void answersThatDoNotComeAreNotADatabaseThatIsAwayWhileAnotherQuestionIsAnswered(
      TestDatabase kind) throws Exception {
    var settings = kind.fresh();
    var answers = Executors.newSingleThreadScheduledExecutor();
    try (var link = new FaultyLink(TestDatabase.port(settings));
        var node = Node.start(1, TestDatabase.through(link, settings))) {
      node.own(DOC);
      assertThat(node.written(DOC, 1)).isEqualTo(new Stored());
      assertThat(node.rows.proof(1).slots()).containsExactly(node.slotOf(DOC));
      var states = new CopyOnWriteArrayList<DatabaseHealth.State>();
      node.database.health().listen(states::add);
      link.silenceConnections();
      var late = node.append(DOC, 2);
      answers.scheduleAtFixedRate(node.database.health()::succeeded, 0, 50, TimeUnit.MILLISECONDS);
      assertThatThrownBy(() -> node.rows.proof(1)).isInstanceOf(SQLException.class);
      assertThat(mayHaveBeenWritten(late.get(6, TimeUnit.SECONDS))).isFalse();
      await().until(() -> node.written(DOC, 2) instanceof Stored);
      assertThat(node.rows.proof(1).slots()).containsExactly(node.slotOf(DOC));
      assertThat(states).isEmpty();
    } finally {
      answers.shutdownNow();
    }
  }

  @ParameterizedTest
  @EnumSource(TestDatabase.class)
  void oneBrokenConnectionIsNotADatabaseThatIsAway(TestDatabase kind) throws Exception {
    var settings = kind.fresh();
    try (var link = new FaultyLink(TestDatabase.port(settings));
        var node = Node.start(1, TestDatabase.through(link, settings))) {
      node.own(DOC);
      node.database.health().listen(now -> assertThat(now).isInstanceOf(DatabaseHealth.Up.class));
      link.loseMessage(PAYLOAD);
      node.written(DOC, 1);
      await().until(() -> node.written(DOC, 1) instanceof Stored);
      assertThat(node.replayed(DOC)).containsExactly(1L);
      assertThat(node.database.health().state()).isEqualTo(new DatabaseHealth.Up());
    }
  }

  private static boolean mayHaveBeenWritten(WriteOutcome outcome) {
    assertThat(outcome).isInstanceOf(Unavailable.class);
    return ((Unavailable) outcome).mayHaveBeenWritten();
  }
}
