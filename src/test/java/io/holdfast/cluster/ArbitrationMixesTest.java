package io.holdfast.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.cluster.Arbitration.Cut;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Three nodes in every mix there is: each direction of each pair open or cut, each node alive or
 * dead, each with or without the database.
 */
class ArbitrationMixesTest {
  private static final int SIZE = 3;
  private static final int ORDERS = 2;

  private static List<Cut> ways() {
    var ways = new ArrayList<Cut>();
    for (long one = 1; one <= SIZE; one++) {
      for (long other = 1; other <= SIZE; other++) {
        if (one != other) {
          ways.add(new Cut(one, other));
        }
      }
    }
    return ways;
  }

  /** Each of all the subsets. */
  private static <T> List<Set<T>> subsets(List<T> all) {
    var subsets = new ArrayList<Set<T>>();
    for (int bits = 0; bits < 1 << all.size(); bits++) {
      var subset = new HashSet<T>();
      for (int i = 0; i < all.size(); i++) {
        if ((bits & 1 << i) != 0) {
          subset.add(all.get(i));
        }
      }
      subsets.add(subset);
    }
    return subsets;
  }

  private static void forEachMix(Consumer<ArbitrationModel> check) {
    var nodes = List.of(1L, 2L, 3L);
    for (var broken : subsets(ways())) {
      for (var dead : subsets(nodes)) {
        for (var away : subsets(nodes)) {
          check.accept(new ArbitrationModel(SIZE, broken, dead, away, false));
        }
      }
    }
  }

  @Test
  void exactlyOneSideGoesOnInEveryMix() {
    forEachMix(
        mix -> {
          for (int order = 0; order < ORDERS; order++) {
            check(mix, mix.play(new Random(order)));
          }
        });
  }

  private static void check(ArbitrationModel mix, ArbitrationModel.Outcome end) {
    var there =
        mix.alive().stream().filter(id -> !mix.away().contains(id)).collect(Collectors.toSet());
    var left = there.stream().filter(id -> !end.gone().contains(id)).collect(Collectors.toSet());
    if (there.isEmpty()) {
      assertThat(end.gone()).as("nobody takes over or downs himself: " + mix).isEmpty();
      assertThat(end.over()).as(mix.toString()).isEmpty();
      return;
    }
    assertThat(left).as("somebody goes on: " + mix).isNotEmpty();
    for (long one : left) {
      assertThat(left).as("and they reach each other: " + mix).noneMatch(it -> mix.isCut(one, it));
    }
    var others = new HashSet<>(mix.nodes());
    others.removeAll(left);
    assertThat(end.gone()).as("and all others are written off: " + mix).isEqualTo(others);
    if (left.size() == 1 && isWhole(mix, there)) {
      assertThat(there).as("nobody is lost without need: " + mix).hasSize(1);
    }
  }

  /** All who are there reach each other. */
  private static boolean isWhole(ArbitrationModel mix, Set<Long> there) {
    return there.stream().noneMatch(one -> there.stream().anyMatch(it -> mix.isCut(one, it)));
  }

  /** A pair is written 12: what 1 sends does not reach 2. */
  @ParameterizedTest
  @CsvSource(
      nullValues = "-",
      value = {
        // broken, dead, away, who goes on
        "-, -, -, 123",
        "13 31 23 32, -, -, 12", // the youngest alone
        "12 21 13 31, -, -, 23", // the oldest alone
        "31 32, -, -, 12", // nobody hears the youngest
        "13 23, -, -, 12", // the youngest hears nobody
        "12 13, -, -, 23", // nobody hears the oldest
        "23, -, -, 12", // one way between two of them
        "12, -, -, 13",
        "-, -, 3, 12", // the database alone is cut off
        "-, -, 1, 23",
        "-, -, 12, 3",
        "-, -, 123, 123", // for everybody
        "13 31 23 32, -, 123, 123",
        "13 31 23 32, -, 12, 3", // the larger side does not reach it
        "13 31 23 32, -, 3, 12",
        "-, 12, -, 3", // the last one
        "-, 12, 3, 3", // waits for the database
        "12 21, 3, -, 1",
        "12 21 13 31 23 32, 2, 1, 3"
      })
  void whoGoesOn(String broken, String dead, String away, String expected) {
    var mix = new ArbitrationModel(SIZE, cuts(broken), ids(dead), ids(away), false);
    for (int order = 0; order < 20; order++) {
      var end = mix.play(new Random(order));
      var left = new HashSet<>(mix.alive());
      left.removeAll(end.gone());
      assertThat(left).isEqualTo(ids(expected));
    }
  }

  /** Each sees only that it does not reach the others: so no order of age among them is known. */
  @Test
  void ofThreeLonelyOnesSomeOneGoesOn() {
    var mix = new ArbitrationModel(SIZE, new HashSet<>(ways()), Set.of(), Set.of(), false);
    for (int order = 0; order < 20; order++) {
      assertThat(mix.play(new Random(order)).gone()).hasSize(2);
    }
  }

  /** What the arbiter's row is for. */
  @Test
  void withoutTheRowTheTwoSidesOfAPartitionWriteEachOtherOff() {
    var mix = new ArbitrationModel(2, ArbitrationModel.bothWays(1, 2), Set.of(), Set.of(), false);
    for (int order = 0; order < 20; order++) {
      assertThat(mix.play(new Random(order)).gone()).hasSize(1);
      assertThat(mix.playWithoutTheRow(new Random(order)).gone()).containsExactlyInAnyOrder(1L, 2L);
    }
  }

  private static Set<Cut> cuts(String text) {
    var cuts = new HashSet<Cut>();
    for (var pair : text == null ? new String[0] : text.split(" ")) {
      cuts.add(new Cut(pair.charAt(0) - '0', pair.charAt(1) - '0'));
    }
    return cuts;
  }

  private static Set<Long> ids(String text) {
    return text == null
        ? Set.of()
        : text.chars().mapToObj(digit -> (long) digit - '0').collect(Collectors.toSet());
  }
}
