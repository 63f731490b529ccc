package io.holdfast.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.ConfigFactory;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class ClusterConfigTest {
  /** Inherited by reference in Pekko's own defaults, so not written out there. */
  private static final String INHERITED = "pekko.cluster.sharding.distributed-data.";

  /** The keys below it are names of our own. */
  private static final String BINDINGS = "pekko.actor.serialization-bindings.";

  @Test
  void setsNoKeyThatPekkoDoesNotKnow() {
    var known = ConfigFactory.defaultReference();
    var set = ConfigFactory.parseResources("holdfast-cluster.conf").resolve();
    assertThat(set.isEmpty()).isFalse();
    Set<String> unknown =
        set.entrySet().stream()
            .map(e -> e.getKey())
            .filter(key -> !known.hasPathOrNull(key) && !key.startsWith(BINDINGS))
            .collect(Collectors.toSet());
    assertThat(unknown).isEmpty();
    assertThat(known.hasPath(INHERITED + "majority-min-cap")).isTrue();
  }

  @Test
  void letsTheArbiterDecideAndTheNodeStartAnew() {
    var config = TestNode.config();
    assertThat(config.getString("pekko.cluster.downing-provider-class"))
        .isEqualTo(Arbiter.class.getName());
    assertThat(config.getBoolean("pekko.cluster.run-coordinated-shutdown-when-down")).isFalse();
  }
}
