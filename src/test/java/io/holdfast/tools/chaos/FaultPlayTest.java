package io.holdfast.tools.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.tools.chaos.ClusterView.Node;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** With processes that do nothing in the nodes' place, and scripts that do as little. */
class FaultPlayTest {
  @TempDir private Path directory;
  private final RunClock clock = new RunClock();
  private final StringWriter told = new StringWriter();
  private final List<Process> processes = new ArrayList<>();

  @AfterEach
  void end() {
    processes.forEach(Process::destroyForcibly);
  }

  @Test
  void killsTheSecondNodeHalfASecondAfterTheFirst() throws Exception {
    var play = play(Fault.KILL_TWICE, List.of(node(1), node(2)), "exit 0");
    long before = clock.now();

    var harm = play.harm();

    assertThat(processes).noneMatch(Process::isAlive);
    assertThat(harm.from()).isGreaterThanOrEqualTo(before);
    assertThat(harm.done() - harm.from()).isGreaterThanOrEqualTo(RunClock.nanos(0.5));
    assertThat(told.toString()).containsSubsequence("n1 killed", "n2 killed");
  }

  @Test
  void killsNobodyButTheVictims() throws Exception {
    var spared = node(2);

    play(Fault.KILL, List.of(node(1)), "exit 0").harm();

    assertThat(ProcessHandle.of(spared.pid())).get().matches(ProcessHandle::isAlive);
  }

  @Test
  void startsAgainWhatItKilled() throws Exception {
    var play = play(Fault.KILL, List.of(node(1)), "echo \"$*\" >> \"$2/asked\"");
    play.harm();

    var mended = play.mend();

    assertThat(play.troubles()).isEmpty();
    assertThat(mended.restart()).isLessThanOrEqualTo(mended.back());
    assertThat(directory.resolve("asked"))
        .content()
        .isEqualTo("--data " + directory + " start n1\n");
  }

  @Test
  void theMendingOfAPauseBeginsWithItsEnd() throws Exception {
    var play = play(Fault.PAUSE, List.of(node(1)), "exit 0");
    play.harm();
    long before = clock.now();

    var mended = play.mend();

    assertThat(mended.restart()).isBetween(before, mended.back());
  }

  @Test
  void aNodeThatDoesNotStartAgainIsAViolation() throws Exception {
    var play = play(Fault.KILL, List.of(node(1)), "echo 'no room' >&2; exit 1");
    play.harm();

    play.mend();

    assertThat(play.troubles())
        .singleElement()
        .matches(it -> it.kind() == Violation.Kind.NOT_BACK)
        .matches(it -> it.text().contains("no room"));
  }

  private Node node(int number) throws IOException {
    var process = new ProcessBuilder("sleep", "60").start();
    processes.add(process);
    var address = URI.create("http://127.0.0.1:1");
    return new Node(number, process.pid(), "up", number == 1, address, address, 1);
  }

  private FaultPlay play(Fault fault, List<Node> victims, String body) throws IOException {
    var script = Files.writeString(directory.resolve("cluster"), "#!/bin/sh\n" + body + "\n");
    assertThat(script.toFile().setExecutable(true)).isTrue();
    return new FaultPlay(
        fault,
        new ClusterScript(script, directory),
        clock,
        new Timeline(clock, new PrintWriter(told, true)),
        victims);
  }
}
