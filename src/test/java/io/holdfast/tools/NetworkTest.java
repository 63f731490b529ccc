package io.holdfast.tools;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.testing.LabCluster;
import io.holdfast.tools.lab.Lab;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** How processes are run at places of their own; that they reach each other, chaos shows. */
class NetworkTest {
  private static final List<String> COMMAND = List.of("/bin/echo", "here");

  private static final List<String> SHOW =
      List.of("/bin/sh", "-c", "PATH=$PATH:/usr/sbin:/sbin ip -4 -o address");

  private static Home home(Network network) {
    return new Home(
        Path.of("root"),
        "scripts/cluster",
        "lib/a.jar",
        "io.holdfast.Main",
        List.of(),
        Optional.empty(),
        network);
  }

  @Test
  void onTheMachinesOwnNetworkACommandIsWhatItIs() throws Exception {
    assertThat(Network.OWN.atNode(2, COMMAND)).isEqualTo(COMMAND);
    assertThat(Network.OWN.atDatabase(COMMAND)).isEqualTo(COMMAND);
    assertThat(Network.OWN.host(2, "127.0.0.9")).isEqualTo("127.0.0.9");
    assertThat(home(Network.OWN).node(2, Path.of("node.conf")))
        .noneMatch(it -> it.contains("node.host"));
    try (var taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      assertThatThrownBy(
              () -> Network.OWN.requireFree("127.0.0.1", taken.getLocalPort(), "http of n2"))
          .isInstanceOf(Refusal.class)
          .hasMessageContaining("http of n2");
    }
  }

  @Test
  void inALabEachIsAtItsPlaceAndHasAllPortsToItself() throws Exception {
    LabCluster.requireLab();
    try (var lab = Lab.make(2);
        var taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      var network = new Network(Optional.of(Lab.at(lab.directory())));
      network.requireFree("127.0.0.1", taken.getLocalPort(), "http of n2");
      assertThat(network.host(2, "127.0.0.1")).isNotEqualTo(network.host(1, "127.0.0.1"));
      var node = home(network).node(2, Path.of("node.conf"));
      assertThat(node).contains("-Dholdfast.node.host=" + network.host(2, ""));
      assertThat(node.indexOf("io.holdfast.Main")).isGreaterThan(node.indexOf("-cp"));
      assertThat(addressesSeenBy(network.atNode(2, SHOW)))
          .contains(network.host(2, ""))
          .doesNotContain(network.host(1, ""));
      assertThat(addressesSeenBy(network.atDatabase(SHOW))).contains(network.databaseHost());
      assertThat(home(network).database(Path.of("d"), 9170))
          .contains("-Dholdfast.database-host=" + network.databaseHost())
          .endsWith("9170");
    }
  }

  private static String addressesSeenBy(List<String> command) throws Exception {
    var process = new ProcessBuilder(command).redirectErrorStream(true).start();
    return new String(process.getInputStream().readAllBytes());
  }
}
