package io.holdfast.operation;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;

/**
 * What a lane has to do, route by route: what it knows to be due, what it carries out, and when the
 * table has to be read. Routes take turns, so that many operations for a slow service do not hold
 * those for another up; of one route the most important go first, and of those the oldest. Holds
 * only a page of what there is. No clock, no effects.
 */
final class Agenda {
  /** News may be lost; then the table tells. */
  static final Duration READ_EVERY = Duration.ofSeconds(5);

  private final Limits limits;
  private final Map<String, Tray> trays = new HashMap<>();
  private int turn;

  /**
   * @param knownMax of a route: as many are read at a time
   * @param inFlightMax of a route
   */
  record Limits(int knownMax, int inFlightMax) {}

  /** Of one route. */
  private static final class Tray {
    private final TreeSet<Item> due = new TreeSet<>(Item.ORDER);
    private final Map<String, Item> known = new HashMap<>();

    /** By the version that is carried out. */
    private final Map<String, Long> inFlight = new HashMap<>();

    /** They were changed again before their end was heard of. */
    private final Set<String> heardInFlight = new HashSet<>();

    private final Set<String> keysInFlight = new HashSet<>();
    private final Set<String> endedWhileReading = new HashSet<>();
    private boolean reading;
    private boolean more = true;
    private Instant nextDue = Instant.MAX;
    private Instant nextLook = Instant.MIN;
    private Instant pausedUntil = Instant.MIN;

    private Instant readAt(boolean mayHaveNews) {
      return mayHaveNews ? earlier(nextLook, nextDue) : nextDue;
    }

    /** Unless a later version of it is known. */
    private void add(Item item) {
      var other = known.get(item.id());
      if (other == null || other.version() <= item.version()) {
        remove(item.id());
        known.put(item.id(), item);
        due.add(item);
      }
    }

    /**
     * The first that may be begun. The table knows not yet of all that is in flight, and another
     * node may write down one that is older.
     */
    private Optional<Item> first() {
      return due.stream()
          .filter(it -> !it.isOrdered() || !keysInFlight.contains(it.orderKey()))
          .findFirst();
    }

    private void begin(Item item) {
      remove(item.id());
      inFlight.put(item.id(), item.version());
      if (item.isOrdered()) {
        keysInFlight.add(item.orderKey());
      }
    }

    private void end(Item item) {
      if (inFlight.remove(item.id()) != null && item.isOrdered()) {
        keysInFlight.remove(item.orderKey());
      }
    }

    private void remove(String id) {
      var old = known.remove(id);
      if (old != null) {
        due.remove(old);
      }
    }
  }

  Agenda(Limits limits) {
    this.limits = limits;
  }

  private Tray tray(String route) {
    return trays.computeIfAbsent(route, name -> new Tray());
  }

  // ---- what is heard ----

  /** An operation was accepted, or can be carried out again, or was cancelled. */
  void heard(Item item, Instant now) {
    var tray = tray(item.route());
    if (item.dueAt().isEmpty()) {
      tray.remove(item.id());
      tray.more |= item.isOrdered(); // the next one of its order may be due now
    } else if (item.dueAt().get().isAfter(now)) {
      tray.nextDue = earlier(tray.nextDue, item.dueAt().get());
    } else if (item.isOrdered() || tray.more || tray.known.size() >= limits.knownMax()) {
      tray.more = true;
    } else if (!tray.inFlight.containsKey(item.id())) {
      tray.add(item);
    } else if (item.version() > tray.inFlight.get(item.id())) {
      tray.heardInFlight.add(item.id());
    }
  }

  /** There is more of a route than is told. */
  void more(String route) {
    tray(route).more = true;
  }

  /** Whether it is known, and not begun yet. */
  boolean isKnown(Item item) {
    return tray(item.route()).known.containsKey(item.id());
  }

  /** Whether there is more of a route than is known. */
  boolean isBehind(String route) {
    var tray = tray(route);
    return tray.more || tray.known.size() >= limits.knownMax();
  }

  /**
   * The table was read.
   *
   * @param next when more is due, if nothing else is now
   */
  void read(String route, List<Item> due, Optional<Instant> next, Instant now) {
    var tray = tray(route);
    due.stream()
        .filter(it -> !tray.inFlight.containsKey(it.id()))
        .filter(it -> !tray.endedWhileReading.contains(it.id()))
        .forEach(tray::add);
    tray.reading = false;
    tray.endedWhileReading.clear();
    tray.more = tray.more || due.size() >= limits.knownMax();
    tray.nextLook = now.plus(READ_EVERY);
    tray.nextDue = earlier(tray.nextDue, next.orElse(Instant.MAX));
  }

  /** It could not be read. */
  void notRead(String route, Instant again) {
    var tray = tray(route);
    tray.reading = false;
    tray.endedWhileReading.clear();
    tray.more = false;
    tray.nextLook = again;
    tray.nextDue = again;
  }

  /**
   * It is not carried out any more.
   *
   * @param next when it is due again, if it is
   */
  void ended(Item item, Optional<Instant> next) {
    var tray = tray(item.route());
    tray.end(item);
    if (tray.reading) {
      tray.endedWhileReading.add(item.id());
    }
    next.ifPresent(at -> tray.nextDue = earlier(tray.nextDue, at));
    tray.more |= item.isOrdered() && next.isEmpty();
    tray.more |= tray.heardInFlight.remove(item.id());
  }

  /** Nothing of that route is begun until then. */
  void pause(String route, Instant until) {
    tray(route).pausedUntil = until;
  }

  /** What was paused may be begun. */
  void resume() {
    trays.values().forEach(tray -> tray.pausedUntil = Instant.MIN);
  }

  // ---- what is to be done ----

  /**
   * The routes that have to be read now; they count as being read.
   *
   * @param accepts whether there may be news of a route; what there was before is read in any case
   */
  List<String> reads(Collection<String> routes, Predicate<String> accepts, Instant now) {
    var reads = new ArrayList<String>();
    for (var route : routes) {
      var tray = tray(route);
      boolean isTime = tray.more || !tray.readAt(accepts.test(route)).isAfter(now);
      if (!tray.reading && isTime && isLow(tray)) {
        tray.reading = true;
        tray.more = false;
        tray.nextDue = Instant.MAX;
        reads.add(route);
      }
    }
    return reads;
  }

  private boolean isLow(Tray tray) {
    return tray.known.size() <= limits.knownMax() / 4;
  }

  /**
   * The next one to be carried out; it counts as in flight. Routes take turns.
   *
   * @param open whether there is room for one more of a route, which is then taken
   */
  Optional<Item> next(Instant now, Predicate<String> open) {
    var names = List.copyOf(trays.keySet());
    for (int i = 0; i < names.size(); i++) {
      var route = names.get(Math.floorMod(turn + i, names.size()));
      var tray = trays.get(route);
      var first = tray.first();
      if (first.isPresent()
          && tray.inFlight.size() < limits.inFlightMax()
          && !tray.pausedUntil.isAfter(now)
          && open.test(route)) {
        turn += i + 1;
        tray.begin(first.get());
        return first;
      }
    }
    return Optional.empty();
  }

  /** When there may be something to do that nobody tells of; for what is due now, at once. */
  Instant again(Collection<String> routes, Predicate<String> accepts, Instant now) {
    var at = now.plus(READ_EVERY);
    for (var route : routes) {
      var tray = tray(route);
      if (!tray.reading && isLow(tray)) {
        at = earlier(at, tray.readAt(accepts.test(route)));
      }
      if (tray.inFlight.size() < limits.inFlightMax() && tray.first().isPresent()) {
        at = earlier(at, tray.pausedUntil.isAfter(now) ? tray.pausedUntil : now);
      }
    }
    return at;
  }

  private static Instant earlier(Instant one, Instant other) {
    return one.isBefore(other) ? one : other;
  }
}
