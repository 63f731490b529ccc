package io.holdfast.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.testing.Services;
import io.holdfast.upstream.Upstream.Call;
import java.util.ArrayList;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** What ends after the breaker has let calls through again, and began before it opened. */
class LateOutcomesTest {

  private static long millis(long millis) {
    return millis * 1_000_000;
  }

  private static Call begin(Upstream upstream, long now) {
    return upstream.begin(Set.of(), "", true, now).call().orElseThrow();
  }

  /** Twenty hang and open it, a probe succeeds, and only then the twenty are given up. */
  @Test
  void isNotHeldAgainstTheServiceASecondTime() {
    var settings =
        Services.settings(
            "upstreams.s { instances = [\"http://10.0.0.1:80\"], concurrency.mode = off,"
                + " ejection.consecutive-failures = 1000,"
                + " breaker { slow-call = 1s, open = 500ms } }\n"
                + "routes.s { path = \"/\", upstream = s }");
    var upstream = new Upstream(settings.upstreams().get(0), new SplittableRandom(7), 0);
    var hanging = new ArrayList<Call>();
    for (int i = 0; i < 20; i++) {
      hanging.add(begin(upstream, 0));
    }
    hanging.forEach(call -> upstream.look(call, millis(1000)));
    assertThat(upstream.breakerOf(UpstreamMeters.SERVICE)).isEqualTo("open");
    var probe = begin(upstream, millis(1600));
    upstream.answered(probe, CallEnding.ANSWERED, millis(1610));
    upstream.over(probe);
    assertThat(upstream.breakerOf(UpstreamMeters.SERVICE)).isNotEqualTo("open");
    for (var call : hanging) {
      upstream.answered(call, CallEnding.TIMED_OUT, millis(1700));
      upstream.over(call);
    }
    for (int i = 0; i < 30; i++) { // the ramp is climbed
      var good = begin(upstream, millis(3700));
      upstream.answered(good, CallEnding.ANSWERED, millis(3710));
      upstream.over(good);
    }
    assertThat(upstream.breakerOf(UpstreamMeters.SERVICE)).isNotEqualTo("open");
  }
}
