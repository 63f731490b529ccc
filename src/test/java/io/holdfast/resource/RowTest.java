package io.holdfast.resource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;

class RowTest {
  private static final Duration SOON = Duration.ofSeconds(10);

  private record Numbered(int number) implements Row.Item {
    @Override
    public long size() {
      return number % 10;
    }

    @Override
    public int depth() {
      return number % 7;
    }
  }

  @Property(tries = 300)
  void behavesAsAListDoes(
      @ForAll @IntRange(max = 40) int start, @ForAll @Size(max = 60) List<Integer> changes) {
    var list = new ArrayList<>(IntStream.range(0, start).mapToObj(Numbered::new).toList());
    var row = Row.of(list);
    for (int change : changes) {
      row = changed(row, list, change & Integer.MAX_VALUE);
      assertSame(row, list);
    }
  }

  private static Row<Numbered> changed(Row<Numbered> row, List<Numbered> list, int change) {
    var item = new Numbered(change % 1000);
    int index = list.isEmpty() ? 0 : change / 3 % list.size();
    if (list.isEmpty() || change % 3 == 0) {
      list.add(index, item);
      return row.inserted(index, item);
    }
    if (change % 3 == 1) {
      list.set(index, item);
      return row.with(index, item);
    }
    list.remove(index);
    return row.removed(index);
  }

  private static void assertSame(Row<Numbered> row, List<Numbered> list) {
    assertThat(row.toList()).isEqualTo(list);
    assertThat(row.count()).isEqualTo(list.size());
    assertThat(row.size()).isEqualTo(list.stream().mapToLong(Numbered::size).sum());
    assertThat(row.depth()).isEqualTo(list.stream().mapToInt(Numbered::depth).max().orElse(0));
    for (int i = 0; i < list.size(); i++) {
      assertThat(row.get(i)).isEqualTo(list.get(i));
    }
  }

  @Test
  void findsInASortedRowOrSaysWhereItWouldBe() {
    var row = Row.of(IntStream.range(0, 100).mapToObj(i -> new Numbered(2 * i)).toList());
    for (int i = 0; i < 100; i++) {
      int wanted = 2 * i;
      assertThat(row.find(item -> wanted - item.number())).isEqualTo(i);
      assertThat(row.find(item -> wanted + 1 - item.number())).isEqualTo(-1 - (i + 1));
    }
    assertThat(row.find(item -> -1 - item.number())).isEqualTo(-1);
    assertThat(Row.<Numbered>empty().find(Numbered::number)).isEqualTo(-1);
  }

  @Test
  void hasNothingOutsideOfItself() {
    var row = Row.of(List.of(new Numbered(1)));
    assertThatThrownBy(() -> row.get(1)).isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> row.removed(1)).isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> row.with(1, new Numbered(2)))
        .isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> row.get(-1)).isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> Row.<Numbered>empty().get(0))
        .isInstanceOf(IndexOutOfBoundsException.class);
  }

  @Test
  void staysBalancedWhereverItGrowsAndShrinks() {
    int count = 300_000;
    var random = new Random(1);
    Assertions.assertTimeout(
        SOON,
        () -> {
          var front = Row.<Numbered>empty();
          var back = Row.<Numbered>empty();
          var anywhere = Row.<Numbered>empty();
          for (int i = 0; i < count; i++) {
            front = front.inserted(0, new Numbered(i));
            back = back.inserted(i, new Numbered(i));
            anywhere = anywhere.inserted(random.nextInt(i + 1), new Numbered(i));
          }
          assertThat(front.height()).isLessThan(45);
          assertThat(back.height()).isLessThan(45);
          assertThat(anywhere.height()).isLessThan(45);
          for (int i = count; i > 100; i--) {
            front = front.removed(0);
            anywhere = anywhere.removed(random.nextInt(i));
          }
          assertThat(front.height()).isLessThan(16);
          assertThat(anywhere.height()).isLessThan(16);
        });
  }
}
