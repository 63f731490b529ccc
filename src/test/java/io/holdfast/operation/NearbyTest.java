package io.holdfast.operation;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.route.Route;
import io.holdfast.testing.Services;
import java.util.HashSet;
import java.util.Set;
import java.util.stream.IntStream;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.typed.ActorRef;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

class NearbyTest {
  private static final ActorTestKit KIT = ActorTestKit.create();
  private static final Route ROUTE =
      Services.settings(
              """
              upstreams.a.instances = ["http://127.0.0.1:1"]
              routes.a { path = "/a", upstream = a, async.mode = allowed }
              """)
          .routes()
          .get(0);

  private final Nearby nearby = new Nearby();
  private final ActorRef<Lane.Command> lane = KIT.<Lane.Command>createTestProbe().getRef();
  private final ActorRef<Lane.Command> next = KIT.<Lane.Command>createTestProbe().getRef();

  private Set<Integer> chosen() {
    var chosen = new HashSet<Integer>();
    IntStream.range(0, 1000).forEach(i -> nearby.slotWithRoom(ROUTE).ifPresent(chosen::add));
    return chosen;
  }

  @Test
  void anyLaneThatIsHereAndKeepsUpIsChosen() {
    assertThat(chosen()).isEmpty();
    IntStream.of(7, 8, 9).forEach(slot -> nearby.begun(slot, lane));
    assertThat(chosen()).containsExactlyInAnyOrder(7, 8, 9);
    nearby.say(8, ROUTE.name(), true);
    nearby.say(9, "another", true);
    assertThat(chosen()).containsExactlyInAnyOrder(7, 9);
    assertThat(nearby.areAllBehind(ROUTE.name())).isFalse();
    nearby.ended(7, lane);
    nearby.say(9, ROUTE.name(), true);
    assertThat(chosen()).isEmpty();
    assertThat(nearby.areAllBehind(ROUTE.name())).isTrue();
    nearby.say(8, ROUTE.name(), false);
    assertThat(chosen()).containsExactly(8);
  }

  @Test
  void aLaneThatHasBegunAnewIsNotTakenAwayByTheEndOfTheOneBefore() {
    nearby.begun(7, lane);
    nearby.say(7, ROUTE.name(), true);
    nearby.begun(7, next);
    nearby.ended(7, lane);
    assertThat(nearby.lane(7)).contains(next);
    assertThat(chosen()).containsExactly(7);
  }

  @AfterAll
  static void end() {
    KIT.shutdownTestKit();
  }
}
