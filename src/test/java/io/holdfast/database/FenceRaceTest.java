package io.holdfast.database;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.database.WriteOutcome.Reason;
import io.holdfast.database.WriteOutcome.Rejected;
import io.holdfast.database.WriteOutcome.Stored;
import io.holdfast.testing.TestDatabase;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Two nodes write without pause while a shard goes back and forth between them. */
class FenceRaceTest {
  private static final int TAKE_OVERS = 120;

  /** Both in one shard; each node writes its own, so that no primary key stands in the way. */
  private static final String SHARD = "document|docs/a";

  @ParameterizedTest
  @EnumSource(TestDatabase.class)
  void noEpochHasTwoWriters(TestDatabase kind) throws Exception {
    var settings = kind.fresh();
    try (var one = Node.start(1, settings);
        var two = Node.start(2, settings)) {
      assertThat(foreignWrites(one, two)).isZero();
    }
  }

  @ParameterizedTest
  @EnumSource(TestDatabase.class)
  void withoutTheFenceBothWriteInOneEpoch(TestDatabase kind) throws Exception {
    var settings = kind.fresh();
    try (var one = Node.startWithoutFence(1, settings);
        var two = Node.startWithoutFence(2, settings)) {
      assertThat(foreignWrites(one, two)).isPositive();
    }
  }

  /** The last line: two that both believe to own a document do not both write its next version. */
  @ParameterizedTest
  @EnumSource(TestDatabase.class)
  void alsoWithoutTheFenceNoVersionIsWrittenTwice(TestDatabase kind) throws Exception {
    var settings = kind.fresh();
    try (var one = Node.startWithoutFence(1, settings);
        var two = Node.startWithoutFence(2, settings)) {
      for (int i = 0; i < TAKE_OVERS; i++) {
        var id = "document|docs/p" + i;
        var first = one.append(id, 1);
        var second = two.append(id, 1);
        assertThat(List.of(first.get(10, TimeUnit.SECONDS), second.get(10, TimeUnit.SECONDS)))
            .containsExactlyInAnyOrder(new Stored(), new Rejected(Reason.DUPLICATE));
      }
    }
  }

  /** Rows that came into the journal from one node while the shard was the other's. */
  private static long foreignWrites(Node one, Node two) throws Exception {
    var go = new AtomicBoolean(true);
    keepWriting(one, inShardOf(SHARD, 1), 1, go);
    keepWriting(two, inShardOf(SHARD, 2), 1, go);
    long foreign = 0;
    for (int i = 0; i < TAKE_OVERS; i++) {
      var owner = i % 2 == 0 ? one : two;
      var other = i % 2 == 0 ? two : one;
      take(owner);
      long atTakeOver = written(other);
      long ownAtTakeOver = written(owner);
      for (int poll = 0; poll < 200 && written(owner) == ownAtTakeOver; poll++) {
        Thread.onSpinWait();
      }
      foreign += written(other) - atTakeOver;
    }
    go.set(false);
    assertThat(written(one)).isPositive();
    assertThat(written(two)).isPositive();
    return foreign;
  }

  private static void take(Node node) throws Exception {
    while (true) {
      try {
        node.rows.takeOver(new TreeSet<>(Set.of(node.slotOf(SHARD))), Set.of(), node.me);
        return;
      } catch (ShardRows.RowsLocked e) {
        // As its callers do: again.
      }
    }
  }

  private static long written(Node node) throws Exception {
    return node.number("SELECT COUNT(*) FROM journal WHERE incarnation = " + node.me);
  }

  /** Whatever was rejected is sent again: a zombie does not know that it is one. */
  private static void keepWriting(Node node, String id, long nr, AtomicBoolean go) {
    if (go.get()) {
      node.append(id, nr)
          .thenAccept(o -> keepWriting(node, id, o instanceof Stored ? nr + 1 : nr, go));
    }
  }

  private static String inShardOf(String persistenceId, int which) {
    int shard = Node.SLOTS.shardOf(persistenceId.substring(9));
    int found = 0;
    for (int i = 0; ; i++) {
      var id = "docs/r" + i;
      if (Node.SLOTS.shardOf(id) == shard && ++found == which) {
        return "document|" + id;
      }
    }
  }
}
