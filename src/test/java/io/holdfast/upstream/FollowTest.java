package io.holdfast.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.testing.Services;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Other settings while requests are under way. */
class FollowTest {
  private static UpstreamSettings settings(String text) {
    return Services.settings(
            "upstreams.s { %s }\nroutes.s { path = \"/\", upstream = s }".formatted(text))
        .upstreams()
        .get(0);
  }

  @Test
  void whatDoesNotChangeKeepsWhatIsKnownOfIt() {
    var upstream =
        new Upstream(
            settings("instances = [\"http://10.0.0.1:80\", \"http://10.0.0.2:80\"]"),
            new SplittableRandom(1),
            0);
    var call = upstream.begin(Set.of(), "", true, 0).call().orElseThrow();
    var busy = call.instance().name();
    upstream.answered(call, CallEnding.FAILED, 0);
    upstream.follow(
        settings(
            "instances = [\"http://10.0.0.1:80\", { url = \"http://10.0.0.2:80\", weight = 3 },"
                + " \"http://10.0.0.3:80\"], concurrency { max = 7 }"),
        0);
    var view = upstream.view(0);
    assertThat(view.limit()).isEqualTo(7);
    assertThat(view.instances()).hasSize(3);
    assertThat(view.instances().get(1).weight()).isEqualTo(3);
    for (var instance : view.instances()) {
      assertThat(instance.inFlight()).isEqualTo(instance.name().equals(busy) ? 1 : 0);
    }
    upstream.follow(settings("instances = [\"http://10.0.0.3:80\"]"), 0);
    upstream.over(call);
    assertThat(upstream.view(0).instances())
        .singleElement()
        .satisfies(it -> assertThat(it.inFlight()).isZero());
  }

  @Test
  void anInstanceThatIsCheckedNoMoreIsNotLeftOutForEver() {
    var checked = "instances = [\"http://10.0.0.1:80\"], health.path = \"/up\"";
    var upstream = new Upstream(settings(checked), new SplittableRandom(1), 0);
    upstream.checked("10.0.0.1:80", false, 0);
    assertThat(upstream.begin(Set.of(), "", true, 0).call()).isEmpty();
    upstream.follow(settings("instances = [\"http://10.0.0.1:80\"]"), 0);
    upstream.checked("10.0.0.1:80", false, 0); // of a check that was under way
    assertThat(upstream.begin(Set.of(), "", true, 0).call()).isPresent();
  }

  @Test
  void theShareOfRetriesFollows() {
    var instances = "instances = [\"http://10.0.0.1:80\"], ";
    var upstream =
        new Upstream(settings(instances + "retry-budget = 0%"), new SplittableRandom(1), 0);
    assertThat(upstream.spendRetry(0)).isFalse();
    upstream.follow(settings(instances + "retry-budget = 20%"), 0);
    assertThat(upstream.spendRetry(0)).isTrue();
    upstream.follow(settings(instances + "retry-budget = 0%"), 0);
    assertThat(upstream.spendRetry(0)).isFalse();
  }
}
