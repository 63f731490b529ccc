package io.holdfast.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.resilience.Bulkhead;
import io.holdfast.resilience.Priority;
import io.holdfast.testing.Services;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Nodes that each find their own limit before one service that is too small for them together, in
 * simulated time: it does four calls at once, each in 20 ms, in the order in which they come.
 */
class SharedLimitsTest {
  private static final int ROOM = 4;
  private static final long CALL = 20_000_000;
  private static final long TICK = 200_000_000;

  /** What happens at a time. */
  private record Event(long at, Runnable what) {}

  private static final class World {
    final PriorityQueue<Event> events = new PriorityQueue<>(Comparator.comparingLong(Event::at));
    final List<Node> nodes = new ArrayList<>();
    final Random random;
    final Deque<Runnable> waitingForRoom = new ArrayDeque<>();
    int busy;
    long now;

    World(long seed) {
      random = new Random(seed);
    }

    void at(long time, Runnable what) {
      events.add(new Event(time, what));
    }

    void runUntil(long end) {
      while (events.peek().at() <= end) {
        var event = events.remove();
        now = event.at();
        event.what().run();
      }
    }

    /** The service takes a call, or has it wait. */
    void serve(Runnable answered) {
      if (busy < ROOM) {
        busy++;
        at(now + CALL, () -> answer(answered));
      } else {
        waitingForRoom.add(() -> serve(answered));
      }
    }

    private void answer(Runnable answered) {
      busy--;
      if (!waitingForRoom.isEmpty()) {
        waitingForRoom.remove().run();
      }
      answered.run();
    }

    /** From now on, as the stewards do. */
    void tellEachOther() {
      var reports = nodes.stream().map(it -> it.upstream.report(now)).toList();
      for (int i = 0; i < nodes.size(); i++) {
        var others = new ArrayList<>(reports);
        others.remove(i);
        nodes.get(i).upstream.heard(others, i == 0, Circuit.Neighbours.ALONE, now);
      }
      at(now + TICK, this::tellEachOther);
    }
  }

  private static final class Node {
    final World world;
    final Upstream upstream;
    int critical;
    int criticalAnswered;
    boolean dead;

    Node(World world) {
      this.world = world;
      var all =
          Services.settings(
              "upstreams.s { instances = [\"http://10.0.0.1:80\"] }\n"
                  + "routes.s { path = \"/\", upstream = s }");
      this.upstream =
          new Upstream(
              all.upstreams().get(0), new SplittableRandom(world.random.nextLong()), world.now);
      world.nodes.add(this);
    }

    /** Requests at random moments; one in seven is critical. */
    void ask(double perSecond) {
      if (dead) {
        return;
      }
      boolean isCritical = world.random.nextInt(7) == 0;
      new Request(this, isCritical).come();
      long wait = (long) (-Math.log(1 - world.random.nextDouble()) / perSecond * 1e9);
      world.at(world.now + wait, () -> ask(perSecond));
    }
  }

  private static final class Request implements Upstream.Waiter {
    private final Node node;
    private final boolean isCritical;
    private boolean gone;

    Request(Node node, boolean isCritical) {
      this.node = node;
      this.isCritical = isCritical;
    }

    void come() {
      node.critical += isCritical ? 1 : 0;
      var world = node.world;
      var priority = isCritical ? Priority.CRITICAL : Priority.SHEDDABLE;
      long until = world.now + 500_000_000;
      var entry = node.upstream.enter(this, priority, until, world.now);
      if (entry instanceof Bulkhead.Entry.Admitted<Upstream.Waiter>) {
        admitted();
      } else if (entry instanceof Bulkhead.Entry.Queued<Upstream.Waiter> queued) {
        queued.shed().ifPresent(Upstream.Waiter::shed);
        world.at(until, this::waitedInVain);
      }
    }

    private void waitedInVain() {
      if (!gone) {
        gone = true;
        node.upstream.withdraw(this);
      }
    }

    @Override
    public void admitted() {
      gone = true;
      var world = node.world;
      var begun = node.upstream.begin(Set.of(), "", true, world.now).call();
      if (begun.isEmpty()) {
        node.upstream.leave().forEach(Upstream.Waiter::admitted);
        return;
      }
      var call = begun.get();
      world.serve(
          () -> {
            node.upstream.answered(call, CallEnding.ANSWERED, world.now);
            node.upstream.over(call);
            node.criticalAnswered += isCritical ? 1 : 0;
            node.upstream.leave().forEach(Upstream.Waiter::admitted);
          });
    }

    @Override
    public void shed() {
      gone = true;
    }
  }

  /** The worst of these was 0.85 when each kept to its own limit. */
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20})
  void whatIsCriticalGetsThroughOnEachOfThem(long seed) {
    var world = new World(seed);
    IntStream.range(0, 3).forEach(i -> new Node(world));
    world.at(0, world::tellEachOther);
    var nodes = List.copyOf(world.nodes);
    nodes.forEach(it -> world.at(0, () -> it.ask(200)));
    world.runUntil(7_000_000_000L);
    // One dies, and its clients go to the others.
    var dead = nodes.get(2);
    dead.dead = true;
    world.nodes.remove(dead);
    var alive = nodes.subList(0, 2);
    alive.forEach(it -> world.at(world.now, () -> it.ask(100)));
    alive.forEach(it -> it.critical = it.criticalAnswered = 0);
    world.runUntil(27_000_000_000L);
    for (var node : alive) {
      double answered = node.criticalAnswered / (double) node.critical;
      assertThat(answered).as("permits: %d", node.upstream.permits()).isGreaterThan(0.98);
    }
  }
}
