package io.holdfast.system;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.testing.NodeProcesses;
import io.holdfast.testing.TestDatabase;
import org.junit.jupiter.api.Test;

/**
 * Nodes that are started by mistake beside one that runs: they say why not, and it never notices.
 */
class BadStartsTest {
  private static final int CANNOT_START = 2;

  @Test
  void aSecondNodeThatDoesNotBelongHereSaysWhyAndTheFirstIsUnharmed() {
    try (var nodes = NodeProcesses.start(1, TestDatabase.H2.fresh())) {
      assertThat(nodes.put(1, "/docs/a", "1").statusCode()).isEqualTo(201);
      int otherCluster = nodes.launchAnother("holdfast.cluster.name=other");
      int otherShards = nodes.launchAnother("holdfast.cluster.shards=32");
      int sameName = nodes.launchAnother("holdfast.node.name=n1");
      int sameAddress = nodes.launchAnotherAtThePortsOf(1);

      assertRefused(
          nodes,
          otherCluster,
          "this database belongs to the cluster \"holdfast\", not to \"other\"");
      assertRefused(nodes, otherShards, "this cluster was formed with 16 shards, not 32");
      assertRefused(nodes, sameName, "a node of this cluster is named n1 already, and lives at ");
      assertRefused(nodes, sameAddress, "is another node running there?");

      assertThat(nodes.get(1, "/docs/a").body()).isEqualTo("1");
      assertThat(nodes.put(1, "/docs/a", "2").statusCode()).isEqualTo(204);
      assertThat(nodes.logged(1)).doesNotContain("starts anew");
    }
  }

  private static void assertRefused(NodeProcesses nodes, int number, String reason) {
    assertThat(nodes.exitCode(number)).as(nodes.logged(number)).isEqualTo(CANNOT_START);
    assertThat(nodes.logged(number))
        .contains(" cannot start: ")
        .contains(reason)
        .doesNotContain("\tat ");
  }
}
