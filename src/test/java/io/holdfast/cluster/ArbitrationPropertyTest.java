package io.holdfast.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.cluster.Arbitration.Cut;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

/** Arbitrations among up to seven nodes, chosen at random. */
class ArbitrationPropertyTest {

  @Property(tries = 300)
  void ofAnyPartitionExactlyOneSideSurvives(
      @ForAll @IntRange(min = 2, max = 7) int size,
      @ForAll @IntRange(min = 2, max = 4) int sides,
      @ForAll long seed) {
    var random = new Random(seed);
    var sideOf = sides(size, sides, random);
    var model = new ArbitrationModel(size, between(size, sideOf), Set.of(), Set.of(), true);

    var survivors = survivors(model, random);

    assertThat(survivors.stream().map(sideOf::get).distinct()).hasSize(1);
    long side = sideOf.get(survivors.iterator().next());
    assertThat(survivors)
        .containsExactlyInAnyOrderElementsOf(
            sideOf.keySet().stream().filter(id -> sideOf.get(id) == side).toList());
  }

  @Property(tries = 300)
  void ofAnyNetworkThoseWhoSurviveReachEachOther(
      @ForAll @IntRange(min = 2, max = 6) int size,
      @ForAll @IntRange(min = 0, max = 100) int brokenPercent,
      @ForAll long seed) {
    var random = new Random(seed);
    var model =
        new ArbitrationModel(size, anyOf(size, brokenPercent, random), Set.of(), Set.of(), true);

    var survivors = survivors(model, random);

    assertThat(survivors).isNotEmpty();
    for (long one : survivors) {
      assertThat(survivors).noneMatch(other -> model.isCut(one, other));
    }
  }

  @Property(tries = 100)
  void whileTheDatabaseIsAwayForAllNobodyIsLost(
      @ForAll @IntRange(min = 2, max = 6) int size, @ForAll long seed) {
    var random = new Random(seed);
    var all = LongStream.rangeClosed(1, size).boxed().collect(Collectors.toSet());
    var model = new ArbitrationModel(size, anyOf(size, 50, random), Set.of(), all, true);

    assertThat(survivors(model, random)).isEqualTo(all);
  }

  @Property(tries = 300)
  void whoDoesNotReachTheDatabaseNeverSurvivesApartFromThoseWhoDo(
      @ForAll @IntRange(min = 2, max = 6) int size, @ForAll long seed) {
    var random = new Random(seed);
    var sideOf = sides(size, 2, random);
    var away =
        sideOf.keySet().stream().filter(id -> sideOf.get(id) == 0).collect(Collectors.toSet());
    var model = new ArbitrationModel(size, between(size, sideOf), Set.of(), away, true);

    var gone = model.play(random).gone();

    // Those who are away may not know yet, but whoever may still decide is of one side.
    assertThat(
            sideOf.keySet().stream().filter(id -> !gone.contains(id)).map(sideOf::get).distinct())
        .hasSize(1);
  }

  @Property(tries = 300)
  void someOfThoseWhoLiveAndReachTheDatabaseSurvivesWhateverElseHappens(
      @ForAll @IntRange(min = 1, max = 6) int size,
      @ForAll @IntRange(min = 0, max = 100) int brokenPercent,
      @ForAll long seed) {
    var random = new Random(seed);
    var all = LongStream.rangeClosed(1, size).boxed().toList();
    var dead = all.stream().filter(id -> random.nextInt(3) == 0).collect(Collectors.toSet());
    var away = all.stream().filter(id -> random.nextInt(3) == 0).collect(Collectors.toSet());
    var model = new ArbitrationModel(size, anyOf(size, brokenPercent, random), dead, away, true);

    var gone = model.play(random).gone();

    boolean isAnybodyThere = model.alive().stream().anyMatch(id -> !away.contains(id));
    assertThat(model.alive().stream().anyMatch(id -> !gone.contains(id) && !away.contains(id)))
        .isEqualTo(isAnybodyThere);
  }

  private static Map<Long, Integer> sides(int size, int sides, Random random) {
    var sideOf = new HashMap<Long, Integer>();
    LongStream.rangeClosed(1, size).forEach(id -> sideOf.put(id, random.nextInt(sides)));
    return sideOf;
  }

  private static Set<Cut> between(int size, Map<Long, Integer> sideOf) {
    var broken = new HashSet<Cut>();
    for (long one = 1; one <= size; one++) {
      for (long other = one + 1; other <= size; other++) {
        if (!sideOf.get(one).equals(sideOf.get(other))) {
          broken.addAll(ArbitrationModel.bothWays(one, other));
        }
      }
    }
    return broken;
  }

  /** Each direction of each pair for itself. */
  private static Set<Cut> anyOf(int size, int brokenPercent, Random random) {
    var broken = new HashSet<Cut>();
    for (long one = 1; one <= size; one++) {
      for (long other = 1; other <= size; other++) {
        if (one != other && random.nextInt(100) < brokenPercent) {
          broken.add(new Cut(one, other));
        }
      }
    }
    return broken;
  }

  /** Who goes on: has not been told to start anew. */
  private static Set<Long> survivors(ArbitrationModel model, Random random) {
    var over = model.play(random).over();
    return model.alive().stream().filter(id -> !over.contains(id)).collect(Collectors.toSet());
  }
}
