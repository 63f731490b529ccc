package io.holdfast.operation;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.route.Route;
import io.holdfast.testing.Services;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class GatesTest {
  private static final List<Route> ROUTES =
      Services.settings(
              """
              upstreams { a { instances = ["http://127.0.0.1:1"] }, b { instances = ["http://127.0.0.1:2"] } }
              routes { a { path = "/a", upstream = a }, b { path = "/b", upstream = b } }
              """)
          .routes();

  private final Gates gates = new Gates(1, 10);
  private final List<String> told = new ArrayList<>();

  private boolean enter(int route, String who) {
    return gates.tryEnter(ROUTES.get(route), () -> told.add(who));
  }

  @Test
  void whoFindsOneFullIsToldOnceThereIsRoom() {
    assertThat(enter(0, "first")).isTrue();
    assertThat(enter(0, "second")).isFalse();
    assertThat(enter(1, "other")).isTrue();
    gates.leave(ROUTES.get(1));
    assertThat(told).isEmpty();
    gates.leave(ROUTES.get(0));
    assertThat(told).containsExactly("second");
  }

  @Test
  void allAreShutWhileTooMuchOfAnswersIsKeptAndAllAreToldThen() {
    gates.keep(9);
    assertThat(enter(0, "first")).isTrue();
    gates.leave(ROUTES.get(0));
    gates.keep(2);
    assertThat(enter(0, "a")).isFalse();
    assertThat(enter(1, "b")).isFalse();
    gates.letGo(1);
    assertThat(told).isEmpty();
    gates.letGo(5);
    assertThat(told).containsExactlyInAnyOrder("a", "b");
    assertThat(enter(1, "b")).isTrue();
  }
}
