package io.holdfast.tools.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.tools.chaos.ClusterView.Node;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Faults with processes that do nothing in the nodes' place, and scripts that do as little. */
class SiteTest {
  @TempDir private Path directory;
  private final RunClock clock = new RunClock();
  private final StringWriter told = new StringWriter();
  private final Targets targets = new Targets(clock, List.of(1, 2));
  private final List<Process> processes = new ArrayList<>();

  @AfterEach
  void end() {
    processes.forEach(Process::destroyForcibly);
  }

  @Test
  void killsTheSecondNodeHalfASecondAfterTheFirst() throws Exception {
    var site = site(2, "exit 0");
    long before = clock.now();

    long done = Faults.of("kill-twice").harm(site, site.nodes());

    assertThat(alive()).doesNotContain(true);
    assertThat(done - before).isGreaterThanOrEqualTo(RunClock.nanos(0.5));
    assertThat(told.toString()).containsSubsequence("n1 killed", "n2 killed");
  }

  /** As the system knows it: a {@link Process} hears of its end a moment later. */
  private List<Boolean> alive() {
    return processes.stream().map(Process::toHandle).map(ProcessHandle::isAlive).toList();
  }

  @Test
  void killsNobodyButTheVictims() throws Exception {
    var site = site(2, "exit 0");

    Faults.of("kill").harm(site, site.nodes().subList(0, 1));

    assertThat(alive()).containsExactly(false, true);
  }

  @Test
  void startsAgainWhatItKilled() throws Exception {
    var site = site(1, "exit 0");
    var kill = Faults.of("kill");
    kill.harm(site, site.nodes());

    var mended = kill.mend(site, site.nodes());

    assertThat(site.troubles()).isEmpty();
    assertThat(mended.restart()).isLessThanOrEqualTo(mended.back());
    assertThat(asked()).endsWith("start n1");
  }

  @Test
  void theMendingOfAPauseBeginsWithItsEnd() throws Exception {
    var site = site(1, "exit 0");
    var pause = Faults.of("pause");
    pause.harm(site, site.nodes());
    long before = clock.now();

    var mended = pause.mend(site, site.nodes());

    assertThat(mended.restart()).isBetween(before, mended.back());
    assertThat(asked()).containsSubsequence("pause n1", "resume n1");
  }

  @Test
  void aNodeThatDoesNotStartAgainIsAViolation() throws Exception {
    var site = site(1, "case \"$*\" in *start*) echo 'no room' >&2; exit 1;; esac");
    var kill = Faults.of("kill");
    kill.harm(site, site.nodes());

    kill.mend(site, site.nodes());

    assertThat(site.troubles())
        .singleElement()
        .matches(it -> it.kind() == Violation.Kind.NOT_BACK)
        .matches(it -> it.text().contains("no room"));
  }

  @Test
  void killsAllAndStartsAllWithOneCommand() throws Exception {
    var site = site(2, "exit 0");
    var kill = Faults.of("kill-all");
    kill.harm(site, site.nodes());
    assertThat(alive()).doesNotContain(true);
    long before = clock.now();

    var mended = kill.mend(site, site.nodes());

    assertThat(asked()).endsWith("start");
    assertThat(mended.back()).isGreaterThanOrEqualTo(before);
    assertThat(mended.restart()).isEqualTo(Fault.Mended.NEVER);
  }

  @Test
  void nodesThatAllDoNotStartAreAViolation() throws Exception {
    var site = site(1, "case \"$*\" in *start*) echo 'no room' >&2; exit 1;; esac");

    Faults.of("kill-all").mend(site, site.nodes());

    assertThat(site.troubles())
        .extracting(Violation::kind)
        .containsExactly(Violation.Kind.NOT_BACK);
  }

  @Test
  void stopsOneNodeInOrderAndStartsItAgain() throws Exception {
    var site = site(2, "exit 0");
    var stop = Faults.of("stop");
    var one = site.nodes().subList(1, 2);

    stop.harm(site, one);
    var mended = stop.mend(site, one);

    assertThat(asked()).containsSubsequence("stop n2", "start n2");
    assertThat(mended.restart()).isLessThanOrEqualTo(mended.back());
  }

  @Test
  void asksANodeThatWasAddedOnceItIsReadyAndForgetsItLater() throws Exception {
    var site = site(2, "exit 0");
    var add = Faults.of("add");
    processes.add(new ProcessBuilder("sleep", "60").start());
    Files.writeString(directory.resolve("status"), status());

    add.harm(site, List.of());
    assertThat(asked()).contains("add");
    assertThat(site.nodes()).extracting(Node::number).containsExactly(1, 2, 3);
    assertThat(targets.now()).containsExactly(1, 2);
    targets.say(3, true);
    assertThat(targets.now()).containsExactly(1, 2, 3);

    add.mend(site, List.of());
    assertThat(asked()).containsSubsequence("stop n3", "start --nodes 2");
    assertThat(site.nodes()).extracting(Node::number).containsExactly(1, 2);
    assertThat(targets.now()).containsExactly(1, 2);
  }

  @Test
  void keepsTheProcessorsBusyUntilItIsMended() throws Exception {
    var site = site(1, "exit 0");
    var busy = Faults.of("busy");
    long before = loops();

    busy.harm(site, List.of());
    try {
      assertThat(loops() - before)
          .isGreaterThanOrEqualTo(4L * Runtime.getRuntime().availableProcessors());
    } finally {
      busy.mend(site, List.of());
    }

    assertThat(loops()).isEqualTo(before);
  }

  private static long loops() {
    return ProcessHandle.current()
        .descendants()
        .filter(ProcessHandle::isAlive)
        .filter(it -> it.info().commandLine().filter(line -> line.contains("while :")).isPresent())
        .count();
  }

  @Test
  void aNodeThatSaysNothingOfItsClockMissesAGoal() throws Exception {
    var site = site(2, "case \"$*\" in *n1) echo 'its clock is ahead';; esac");
    var skew = Faults.of("clock-skew");

    skew.mend(site, site.nodes());

    assertThat(site.misses()).containsExactly("n2 says nothing of its clock");
    assertThat(site.troubles()).isEmpty();
  }

  @Test
  void rollsAllNodesWithOneCommand() throws Exception {
    var site = site(2, "exit 0");

    Faults.of("roll").harm(site, site.nodes());

    assertThat(asked()).endsWith("roll");
  }

  @Test
  void stopsTheDatabaseAndStartsItAgain() throws Exception {
    var site = site(1, "exit 0");
    var stop = Faults.of("db-stop");

    stop.harm(site, List.of());
    stop.mend(site, List.of());

    assertThat(asked()).containsSubsequence("db stop", "db start");
  }

  @Test
  void givesTheScriptsTheEnvironmentThatAFaultNeeds() throws Exception {
    var site = site(1, Map.of("HOLDFAST_WORD", "abc"), "echo $HOLDFAST_WORD > \"$2/word\"");

    Faults.of("db-stop").harm(site, List.of());

    assertThat(directory.resolve("word")).content().isEqualTo("abc\n");
  }

  private List<String> asked() throws IOException {
    return Files.readAllLines(directory.resolve("asked")).stream()
        .map(it -> it.replace("--data " + directory + " ", ""))
        .toList();
  }

  private Site site(int nodes, String body) throws IOException {
    return site(nodes, Map.of(), body);
  }

  private Site site(int nodes, Map<String, String> environment, String body) throws IOException {
    for (int i = 0; i < nodes; i++) {
      processes.add(new ProcessBuilder("sleep", "60").start());
    }
    var status = Files.writeString(directory.resolve("status"), status());
    var text =
        """
        #!/bin/sh
        echo "$*" >> "$2/asked"
        case "$*" in *status*) cat %s; exit 0;; esac
        %s
        """;
    var script = Files.writeString(directory.resolve("cluster"), text.formatted(status, body));
    assertThat(script.toFile().setExecutable(true)).isTrue();
    var site =
        new Site(
            new ClusterScript(script, directory, environment),
            clock,
            new Timeline(clock, new PrintWriter(told, true)),
            targets,
            new Sender(clock, Map.of()));
    site.look();
    return site;
  }

  private String status() {
    return processes.stream()
        .map(
            it ->
                """
                {"node":%d,"pid":%d,"state":"up","http":"http://127.0.0.1:1",\
                "admin":"http://127.0.0.1:1"}\
                """
                    .formatted(processes.indexOf(it) + 1, it.pid()))
        .collect(Collectors.joining(",", "{\"nodes\":[", "]}"));
  }
}
