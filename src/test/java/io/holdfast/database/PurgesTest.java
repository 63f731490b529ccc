package io.holdfast.database;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.holdfast.database.Purges.Added;
import io.holdfast.database.Purges.Numbered;
import io.holdfast.database.Purges.Row;
import io.holdfast.testing.FaultyLink;
import io.holdfast.testing.TestDatabase;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class PurgesTest {
  private static final Row ROUTE = new Row("route", "", "*", "catalog", false);
  private static final Row TARGET =
      new Row("target", "http", "h".repeat(255), "/" + "p".repeat(8191), true);

  private static <T> T done(CompletionStage<T> stage) throws Exception {
    return stage.toCompletableFuture().get(20, TimeUnit.SECONDS);
  }

  @ParameterizedTest
  @EnumSource(TestDatabase.class)
  void whatOneNodeAddsAnotherReadsInTheOrderOfTheNumbers(TestDatabase kind) throws Exception {
    var settings = kind.fresh();
    try (var one = Node.start(1, settings);
        var two = Node.start(2, settings);
        var ofOne = new Purges(one.database);
        var ofTwo = new Purges(two.database)) {
      assertThat(done(ofTwo.newest())).isZero();
      assertThat(done(ofTwo.after(0, 10)).rows()).isEmpty();
      assertThat(done(ofOne.add(ROUTE))).isEqualTo(new Added(0, 1));
      assertThat(done(ofTwo.add(TARGET))).isEqualTo(new Added(1, 2));
      assertThat(done(ofOne.newest())).isEqualTo(2);
      assertThat(done(ofTwo.after(0, 10)))
          .isEqualTo(new Purges.Page(0, List.of(new Numbered(1, ROUTE), new Numbered(2, TARGET))));
      assertThat(done(ofTwo.after(0, 1)).rows()).containsExactly(new Numbered(1, ROUTE));
      assertThat(done(ofTwo.after(1, 10)).rows()).containsExactly(new Numbered(2, TARGET));
      assertThat(done(ofOne.nodeNames())).isEqualTo(Map.of(1L, "n1", 2L, "n2"));
    }
  }

  /** One question tells both, so that a node that may answer as current knows what was purged. */
  @ParameterizedTest
  @EnumSource(TestDatabase.class)
  void aProofOfOwnershipSaysTheNewestNumber(TestDatabase kind) throws Exception {
    try (var node = Node.start(1, kind.fresh());
        var purges = new Purges(node.database)) {
      assertThat(node.rows.proof(1).newestPurge()).isZero();
      done(purges.add(ROUTE));
      done(purges.add(TARGET));
      assertThat(node.rows.proof(1).newestPurge()).as("without a shard").isEqualTo(2);
      node.own("document|docs/a");
      assertThat(node.rows.proof(1).newestPurge()).isEqualTo(2);
      assertThat(node.rows.proof(1).slots()).hasSize(1);
    }
  }

  /** Else a node would think that it has read all, and go on with what is purged. */
  @ParameterizedTest
  @EnumSource(TestDatabase.class)
  void noReaderSeesANumberBeforeAllLowerOnes(TestDatabase kind) throws Exception {
    var settings = kind.fresh();
    try (var one = Node.start(1, settings);
        var two = Node.start(2, settings);
        var reader = Node.start(3, settings);
        var ofOne = new Purges(one.database);
        var ofTwo = new Purges(two.database);
        var ofReader = new Purges(reader.database)) {
      var added = new ArrayList<CompletionStage<Added>>();
      for (int i = 0; i < 100; i++) {
        added.add((i % 2 == 0 ? ofOne : ofTwo).add(ROUTE));
      }
      long known = 0;
      while (known < 100) {
        long newest = done(ofReader.newest());
        var rows = done(ofReader.after(known, Purges.PAGE_MAX)).rows();
        assertThat(rows.stream().map(Numbered::number))
            .containsExactlyElementsOf(
                LongStream.rangeClosed(known + 1, known + rows.size()).boxed().toList());
        known += rows.size();
        assertThat(known).isGreaterThanOrEqualTo(newest);
      }
      for (var each : added) {
        assertThat(done(each).number()).isEqualTo(done(each).previous() + 1);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(TestDatabase.class)
  void purgesAreKeptForAWeekAndWhatIsGoneIsKnownToBeMissing(TestDatabase kind) throws Exception {
    try (var node = Node.start(1, kind.fresh());
        var purges = new Purges(node.database)) {
      for (int i = 0; i < 5; i++) {
        done(purges.add(ROUTE));
      }
      purges.expire();
      assertThat(done(purges.after(0, 10)).rows()).hasSize(5);
      node.execute("UPDATE purge SET made_at = made_at - INTERVAL '7' DAY WHERE number <= 3");
      purges.expire();
      var page = done(purges.after(0, 10));
      assertThat(page.removed()).isEqualTo(3);
      assertThat(page.rows().stream().map(Numbered::number)).containsExactly(4L, 5L);
      assertThat(done(purges.add(ROUTE))).isEqualTo(new Added(5, 6));
      node.execute("UPDATE purge_counter SET newest = 5 + " + Purges.KEPT_MAX);
      purges.expire();
      assertThat(done(purges.after(0, 10)).removed()).isEqualTo(5);
      assertThat(done(purges.after(0, 10)).rows().stream().map(Numbered::number))
          .containsExactly(6L);
    }
  }

  /** The lost ones may be known to a node, which would take the new ones for them. */
  @ParameterizedTest
  @EnumSource(TestDatabase.class)
  void afterAPromotionNoNumberIsGivenThatMayHaveBeenGiven(TestDatabase kind) throws Exception {
    try (var node = Node.start(1, kind.fresh());
        var purges = new Purges(node.database)) {
      done(purges.add(ROUTE));
      node.execute("UPDATE purge_counter SET generation = 7");
      var added = done(purges.add(ROUTE));
      assertThat(added.previous()).isEqualTo(1);
      assertThat(added.number()).isGreaterThan(100_000);
      assertThat(done(purges.add(ROUTE))).isEqualTo(new Added(added.number(), added.number() + 1));
    }
  }

  /** A node that was paused when one of the lost ones was made would never hear of it. */
  @ParameterizedTest
  @EnumSource(TestDatabase.class)
  void aNewHistoryBeginsWithAPurgeOfEverything(TestDatabase kind) throws Exception {
    var settings = kind.fresh();
    try (var one = Node.start(1, settings);
        var two = Node.start(2, settings);
        var purges = new Purges(one.database)) {
      assertThat(done(purges.newest())).as("the first history of all").isZero();
      done(purges.add(ROUTE));
      one.database.timeline().pretend(0, "00000000");
      two.database.timeline().pretend(0, "00000000");
      one.execute("UPDATE timeline SET timeline = '00000000'");
      long newest = one.rows.proof(1).newestPurge();
      assertThat(newest).as("the proof that meets it first says so").isGreaterThan(100_000);
      assertThat(two.rows.proof(2).newestPurge()).as("it is one for all").isEqualTo(newest);
      var everything = done(purges.after(1, 10)).rows();
      assertThat(everything).hasSize(1);
      assertThat(everything.get(0).row().kind()).isEqualTo("everything");
      assertThat(done(purges.add(ROUTE))).isEqualTo(new Added(newest, newest + 1));
    }
  }

  @Test
  void onH2ANodeThatWasFrozenInTheMiddleIsNotWaitedForForEver() throws Exception {
    var settings = TestDatabase.H2.fresh();
    try (var frozen = Node.start(1, settings);
        var node = Node.start(2, settings);
        var purges = new Purges(node.database)) {
      var thaws = new CompletableFuture<Void>();
      var holds = new CompletableFuture<Void>();
      var frozenWork =
          CompletableFuture.runAsync(
              () -> {
                try {
                  frozen.database.transaction(
                      connection -> {
                        try (var lock = connection.createStatement()) {
                          lock.executeQuery("SELECT newest FROM purge_counter FOR UPDATE");
                          lock.execute("UPDATE purge_counter SET newest = 9");
                        }
                        holds.complete(null);
                        return thaws.join();
                      });
                } catch (Exception e) {
                  throw new IllegalStateException(e);
                }
              });
      holds.get(10, TimeUnit.SECONDS);
      assertThat(done(purges.add(ROUTE))).isEqualTo(new Added(0, 1));
      thaws.complete(null);
      assertThatThrownBy(frozenWork::join).hasRootCauseInstanceOf(Exception.class);
    }
  }

  @ParameterizedTest
  @EnumSource(TestDatabase.class)
  void nothingIsTriedWhileTheDatabaseIsAway(TestDatabase kind) throws Exception {
    var settings = kind.fresh();
    try (var link = new FaultyLink(TestDatabase.port(settings));
        var node = Node.start(1, TestDatabase.through(link, settings));
        var purges = new Purges(node.database)) {
      link.cut();
      assertThatThrownBy(() -> done(purges.newest())).isNotNull();
      await().until(() -> node.database.health().isAway());
      assertThatThrownBy(() -> done(purges.add(ROUTE))).hasMessageContaining("is away");
      link.heal();
      await().until(() -> !node.database.health().isAway());
      assertThat(done(purges.add(ROUTE))).isEqualTo(new Added(0, 1));
    }
  }
}
