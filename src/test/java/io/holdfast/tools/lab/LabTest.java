package io.holdfast.tools.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.testing.LabCluster;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * With a port that nobody listens on: a way that is open refuses at once, one that is cut waits.
 */
class LabTest {
  private static final Place ONE = Place.node(1);
  private static final Place TWO = Place.node(2);
  private static Lab lab;

  @BeforeAll
  static void make() {
    LabCluster.requireLab();
    lab = Lab.make(2);
  }

  @AfterAll
  static void close() {
    if (lab != null) {
      lab.close();
    }
  }

  @BeforeEach
  void heal() {
    lab.heal();
  }

  private enum Way {
    OPEN,
    CUT
  }

  /** Half a second is shorter than the kernel's second attempt, and longer than a busy machine. */
  private static Way way(Place from, Place to) throws Exception {
    var connect = "timeout 0.5 bash -c '</dev/tcp/%s/9' 2>&1".formatted(to.host());
    var tried =
        new ProcessBuilder(lab.in(from, List.of("/bin/sh", "-c", connect)))
            .redirectErrorStream(true)
            .start();
    var said = new String(tried.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    int code = tried.waitFor();
    assertThat(code == 124 || said.contains("refused")).as(code + " " + said).isTrue();
    return code == 124 ? Way.CUT : Way.OPEN;
  }

  @Test
  void allReachAll() throws Exception {
    assertThat(way(ONE, TWO)).isEqualTo(Way.OPEN);
    assertThat(way(TWO, Place.DATABASE)).isEqualTo(Way.OPEN);
    assertThat(way(Place.CLIENTS, ONE)).isEqualTo(Way.OPEN);
  }

  @Test
  void aCutIsSilentAndLeavesTheOthersAlone() throws Exception {
    lab.cut(List.of(ONE), List.of(TWO));
    assertThat(way(ONE, TWO)).isEqualTo(Way.CUT);
    assertThat(way(TWO, ONE)).isEqualTo(Way.CUT);
    assertThat(way(TWO, Place.DATABASE)).isEqualTo(Way.OPEN);
    assertThat(way(Place.CLIENTS, TWO)).isEqualTo(Way.OPEN);
    lab.heal();
    assertThat(way(ONE, TWO)).isEqualTo(Way.OPEN);
  }

  @Test
  void ofACutInOneDirectionOnlyTheSenderIsCut() throws Exception {
    lab.cutOneWay(List.of(ONE), List.of(TWO));
    var received = lab.in(TWO, List.of("cat", "/proc/net/snmp"));
    long before = segments(received);
    assertThat(way(TWO, ONE)).as("the answer does not come back").isEqualTo(Way.CUT);
    assertThat(segments(received)).as("nothing came").isEqualTo(before);
    long atOne = segments(lab.in(ONE, List.of("cat", "/proc/net/snmp")));
    assertThat(way(TWO, ONE)).isEqualTo(Way.CUT);
    assertThat(segments(lab.in(ONE, List.of("cat", "/proc/net/snmp"))))
        .as("but the question arrived")
        .isGreaterThan(atOne);
  }

  /** Segments of TCP that have arrived there. */
  private static long segments(List<String> command) throws IOException {
    var process = new ProcessBuilder(command).start();
    var text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    var tcp = text.lines().filter(line -> line.startsWith("Tcp:")).toList();
    var names = List.of(tcp.get(0).split(" "));
    return Long.parseLong(tcp.get(1).split(" ")[names.indexOf("InSegs")]);
  }

  @Test
  void anotherProcessFindsTheLabByItsDirectory() throws Exception {
    var same = Lab.at(lab.directory());
    same.cut(List.of(ONE), List.of(Place.DATABASE));
    assertThat(way(ONE, Place.DATABASE)).isEqualTo(Way.CUT);
    same.close();
    assertThat(way(ONE, Place.DATABASE)).as("it is not its maker").isEqualTo(Way.CUT);
    same.heal();
    assertThat(way(ONE, Place.DATABASE)).isEqualTo(Way.OPEN);
    assertThatThrownBy(() -> Lab.at(Path.of("/nowhere"))).hasMessageContaining("/nowhere");
  }

  @Test
  void cuttingTwiceIsCuttingOnce() throws Exception {
    lab.cut(List.of(ONE), List.of(TWO));
    lab.cut(List.of(TWO), List.of(ONE));
    lab.heal();
    assertThat(way(ONE, TWO)).isEqualTo(Way.OPEN);
  }

  @Test
  void nothingIsLeftOfALabAndWhatRanInIt() throws Exception {
    var machine = interfaces();
    var other = Lab.make(1);
    var inside = new ProcessBuilder(other.in(ONE, List.of("sleep", "60"))).start();
    assertThat(interfaces()).isEqualTo(machine);
    other.close();
    assertThat(inside.waitFor()).as("killed").isNotZero();
    assertThat(other.directory()).doesNotExist();
    assertThat(interfaces()).isEqualTo(machine);
  }

  private static List<String> interfaces() throws IOException {
    try (Stream<Path> found = Files.list(Path.of("/sys/class/net"))) {
      return new ArrayList<>(found.map(Path::toString).sorted().toList());
    }
  }

  @Test
  void aNodeHasANumberThatFitsIntoItsAddress() {
    assertThatThrownBy(() -> Place.node(0)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> Place.node(100)).isInstanceOf(IllegalArgumentException.class);
    assertThat(Place.node(99).host()).isEqualTo("198.18.99.2");
  }
}
