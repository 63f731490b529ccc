package io.holdfast.resource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.caching.Purge;
import io.holdfast.caching.TargetUri;
import io.holdfast.database.Purges.Numbered;
import io.holdfast.resource.PurgeLog.Effect;
import io.holdfast.testing.PurgesInMemory;
import io.holdfast.testing.ReachedTargets;
import java.sql.SQLException;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import org.junit.jupiter.api.Test;

class PurgeLearningTest {
  private static final TargetUri A = TargetUri.of("http", "shop.example", "/a");
  private static final TargetUri B = TargetUri.of("http", "shop.example", "/b");
  private final PurgesInMemory table = new PurgesInMemory();
  private final PurgeLog log = new PurgeLog();
  private final ReachedTargets reached = new ReachedTargets("catalog", A, B);
  private final PurgeLearning learning = new PurgeLearning(table, log, reached);

  private void add(Purge.Scope... scopes) {
    for (var scope : scopes) {
      table.add(PurgeRow.of(scope, false));
    }
  }

  private List<Long> applied() {
    return reached.applied.stream().map(Purge::number).toList();
  }

  @Test
  void whatWasMissedIsReadPageByPageAndAppliedInOrder() throws Exception {
    table.page = 2;
    add(new Purge.Target(A), new Purge.Route("other"), new Purge.Target(B));
    learning.apply(3);
    assertThat(applied()).containsExactly(1L, 2L, 3L);
    assertThat(log.known()).isEqualTo(3);
    assertThat(log.effect(2, "catalog", B, Set.of())).isEqualTo(Effect.REMOVED);
    assertThat(learning.counted(1)).isEqualTo(OptionalLong.of(1));
    assertThat(learning.counted(2)).isEqualTo(OptionalLong.of(0));
    int reads = table.reads();
    learning.apply(3);
    assertThat(table.reads()).as("nothing new").isEqualTo(reads);
  }

  @Test
  void whatAnotherNodeTellsIsAppliedWithoutReading() throws Exception {
    add(new Purge.Target(A));
    assertThat(learning.learn(0, new Numbered(1, PurgeRow.of(new Purge.Target(A), false))))
        .isTrue();
    assertThat(applied()).containsExactly(1L);
    assertThat(reached.stored).containsExactly(B);
    learning.apply(1);
    assertThat(table.reads()).isZero();
    assertThat(learning.learn(0, new Numbered(1, PurgeRow.of(new Purge.Target(A), false))))
        .as("told again")
        .isTrue();
    assertThat(applied()).containsExactly(1L);
    assertThat(learning.counted(1)).isEqualTo(OptionalLong.of(1));
  }

  @Test
  void whatAnotherNodeTellsIsReadWhereSomethingBeforeItIsMissing() throws Exception {
    add(new Purge.Target(A), new Purge.Target(B));
    var second = new Numbered(2, PurgeRow.of(new Purge.Target(B), false));
    assertThat(learning.learn(1, second)).isFalse();
    assertThat(applied()).isEmpty();
    learning.apply(2);
    assertThat(applied()).containsExactly(1L, 2L);
  }

  @Test
  void numbersThatLeapAreInOrderToo() throws Exception {
    add(new Purge.Target(A));
    learning.apply(1);
    table.leap(500);
    add(new Purge.Target(B));
    learning.apply(502);
    assertThat(applied()).containsExactly(1L, 502L);
  }

  @Test
  void whereRowsAreGoneThatWereNeverReadNothingIsLeft() throws Exception {
    table.page = 1;
    add(new Purge.Route("x"), new Purge.Route("x"), new Purge.Route("x"), new Purge.Route("x"));
    learning.apply(1);
    table.remove(3);
    learning.apply(4);
    assertThat(reached.stored).isEmpty();
    assertThat(log.effect(1, "catalog", A, Set.of())).isEqualTo(Effect.REMOVED);
    assertThat(log.effect(3, "catalog", A, Set.of())).isEqualTo(Effect.NOTHING);
    assertThat(log.known()).isEqualTo(4);
  }

  @Test
  void aNodeThatStartsKnowsWhatIsStillWrittenDown() throws Exception {
    add(new Purge.Route("x"), new Purge.Target(A));
    table.remove(1);
    learning.apply(2);
    assertThat(log.effect(1, "catalog", A, Set.of())).isEqualTo(Effect.REMOVED);
    assertThat(log.effect(1, "catalog", B, Set.of())).isEqualTo(Effect.NOTHING);
    assertThat(log.effect(0, "catalog", B, Set.of())).isEqualTo(Effect.REMOVED);
  }

  @Test
  void whatCannotBeReadOrAppliedIsNotTakenForDone() throws Exception {
    add(new Purge.Target(A));
    table.away(true);
    assertThatThrownBy(() -> learning.apply(1)).isInstanceOf(SQLException.class);
    table.away(false);
    reached.failure = new IllegalStateException("not now");
    assertThatThrownBy(() -> learning.apply(1)).hasMessageContaining("not now");
    reached.failure = null;
    learning.apply(1);
    assertThat(applied()).containsExactly(1L);
    assertThat(reached.stored).containsExactly(B);
    assertThatThrownBy(() -> learning.apply(2)).hasMessageContaining("not in the table");
  }
}
