package io.holdfast.database;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.holdfast.caching.TargetUri;
import io.holdfast.database.WriteOutcome.Reason;
import io.holdfast.database.WriteOutcome.Rejected;
import io.holdfast.database.WriteOutcome.Stored;
import io.holdfast.database.WriteOutcome.Unavailable;
import io.holdfast.resource.PurgeLearning;
import io.holdfast.resource.PurgeLog;
import io.holdfast.resource.PurgeTable;
import io.holdfast.testing.PostgresPair;
import io.holdfast.testing.ReachedTargets;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Set;
import org.junit.jupiter.api.Test;

/**
 * PostgreSQL promoted from an asynchronous standby: two real servers, and the database side of two
 * nodes. What clients see of it, {@code system.PromotionOverHttpTest} tells.
 */
class PromotionTest {
  private static final Duration SETTLES_AFTER = Duration.ofMillis(1500);
  private static final String DOC = "document|docs/a";
  private static final String MOVED = "document|docs/b";

  @Test
  void nothingIsBuiltOnWhatAPromotionLost() throws Exception {
    try (var pair = PostgresPair.start();
        var one = Node.start(1, pair.settings(), SETTLES_AFTER);
        var two = Node.start(2, pair.settings(), SETTLES_AFTER)) {
      one.own(DOC, MOVED);
      assertThat(one.written(DOC, 1)).isEqualTo(new Stored());
      pair.awaitReplicated();
      pair.holdBack();
      assertThat(one.written(DOC, 2)).isEqualTo(new Stored());
      two.own(MOVED);
      assertThat(two.written(MOVED, 1)).isEqualTo(new Stored());
      var seen = new Changes(one.database).heads();

      pair.killPrimary();
      await().until(() -> !isProved(one) && one.database.health().isAway());
      pair.promote();

      await().until(() -> provedUnderAnotherGeneration(one) && provedUnderAnotherGeneration(two));
      assertThat(one.database.isUsable()).as("nobody may answer by what was before").isFalse();
      assertThat(one.database.timeline().generation())
          .isEqualTo(two.database.timeline().generation());
      assertThat(one.rows.proof(1).slots()).contains(one.slotOf(DOC), one.slotOf(MOVED));
      assertThat(two.rows.proof(2).slots()).as("the row went back").isEmpty();
      assertThat(decided(one, DOC, 3)).isEqualTo(new Rejected(Reason.TIMELINE_CHANGED));
      assertThat(decided(two, MOVED, 2)).isEqualTo(new Rejected(Reason.SHARD_LOST));

      assertThat(one.highestSequenceNr(DOC)).as("2 is lost").isEqualTo(1);
      assertThat(one.written(DOC, 2))
          .as("read anew, but somebody may still answer by what was before")
          .isEqualTo(new Rejected(Reason.TIMELINE_CHANGED));
      await().atMost(Duration.ofSeconds(5)).until(one.database::isUsable);
      assertThat(one.written(DOC, 2)).isEqualTo(new Stored());
      assertThat(one.written(MOVED, 1)).isEqualTo(new Rejected(Reason.TIMELINE_CHANGED));
      assertThat(one.highestSequenceNr(MOVED)).isZero();
      assertThat(one.written(MOVED, 1)).isEqualTo(new Stored());

      var now = new Changes(one.database).heads();
      assertThat(now.generation()).isGreaterThan(seen.generation());
      assertThat(now.positions()).hasSize(2);
    }
  }

  /** A node was paused when a purge was made: it is to apply it before it answers as current. */
  private static final class PausedNode {
    static final TargetUri SECRET = TargetUri.of("http", "shop.example", "/secret");

    final ReachedTargets reached = new ReachedTargets("catalog", SECRET);
    final PurgeLog log = new PurgeLog();
    final PurgeLearning learning;

    PausedNode(Purges purges) {
      this.learning = new PurgeLearning(PurgeTable.in(purges), log, reached);
    }
  }

  @Test
  void whatALostPurgeHasRemovedIsNotShownAgain() throws Exception {
    try (var pair = PostgresPair.start();
        var one = Node.start(1, pair.settings());
        var two = Node.start(2, pair.settings());
        var ofOne = new Purges(one.database);
        var ofTwo = new Purges(two.database)) {
      added(ofOne, "other");
      var paused = new PausedNode(ofTwo);
      paused.learning.apply(two.rows.proof(2).newestPurge());
      pair.awaitReplicated();
      pair.holdBack();
      added(ofOne, "catalog");
      pair.killPrimary();
      pair.promote();
      await().until(() -> provedUnderAnotherGeneration(one) && provedUnderAnotherGeneration(two));
      paused.learning.apply(two.rows.proof(2).newestPurge());
      assertThat(paused.reached.stored).isEmpty();
      assertThat(paused.log.effect(1, "catalog", PausedNode.SECRET, Set.of()))
          .isEqualTo(PurgeLog.Effect.REMOVED);
    }
  }

  private static void added(Purges purges, String route) {
    purges.add(new Purges.Row("route", "", "*", route, false)).toCompletableFuture().join();
  }

  /** The writer may have yet to find out that its connection is dead. */
  private static WriteOutcome decided(Node node, String persistenceId, long sequenceNr)
      throws Exception {
    var outcome = node.written(persistenceId, sequenceNr);
    return outcome instanceof Unavailable ? node.written(persistenceId, sequenceNr) : outcome;
  }

  private static boolean isProved(Node node) {
    try {
      node.rows.proof(node.me);
      return true;
    } catch (SQLException e) {
      return false;
    }
  }

  private static boolean provedUnderAnotherGeneration(Node node) {
    return isProved(node) && node.database.timeline().generation() > 0;
  }

  @Test
  void aFormerPrimaryThatComesBackIsNeitherReadNorWritten() throws Exception {
    try (var pair = PostgresPair.start();
        var node = Node.start(1, pair.settings())) {
      node.own(DOC);
      assertThat(node.written(DOC, 1)).isEqualTo(new Stored());
      pair.awaitReplicated();
      try (var lost = Database.open(pair.standbyOnly())) {
        assertThatThrownBy(() -> lost.read(connection -> 1)).isInstanceOf(SQLException.class);
        assertThat(lost.health().isAway()).as("a standby is no database").isTrue();
      }
      pair.cutPrimaryOff();
      pair.promote();
      await().until(() -> provedUnderAnotherGeneration(node));
      assertThat(node.highestSequenceNr(DOC)).isEqualTo(1);

      pair.bringFormerPrimaryBack();
      pair.breakConnections();
      await().atMost(Duration.ofSeconds(20)).until(() -> node.written(DOC, 2).equals(new Stored()));
      assertThat(node.number("SELECT MAX(sequence_nr) FROM journal")).isEqualTo(2);
      assertThat(pair.onFormerPrimary("SELECT MAX(sequence_nr) FROM journal")).isEqualTo("1");
      assertThat(pair.onFormerPrimary("SELECT COUNT(*) FROM timeline")).isEqualTo("1");
    }
  }
}
