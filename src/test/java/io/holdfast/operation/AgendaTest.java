package io.holdfast.operation;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AgendaTest {
  private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
  private static final Agenda.Limits LIMITS = new Agenda.Limits(8, 3);
  private static final Predicate<String> ALL = route -> true;
  private final Agenda agenda = new Agenda(LIMITS);

  private static Item item(String id, String route, int priority, Instant due) {
    return item(id, route, priority, Optional.of(due), false, 1);
  }

  private static Item item(
      String id, String route, int priority, Optional<Instant> due, boolean ordered, long version) {
    return new Item(
        id,
        0,
        route,
        "POST",
        "/" + route,
        priority,
        ordered,
        false,
        version,
        0,
        due,
        NOW.plusSeconds(3600),
        ordered ? "k" : "");
  }

  private static Item due(String id, String route) {
    return item(id, route, 1, NOW);
  }

  private List<String> begun(Instant now, Predicate<String> open) {
    var begun = new ArrayList<String>();
    for (var next = agenda.next(now, open); next.isPresent(); next = agenda.next(now, open)) {
      begun.add(next.get().id());
    }
    return begun;
  }

  private void read(String route, Item... items) {
    assertThat(agenda.reads(List.of(route), ALL, NOW)).containsExactly(route);
    agenda.read(route, List.of(items), Optional.empty(), NOW);
  }

  @Test
  void sheIsBehindWhileThereIsMoreThanSheKnowsOf() {
    assertThat(agenda.isBehind("a")).as("nothing was read yet").isTrue();
    read("a");
    assertThat(agenda.isBehind("a")).isFalse();
    agenda.heard(due("1", "a"), NOW);
    assertThat(agenda.isKnown(due("1", "a"))).isTrue();
    assertThat(agenda.isBehind("a")).isFalse();
    agenda.more("a");
    assertThat(agenda.isBehind("a")).isTrue();
    read("a", due("1", "a"), due("2", "a"));
    assertThat(agenda.isBehind("a")).isFalse();
    for (int i = 0; i <= LIMITS.knownMax(); i++) {
      agenda.heard(due("n" + i, "a"), NOW);
    }
    assertThat(agenda.isBehind("a")).isTrue();
    assertThat(agenda.isKnown(due("n" + LIMITS.knownMax(), "a"))).isFalse();
  }

  @Test
  void theTableIsReadFirstAndNotTwiceAtATime() {
    assertThat(agenda.reads(List.of("a", "b"), ALL, NOW)).containsExactlyInAnyOrder("a", "b");
    assertThat(agenda.reads(List.of("a", "b"), ALL, NOW)).isEmpty();
    agenda.read("a", List.of(due("1", "a")), Optional.empty(), NOW);
    assertThat(agenda.reads(List.of("a", "b"), ALL, NOW))
        .as("nothing says there is more")
        .isEmpty();
    assertThat(begun(NOW, ALL)).containsExactly("1");
  }

  @Test
  void theMostImportantGoFirstAndOfThoseTheOldest() {
    read(
        "a",
        item("1", "a", 2, NOW.minusSeconds(9)),
        item("2", "a", 1, NOW.minusSeconds(1)),
        item("3", "a", 1, NOW.minusSeconds(5)));
    assertThat(begun(NOW, ALL)).containsExactly("3", "2", "1");
  }

  @Test
  void whatIsInFlightIsBoundedByRouteAndRoutesTakeTurns() {
    read("slow", IntStream.range(0, 7).mapToObj(i -> due("s" + i, "slow")).toArray(Item[]::new));
    read("fast", due("f0", "fast"), due("f1", "fast"));
    var begun = begun(NOW, ALL);
    assertThat(begun).hasSize(5).contains("f0", "f1");
    assertThat(begun.subList(0, 4)).as("in turn").contains("f0", "f1");
    agenda.ended(
        due(begun.stream().filter(it -> it.startsWith("s")).findFirst().get(), "slow"),
        Optional.empty());
    assertThat(begun(NOW, ALL)).hasSize(1);
  }

  @Test
  void aRouteThatIsClosedDoesNotHoldAnotherUp() {
    read("a", due("1", "a"));
    read("b", due("2", "b"));
    assertThat(begun(NOW, route -> route.equals("b"))).containsExactly("2");
    agenda.pause("a", NOW.plusSeconds(1));
    assertThat(begun(NOW, ALL)).isEmpty();
    assertThat(agenda.again(List.of("a"), ALL, NOW)).isEqualTo(NOW.plusSeconds(1));
    assertThat(begun(NOW.plusSeconds(1), ALL)).containsExactly("1");
  }

  @Test
  void newsAreCarriedOutWithoutReadingUnlessMoreWaitsInTheTable() {
    read("a");
    agenda.heard(due("1", "a"), NOW);
    assertThat(agenda.reads(List.of("a"), ALL, NOW)).isEmpty();
    assertThat(begun(NOW, ALL)).containsExactly("1");
    for (int i = 2; i < 20; i++) {
      agenda.heard(due("n" + i, "a"), NOW);
    }
    assertThat(begun(NOW, ALL)).as("bounded").hasSize(2);
    for (var id : List.of("1", "n2", "n3", "n4", "n5", "n6", "n7")) {
      agenda.ended(due(id, "a"), Optional.empty());
      begun(NOW, ALL);
    }
    assertThat(agenda.reads(List.of("a"), ALL, NOW)).as("what did not fit").containsExactly("a");
  }

  @Test
  void whatIsDueLaterIsReadThen() {
    read("a");
    var later = NOW.plusSeconds(2);
    agenda.heard(item("1", "a", 1, later), NOW);
    assertThat(begun(NOW, ALL)).isEmpty();
    assertThat(agenda.again(List.of("a"), ALL, NOW)).isEqualTo(later);
    assertThat(agenda.reads(List.of("a"), ALL, later)).containsExactly("a");
  }

  @Test
  void whatEndedWhileTheTableWasReadIsNotBegunAgain() {
    read("a");
    agenda.heard(due("1", "a"), NOW);
    assertThat(begun(NOW, ALL)).containsExactly("1");
    var late = NOW.plus(Agenda.READ_EVERY);
    assertThat(agenda.reads(List.of("a"), ALL, late)).containsExactly("a");
    agenda.ended(due("1", "a"), Optional.empty());
    agenda.read("a", List.of(due("1", "a"), due("2", "a")), Optional.empty(), late);
    assertThat(begun(late, ALL)).containsExactly("2");
  }

  @Test
  void anEarlierVersionDoesNotReplaceALaterOne() {
    assertThat(agenda.reads(List.of("a"), ALL, NOW)).containsExactly("a");
    agenda.read("a", List.of(), Optional.empty(), NOW);
    var late = NOW.plus(Agenda.READ_EVERY);
    assertThat(agenda.reads(List.of("a"), ALL, late)).containsExactly("a");
    agenda.heard(item("1", "a", 1, Optional.of(NOW), false, 5), late);
    agenda.read("a", List.of(due("1", "a")), Optional.empty(), late);
    assertThat(agenda.next(late, ALL).orElseThrow().version()).isEqualTo(5);
  }

  @Test
  void whatWasCancelledIsForgottenAndTheNextOfItsOrderIsReadFor() {
    read("a", item("1", "a", 1, Optional.of(NOW), true, 1));
    agenda.heard(item("1", "a", 1, Optional.empty(), true, 2), NOW);
    assertThat(begun(NOW, ALL)).isEmpty();
    assertThat(agenda.reads(List.of("a"), ALL, NOW)).containsExactly("a");
  }

  @Test
  void newsOfWhatIsInOrderAreReadFor() {
    read("a");
    agenda.heard(item("2", "a", 1, Optional.of(NOW), true, 1), NOW);
    assertThat(begun(NOW, ALL)).as("an older one may be under way").isEmpty();
    assertThat(agenda.reads(List.of("a"), ALL, NOW)).containsExactly("a");
  }

  @Test
  void ofOneOrderOneIsCarriedOutAtATimeWhateverTheTableSays() {
    read("a", item("2", "a", 1, Optional.of(NOW), true, 1));
    assertThat(begun(NOW, ALL)).containsExactly("2");
    // Written down later, by a node that stamped it earlier; and the table does not know of "2".
    agenda.more("a");
    read("a", item("1", "a", 1, Optional.of(NOW), true, 1), due("3", "a"));
    assertThat(begun(NOW, ALL)).containsExactly("3");
    assertThat(agenda.again(List.of("a"), ALL, NOW)).as("nothing can be begun").isAfter(NOW);
    agenda.ended(item("2", "a", 1, Optional.of(NOW), true, 1), Optional.empty());
    assertThat(begun(NOW, ALL)).containsExactly("1");
  }

  @Test
  void aRouteThatAcceptsNothingIsReadUntilItIsEmptyAndThenLeftAlone() {
    Predicate<String> none = route -> false;
    assertThat(agenda.reads(List.of("a"), none, NOW)).containsExactly("a");
    agenda.read("a", List.of(), Optional.empty(), NOW);
    assertThat(agenda.reads(List.of("a"), none, NOW.plusSeconds(3600))).isEmpty();
    assertThat(agenda.reads(List.of("a"), ALL, NOW.plusSeconds(3600))).containsExactly("a");
  }

  @Test
  void aTableThatCannotBeReadIsReadAgain() {
    assertThat(agenda.reads(List.of("a"), ALL, NOW)).containsExactly("a");
    agenda.notRead("a", NOW.plusMillis(200));
    assertThat(agenda.reads(List.of("a"), ALL, NOW.plusMillis(199))).isEmpty();
    assertThat(agenda.reads(List.of("a"), ALL, NOW.plusMillis(200))).containsExactly("a");
  }

  /** Against a table in memory, with news that may be lost, in any order. */
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
  void everythingIsCarriedOutOnceWhateverIsLost(long seed) {
    var random = new Random(seed);
    var table = new TreeMap<String, Item>();
    var inFlight = new ArrayList<Item>();
    var done = new HashSet<String>();
    var reading = new HashSet<String>();
    var routes = List.of("a", "b", "c");
    var now = NOW;
    for (int step = 0; step < 6000; step++) {
      now = now.plusMillis(random.nextInt(50));
      int what = random.nextInt(10);
      if (what < 3 && step < 3000) {
        var it =
            item("%05d".formatted(step), routes.get(random.nextInt(3)), random.nextInt(3), now);
        table.put(it.id(), it);
        if (random.nextInt(4) > 0) {
          agenda.heard(it, now);
        }
      } else if (what < 5 && !reading.isEmpty()) {
        var route = reading.iterator().next();
        reading.remove(route);
        var rows =
            table.values().stream()
                .filter(it -> it.route().equals(route))
                .sorted(Item.ORDER)
                .limit(LIMITS.knownMax())
                .toList();
        if (random.nextInt(5) == 0) {
          agenda.notRead(route, now.plus(Duration.ofMillis(200)));
        } else {
          agenda.read(route, rows, Optional.empty(), now);
        }
      } else if (what < 8 && !inFlight.isEmpty()) {
        var ended = inFlight.remove(random.nextInt(inFlight.size()));
        table.remove(ended.id());
        assertThat(done.add(ended.id())).as("once").isTrue();
        agenda.ended(ended, Optional.empty());
      }
      reading.addAll(agenda.reads(routes, ALL, now));
      for (var next = agenda.next(now, ALL); next.isPresent(); next = agenda.next(now, ALL)) {
        assertThat(done).doesNotContain(next.get().id());
        inFlight.add(next.get());
      }
      assertThat(inFlight.size()).isLessThanOrEqualTo(9);
      assertThat(Set.copyOf(inFlight)).hasSameSizeAs(inFlight);
    }
    assertThat(table).isEmpty();
  }

  /** Somebody saw that it had failed, and asked for it anew, before its lane heard of the end. */
  @Test
  void whatIsAskedForAnewBeforeItsEndIsHeardOfIsReadThen() {
    read("a", due("1", "a"));
    assertThat(begun(NOW, ALL)).containsExactly("1");
    agenda.heard(due("1", "a"), NOW); // that it was accepted: nothing new
    assertThat(agenda.reads(List.of("a"), route -> false, NOW)).isEmpty();
    agenda.heard(item("1", "a", 1, Optional.of(NOW), false, 3), NOW);
    agenda.ended(due("1", "a"), Optional.empty());
    assertThat(agenda.reads(List.of("a"), route -> false, NOW)).containsExactly("a");
  }
}
