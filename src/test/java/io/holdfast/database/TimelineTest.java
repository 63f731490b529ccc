package io.holdfast.database;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.holdfast.database.WriteOutcome.Reason;
import io.holdfast.database.WriteOutcome.Rejected;
import io.holdfast.database.WriteOutcome.Stored;
import io.holdfast.testing.TestDatabase;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A change of the database's history. The nodes here were on an older timeline (they are told so)
 * when the one that the database is really on is met for the first time.
 */
class TimelineTest {
  private static final String DOC = "document|docs/a";

  @ParameterizedTest
  @EnumSource(TestDatabase.class)
  void rejectsEveryWriteUntilTheEntityWasReadAgain(TestDatabase kind) throws Exception {
    try (var node = Node.start(1, kind.fresh())) {
      node.own(DOC, "document|docs/b");
      node.written(DOC, 1);
      promote(node);
      assertThat(node.written(DOC, 2)).isEqualTo(new Rejected(Reason.TIMELINE_CHANGED));
      assertThat(node.database.timeline().generation()).isGreaterThan(1);
      assertThat(node.written(DOC, 2)).isEqualTo(new Rejected(Reason.TIMELINE_CHANGED));
      assertThat(node.highestSequenceNr(DOC)).isEqualTo(1);
      assertThat(node.written(DOC, 2)).isEqualTo(new Stored());
      assertThat(node.written("document|docs/b", 1))
          .isEqualTo(new Rejected(Reason.TIMELINE_CHANGED));
    }
  }

  @ParameterizedTest
  @EnumSource(TestDatabase.class)
  void allNodesAgreeOnTheGenerationAndTheProofTellsItToo(TestDatabase kind) throws Exception {
    var settings = kind.fresh();
    try (var one = Node.start(1, settings);
        var two = Node.start(2, settings)) {
      promote(one);
      two.database.timeline().pretend(0, "00000000");
      assertThat(one.rows.proof(1).generation()).isGreaterThan(1);
      assertThat(two.rows.proof(2).generation()).isEqualTo(one.database.timeline().generation());
      assertThat(one.number("SELECT COUNT(*) FROM timeline")).isEqualTo(3);
    }
  }

  @ParameterizedTest
  @EnumSource(TestDatabase.class)
  void aFormerPrimaryIsADatabaseThatIsAway(TestDatabase kind) throws Exception {
    try (var node = Node.start(1, kind.fresh())) {
      node.own(DOC);
      node.database.timeline().pretend(3, "0000FFFF");
      assertThatThrownBy(() -> node.rows.proof(1)).isInstanceOf(SQLException.class);
      assertThat(node.written(DOC, 1)).isInstanceOf(WriteOutcome.Unavailable.class);
      assertThat(node.database.health().isAway()).isTrue();
      node.database.timeline().pretend(0, "00000001");
      assertThat(node.number("SELECT COUNT(*) FROM journal")).isZero();
    }
  }

  @ParameterizedTest
  @EnumSource(TestDatabase.class)
  void aNewLifeKnowsTheGenerationWithTheFirstThatItReads(TestDatabase kind) throws Exception {
    var settings = kind.fresh();
    try (var before = Node.start(1, settings)) {
      before.execute("UPDATE timeline SET generation = 2");
    }
    try (var database = Database.open(settings)) {
      database.read(connection -> null);
      assertThat(database.timeline().generation()).isEqualTo(2);
    }
  }

  /** Two standbys, of which neither knew of the other, may both have become the next timeline. */
  @ParameterizedTest
  @EnumSource(TestDatabase.class)
  void aTimelineThatIsNotTheSameOneIsAnotherHistory(TestDatabase kind) throws Exception {
    var settings = kind.fresh();
    try (var one = Node.start(1, settings);
        var two = Node.start(2, settings)) {
      one.own(DOC);
      one.written(DOC, 1);
      one.database.timeline().pretend(900_000, "00000001");
      assertThat(one.written(DOC, 2)).isEqualTo(new Rejected(Reason.TIMELINE_CHANGED));
      assertThat(one.database.timeline().generation()).isGreaterThan(900_000);
      assertThat(two.rows.proof(2).generation())
          .as("whoever knew less takes it over")
          .isEqualTo(one.database.timeline().generation());
    }
  }

  /** Its row was not yet there when they looked, and was when they asked who had entered it. */
  @ParameterizedTest
  @EnumSource(TestDatabase.class)
  void whoeverLookedBeforeItsGenerationWasEnteredMeetsNoOtherHistory(TestDatabase kind)
      throws Exception {
    try (var node = Node.start(1, kind.fresh())) {
      var met = new AtomicInteger();
      node.database.timeline().listen(met::incrementAndGet);
      promote(node);
      node.rows.proof(1);
      long generation = node.database.timeline().generation();
      node.database.read(
          connection -> {
            node.database.timeline().learn(connection, "00000001:1");
            return null;
          });
      assertThat(met).hasValue(1);
      assertThat(node.database.timeline().generation()).isEqualTo(generation);
    }
  }

  /** Its row may be among what a promotion lost; who remembers it gives a higher one. */
  @ParameterizedTest
  @EnumSource(TestDatabase.class)
  void aGenerationThatWasLostIsNotGivenAgain(TestDatabase kind) throws Exception {
    try (var node = Node.start(1, kind.fresh())) {
      node.database.timeline().pretend(700_000, "00000000");
      assertThat(node.rows.proof(1).generation()).isGreaterThan(700_000);
    }
  }

  @ParameterizedTest
  @EnumSource(TestDatabase.class)
  void nothingIsWrittenBeforeTheHistoryHasSettled(TestDatabase kind) throws Exception {
    var settings = kind.fresh();
    var settlesAfter = Duration.ofSeconds(2);
    try (var node = Node.start(1, settings, settlesAfter)) {
      node.own(DOC);
      assertThat(node.database.isUsable()).as("the first history of all").isTrue();
      promote(node);
      long met = System.nanoTime();
      node.rows.proof(1);
      node.highestSequenceNr(DOC);
      assertThat(node.written(DOC, 1)).isEqualTo(new Rejected(Reason.TIMELINE_CHANGED));
      try (var later = Node.start(2, settings, settlesAfter.multipliedBy(2))) {
        later.rows.proof(2);
        await().atMost(Duration.ofSeconds(5)).until(node.database::isUsable);
        assertThat(Duration.ofNanos(System.nanoTime() - met)).isGreaterThanOrEqualTo(settlesAfter);
        assertThat(node.written(DOC, 1)).isEqualTo(new Stored());
        assertThat(later.database.isUsable()).as("by the database's clock").isFalse();
      }
    }
  }

  /** As if all that was written so far, and all that this node knows, was of an older timeline. */
  private static void promote(Node node) throws SQLException {
    node.execute("INSERT INTO timeline VALUES (1, '00000000', CURRENT_TIMESTAMP)");
    node.database.timeline().pretend(1, "00000000");
  }
}
