package io.holdfast.database;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.holdfast.database.WriteBehind.Entry;
import io.holdfast.database.WriteBehind.Nothing;
import io.holdfast.database.WriteBehind.Read;
import io.holdfast.database.WriteBehind.Target;
import io.holdfast.database.WriteBehind.Unknown;
import io.holdfast.testing.FaultyLink;
import io.holdfast.testing.TestDatabase;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.sql.SQLException;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@Timeout(60)
class WriteBehindTest {
  private static final long PLENTY = 1L << 30;
  private static final String ROWS = "SELECT COUNT(*) FROM stored_target";

  /** A node that keeps what is stored of its routes. */
  private static final class Keeper implements AutoCloseable {
    final Node node;
    final WriteBehind rows;
    volatile Set<String> routes = Set.of("r");
    volatile Set<Integer> owned = Set.of();

    Keeper(int number, DatabaseSettings settings, long bytesMax) throws SQLException {
      this.node = Node.start(number, settings);
      this.rows =
          WriteBehind.start(
              node.database,
              new WriteBehind.Keeping(() -> node.me, () -> routes, () -> owned),
              bytesMax,
              new SimpleMeterRegistry());
    }

    /** Whoever has it. */
    void own(Target... targets) throws SQLException {
      var slots = new TreeSet<Integer>();
      for (var target : targets) {
        slots.add(target.slot());
      }
      node.rows.takeOver(slots, Set.of(), node.me);
      owned = slots;
    }

    boolean keep(Target target, String entry) {
      return rows.keep(target, entry::getBytes, entry.length());
    }

    /** And waits until it is written. */
    void kept(Target target, String entry) {
      long before = rows.counts().written();
      keep(target, entry);
      await().until(() -> rows.counts().written() > before);
    }

    CompletableFuture<Void> removal(Target target) {
      var done = new CompletableFuture<Void>();
      rows.remove(target, () -> done.complete(null));
      return done;
    }

    void removed(Target target) throws Exception {
      removal(target).get(20, TimeUnit.SECONDS);
    }

    Read read(Target target) throws Exception {
      return rows.read(target).toCompletableFuture().get(20, TimeUnit.SECONDS);
    }

    String entry(Target target) throws Exception {
      return new String(((Entry) read(target)).bytes());
    }

    @Override
    public void close() throws SQLException {
      rows.close();
      node.close();
    }
  }

  private static Target target(String id) {
    return target(id, "r");
  }

  private static Target target(String id, String route) {
    int slot = Node.SLOTS.slotOf(Slots.Kind.REPRESENTATION, Node.SLOTS.shardOf(id));
    return new Target(id, slot, route);
  }

  private static final Target A = target("a");
  private static final Target B = target("b");

  @ParameterizedTest
  @EnumSource(TestDatabase.class)
  void whatIsKeptTheNextOwnerFinds(TestDatabase kind) throws Exception {
    var settings = kind.fresh();
    try (var former = new Keeper(1, settings, PLENTY);
        var next = new Keeper(2, settings, PLENTY)) {
      former.own(A, B);
      assertThat(former.read(A)).isEqualTo(new Nothing());
      former.kept(A, "x".repeat(3 << 20));
      former.kept(A, "2");
      assertThat(next.read(A)).as("not its shard").isEqualTo(new Unknown());
      next.own(A, B);
      assertThat(next.entry(A)).isEqualTo("2");
      assertThat(next.read(B)).isEqualTo(new Nothing());
      assertThat(former.read(A)).as("its shard no more").isEqualTo(new Unknown());
      former.own(A, B);
      assertThat(former.entry(A)).isEqualTo("2");
    }
  }

  @ParameterizedTest
  @EnumSource(TestDatabase.class)
  void aFormerOwnerChangesNothing(TestDatabase kind) throws Exception {
    var settings = kind.fresh();
    try (var former = new Keeper(1, settings, PLENTY);
        var next = new Keeper(2, settings, PLENTY)) {
      former.own(A, B);
      former.kept(A, "of the former");
      next.own(A);
      next.kept(A, "of the next");
      former.keep(A, "late");
      former.kept(B, "still its own");
      assertThat(next.entry(A)).isEqualTo("of the next");
      var removal = former.removal(A);
      former.removed(B);
      assertThat(removal).isNotDone();
      assertThat(next.entry(A)).isEqualTo("of the next");
    }
  }

  @ParameterizedTest
  @EnumSource(TestDatabase.class)
  void whoIsToldOfARemovalFindsNothingWhateverWaited(TestDatabase kind) throws Exception {
    try (var keeper = new Keeper(1, kind.fresh(), PLENTY)) {
      keeper.own(A);
      keeper.kept(A, "1");
      keeper.keep(A, "2");
      assertThat(keeper.entry(A)).as("not written yet").isEqualTo("2");
      var removal = keeper.removal(A);
      removal.get(20, TimeUnit.SECONDS);
      assertThat(keeper.node.number(ROWS)).isZero();
      await().untilAsserted(() -> assertThat(keeper.read(A)).isEqualTo(new Nothing()));
      keeper.kept(A, "3");
      assertThat(keeper.entry(A)).isEqualTo("3");
      assertThat(keeper.rows.counts().removed()).isEqualTo(1);
    }
  }

  /** It was not told of what has become invalid meanwhile. */
  @ParameterizedTest
  @EnumSource(TestDatabase.class)
  void whatAnOwnerDidNotLookAfterIsGone(TestDatabase kind) throws Exception {
    var settings = kind.fresh();
    try (var keeper = new Keeper(1, settings, PLENTY);
        var another = new Keeper(2, settings, PLENTY)) {
      keeper.own(A, B);
      keeper.kept(A, "1");
      keeper.kept(B, "1");
      another.routes = Set.of();
      another.own(A);
      keeper.own(A);
      assertThat(keeper.read(A)).isEqualTo(new Nothing());
      assertThat(keeper.entry(B)).isEqualTo("1");
    }
  }

  /** More rows than one transaction removes: none holds as long as there is one. */
  @ParameterizedTest
  @EnumSource(TestDatabase.class)
  void manyRowsOfAShardAreRemovedSomeAtATimeAndNoneOfThemHolds(TestDatabase kind) throws Exception {
    try (var keeper = new Keeper(1, kind.fresh(), PLENTY)) {
      keeper.own(A);
      keeper.kept(A, "1");
      int many = 3 * StoredTargetRows.REMOVED_AT_A_TIME;
      keeper.node.execute(
          "INSERT INTO stored_target (id, slot, route, generation, size, entry, written_at)"
              + " SELECT '0' || n, t.slot, t.route, t.generation, t.size, t.entry, t.written_at"
              + " FROM stored_target t, "
              + series(kind, many)
              + " WHERE t.id = 'a'");
      assertThat(keeper.node.number("SELECT COUNT(*) FROM stored_target")).isEqualTo(many + 1);
      keeper.node.execute(
          "UPDATE stored_slot SET epoch = -5"); // Nobody looked after it for a while.
      assertThat(keeper.read(A)).isEqualTo(new Unknown());
      await().until(() -> keeper.read(A).equals(new Nothing()));
      assertThat(keeper.node.number("SELECT COUNT(*) FROM stored_target")).isZero();
      keeper.kept(A, "2");
      assertThat(keeper.entry(A)).isEqualTo("2");
    }
  }

  private static String series(TestDatabase kind, int many) {
    return kind == TestDatabase.H2
        ? "(SELECT X AS n FROM SYSTEM_RANGE(1, " + many + ")) s"
        : "generate_series(1, " + many + ") AS s(n)";
  }

  /** Until then nothing that was made invalid was removed. */
  @ParameterizedTest
  @EnumSource(TestDatabase.class)
  void whatAnEarlierOwnerKeptIsGoneWhenARouteBecomesWarm(TestDatabase kind) throws Exception {
    var settings = kind.fresh();
    try (var former = new Keeper(1, settings, PLENTY);
        var next = new Keeper(2, settings, PLENTY)) {
      former.own(A);
      former.kept(A, "1");
      next.routes = Set.of();
      await().until(() -> !next.rows.mayHave("r"));
      next.own(A);
      next.routes = Set.of("r");
      assertThat(next.read(A)).isEqualTo(new Nothing());
      next.kept(A, "2");
      assertThat(next.entry(A)).isEqualTo("2");
    }
  }

  @ParameterizedTest
  @EnumSource(TestDatabase.class)
  void aRouteThatIsNotWarmAnyMoreLeavesNothing(TestDatabase kind) throws Exception {
    var ofOther = target("o", "other");
    try (var keeper = new Keeper(1, kind.fresh(), PLENTY)) {
      keeper.routes = Set.of("r", "other");
      keeper.own(A, ofOther);
      keeper.kept(A, "1");
      keeper.kept(ofOther, "1");
      keeper.routes = Set.of("r");
      assertThat(keeper.rows.keeps("other")).isFalse();
      await().until(() -> !keeper.rows.mayHave("other"));
      assertThat(keeper.node.number(ROWS)).isEqualTo(1);
      keeper.routes = Set.of("r", "other");
      assertThat(keeper.read(ofOther)).isEqualTo(new Nothing());
      assertThat(keeper.entry(A)).isEqualTo("1");
    }
  }

  /** A promotion may have brought back what was removed. */
  @ParameterizedTest
  @EnumSource(TestDatabase.class)
  void whatIsOfAnEarlierHistoryIsNotFound(TestDatabase kind) throws Exception {
    try (var keeper = new Keeper(1, kind.fresh(), PLENTY)) {
      keeper.own(A);
      keeper.kept(A, "1");
      keeper.node.execute("UPDATE stored_target SET generation = generation - 1");
      assertThat(keeper.read(A)).isEqualTo(new Nothing());
      keeper.kept(A, "2");
      assertThat(keeper.entry(A)).isEqualTo("2");
    }
  }

  @ParameterizedTest
  @EnumSource(TestDatabase.class)
  void beyondTheLimitThoseGoThatWereWrittenLeastLately(TestDatabase kind) throws Exception {
    int size = 10_000;
    try (var keeper = new Keeper(1, kind.fresh(), 32L * size)) {
      keeper.own(A, B);
      keeper.kept(A, "a".repeat(size));
      keeper.kept(B, "b".repeat(size));
      keeper.node.execute("UPDATE stored_target SET written_at = written_at - INTERVAL '1' MINUTE");
      keeper.kept(A, "a".repeat(size));
      for (int i = 0; i < 31; i++) {
        var another = new Target("n" + i, A.slot(), "r");
        keeper.keep(another, "n".repeat(size));
      }
      await().until(() -> keeper.rows.counts().written() == 34);
      keeper.rows.trim();
      assertThat(keeper.node.number("SELECT SUM(size) FROM stored_target")).isEqualTo(31 * size);
      assertThat(keeper.read(B)).isEqualTo(new Nothing());
      assertThat(keeper.rows.counts().rows()).isEqualTo(31);
      assertThat(keeper.rows.counts().bytes()).isEqualTo(31 * size);
    }
  }

  @ParameterizedTest
  @EnumSource(TestDatabase.class)
  void whileTheDatabaseIsAwayNothingIsKeptAndRemovalsWait(TestDatabase kind) throws Exception {
    var settings = kind.fresh();
    try (var link = new FaultyLink(TestDatabase.port(settings));
        var keeper = new Keeper(1, TestDatabase.through(link, settings), PLENTY)) {
      keeper.own(A, B);
      keeper.kept(A, "1");
      keeper.kept(B, "1");
      link.cut();
      var removal = keeper.removal(A);
      await().until(() -> keeper.node.database.health().isAway());
      assertThat(keeper.keep(B, "2")).isFalse();
      assertThat(keeper.rows.counts().dropped()).isEqualTo(1);
      var instead = keeper.removal(B);
      assertThat(keeper.read(A)).isEqualTo(new Unknown());
      assertThat(keeper.read(B)).isEqualTo(new Unknown());
      assertThat(removal).isNotDone();
      link.heal();
      for (var one : List.of(removal, instead)) {
        one.get(30, TimeUnit.SECONDS);
      }
      await().untilAsserted(() -> assertThat(keeper.read(A)).isEqualTo(new Nothing()));
      await().untilAsserted(() -> assertThat(keeper.read(B)).isEqualTo(new Nothing()));
    }
  }
}
