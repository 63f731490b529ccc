package io.holdfast.database;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.database.WaitingRows.Batch;
import io.holdfast.database.WriteBehind.Target;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class WaitingRowsTest {
  private static final long LINGER = 100;
  private static final long NOW = 1_000;

  private final WaitingRows rows = new WaitingRows(LINGER);
  private final List<String> told = new ArrayList<>();

  private static Target target(String id) {
    return new Target(id, id.length(), "r");
  }

  private boolean keep(String id, String entry, long size) {
    return rows.keep(target(id), entry::getBytes, size, NOW);
  }

  private void remove(String id, String word) {
    rows.remove(target(id), () -> told.add(word), NOW);
  }

  private Batch taken() {
    try {
      return rows.take(0);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private static String entry(Batch batch, String id) {
    return batch.rows().get(id).entry().map(it -> new String(it.get())).orElse("-");
  }

  @Test
  void whatIsStoredLingersAndWhatIsRemovedDoesNot() {
    assertThat(rows.restNanos(NOW, 500)).isEqualTo(500);
    keep("a", "1", 10);
    assertThat(rows.restNanos(NOW, 500)).isEqualTo(LINGER);
    assertThat(rows.restNanos(NOW + 30, 500)).isEqualTo(LINGER - 30);
    assertThat(rows.restNanos(NOW + 30, 20)).isEqualTo(20);
    remove("b", "b");
    assertThat(rows.restNanos(NOW, 500)).isZero();
    taken();
    assertThat(rows.restNanos(NOW, 500)).isEqualTo(500);
  }

  @Test
  void onlyTheNewestOfATargetIsWritten() {
    keep("a", "1", 10);
    keep("a", "2", 20);
    assertThat(rows.bytes()).isEqualTo(20);
    var batch = taken();
    assertThat(entry(batch, "a")).isEqualTo("2");
    assertThat(batch.rows()).hasSize(1);
    assertThat(rows.bytes()).isZero();
    assertThat(rows.find(target("a"))).isPresent();
    rows.over();
    assertThat(rows.find(target("a"))).isEmpty();
  }

  @Test
  void aRemovalTakesThePlaceOfWhatWaitsAndIsNotLostBehindWhatComes() {
    keep("a", "1", 10);
    remove("a", "first");
    assertThat(rows.find(target("a")).orElseThrow().entry()).isEmpty();
    keep("a", "2", 10);
    assertThat(rows.restNanos(NOW, 500)).as("somebody waits").isZero();
    var batch = taken();
    assertThat(entry(batch, "a")).isEqualTo("2");
    batch.rows().get("a").done().forEach(Runnable::run);
    assertThat(told).containsExactly("first");
  }

  @Test
  void whatWasBeingStoredWhenItFailedIsRemoved() {
    keep("a", "1", 10);
    keep("b", "1", 10);
    remove("c", "c");
    taken();
    keep("b", "2", 10);
    rows.failed();
    assertThat(rows.restNanos(NOW, 500)).isZero();
    var batch = taken();
    assertThat(entry(batch, "a")).isEqualTo("-");
    assertThat(entry(batch, "b")).isEqualTo("2");
    assertThat(entry(batch, "c")).isEqualTo("-");
    batch.rows().get("c").done().forEach(Runnable::run);
    assertThat(told).containsExactly("c");
  }

  @Test
  void beyondTheBoundNothingIsStored() {
    assertThat(keep("a", "1", WaitingRows.BYTES_MAX)).isTrue();
    assertThat(keep("b", "1", 1)).isFalse();
    assertThat(rows.find(target("b"))).isEmpty();
    assertThat(keep("a", "2", 1)).isTrue();
    assertThat(keep("b", "1", 1)).isTrue();
  }

  @Test
  void beyondTheBoundWholeSlotsAreEmptied() {
    for (int i = 0; i < WaitingRows.ROWS_MAX; i++) {
      assertThat(keep("n" + i, "1", 1)).isTrue();
    }
    assertThat(keep("another", "1", 1)).isFalse();
    remove("n0", "in its place");
    remove("another", "with all of its slot");
    assertThat(rows.isEmptied(target("another").slot())).isTrue();
    var batch = taken();
    assertThat(batch.rows()).hasSize(WaitingRows.BATCH_ROWS_MAX);
    assertThat(batch.emptied()).containsOnlyKeys(target("another").slot());
    rows.failed();
    assertThat(rows.isEmptied(target("another").slot())).isTrue();
    taken().emptied().values().forEach(all -> all.forEach(Runnable::run));
    assertThat(told).containsExactly("with all of its slot");
    rows.over();
    assertThat(rows.isEmptied(target("another").slot())).isFalse();
  }

  @Test
  void aBatchIsBoundedInBytes() {
    keep("a", "1", WaitingRows.BATCH_BYTES_MAX * 2);
    keep("b", "1", WaitingRows.BATCH_BYTES_MAX - 1);
    keep("c", "1", 1);
    keep("d", "1", 1);
    assertThat(taken().rows()).containsOnlyKeys("a");
    assertThat(taken().rows()).containsOnlyKeys("b", "c");
    assertThat(taken().rows()).containsOnlyKeys("d");
    assertThat(rows.rows()).isZero();
  }

  @Test
  void whatSomebodyWaitsForGoesFirst() {
    for (int i = 0; i < 2 * WaitingRows.BATCH_ROWS_MAX; i++) {
      keep("n" + i, "1", 1);
    }
    keep("big", "1", WaitingRows.BATCH_BYTES_MAX);
    remove("last", "last");
    remove("n" + WaitingRows.BATCH_ROWS_MAX, "in its place");
    keep("n" + WaitingRows.BATCH_ROWS_MAX, "2", 1);
    var batch = taken();
    assertThat(batch.rows()).hasSize(WaitingRows.BATCH_ROWS_MAX);
    assertThat(batch.rows().keySet()).startsWith("n" + WaitingRows.BATCH_ROWS_MAX, "last", "n0");
  }
}
