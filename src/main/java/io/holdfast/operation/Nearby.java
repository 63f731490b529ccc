package io.holdfast.operation;

import io.holdfast.route.Route;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import org.apache.pekko.Done;
import org.apache.pekko.actor.typed.ActorRef;

/**
 * The lanes that run on this node, and those of them that have more to do of a route than they know
 * of. Whatever may be carried out anywhere is best carried out here: no other node has to be told,
 * and its request is at hand. Once no lane here keeps up, others get their share.
 */
final class Nearby {
  private final Map<Integer, ActorRef<? super Lane.Command>> lanes = new ConcurrentHashMap<>();
  private final Map<ActorRef<? super Lane.Command>, CompletableFuture<Done>> resting =
      new HashMap<>();
  private final Map<String, Set<Integer>> behind = new ConcurrentHashMap<>();
  private volatile List<Integer> slots = List.of();
  private volatile boolean rests;

  synchronized void begun(int slot, ActorRef<? super Lane.Command> lane) {
    lanes.put(slot, lane);
    behind.values().forEach(it -> it.remove(slot));
    slots = List.copyOf(lanes.keySet());
  }

  /** Nothing if another one has begun meanwhile. */
  synchronized void ended(int slot, ActorRef<? super Lane.Command> lane) {
    lanes.remove(slot, lane);
    slots = List.copyOf(lanes.keySet());
    Optional.ofNullable(resting.get(lane)).ifPresent(it -> it.complete(Done.getInstance()));
  }

  Optional<ActorRef<? super Lane.Command>> lane(int slot) {
    return Optional.ofNullable(lanes.get(slot));
  }

  /**
   * From now on the lanes here begin nothing that cannot be made again, also those that begin
   * later.
   *
   * @return when each of them has nothing such under way, or is over
   */
  synchronized List<CompletableFuture<Done>> rest() {
    rests = true;
    lanes.values().forEach(lane -> resting.computeIfAbsent(lane, Nearby::rest));
    return List.copyOf(resting.values());
  }

  private static CompletableFuture<Done> rest(ActorRef<? super Lane.Command> lane) {
    var rests = new CompletableFuture<Done>();
    lane.tell(new Lane.Rest(rests));
    return rests;
  }

  boolean rests() {
    return rests;
  }

  /** What a lane says of itself. */
  void say(int slot, String route, boolean isBehind) {
    var all = behind.computeIfAbsent(route, it -> ConcurrentHashMap.newKeySet());
    if (isBehind) {
      all.add(slot);
    } else {
      all.remove(slot);
    }
  }

  /** The slot of a lane here that keeps up; any of them. */
  OptionalInt slotWithRoom(Route route) {
    var all = slots;
    var full = behind.getOrDefault(route.name(), Set.of());
    int from = all.isEmpty() ? 0 : ThreadLocalRandom.current().nextInt(all.size());
    for (int i = 0; i < all.size(); i++) {
      int slot = all.get((from + i) % all.size());
      if (!full.contains(slot)) {
        return OptionalInt.of(slot);
      }
    }
    return OptionalInt.empty();
  }

  /** Whether none of the lanes here keeps up with a route. */
  boolean areAllBehind(String route) {
    return behind.getOrDefault(route, Set.of()).containsAll(slots);
  }
}
