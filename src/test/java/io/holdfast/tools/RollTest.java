package io.holdfast.tools;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.tools.TestCluster.Result;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code roll} over real processes: the real database, and fakes for nodes, in several builds. */
@Timeout(120)
class RollTest {
  @TempDir Path root;
  private TestCluster cluster;
  private Build first;

  @BeforeEach
  void makeABuild() throws IOException {
    cluster = new TestCluster(root);
    first = TestBuild.in(root.resolve("first"), "fake.build = first");
  }

  @AfterEach
  void endWhatIsLeft() {
    cluster.close();
  }

  private boolean runs(int node, Build build) {
    return cluster
        .directory()
        .node(node)
        .running()
        .orElseThrow()
        .commandLine()
        .contains("builds/" + build.id() + "/");
  }

  private static void assertRefused(Result result, int exitCode, String why) {
    assertThat(result.err()).contains(why);
    assertThat(result.exitCode()).isEqualTo(exitCode);
  }

  private List<Long> pids() {
    return List.of(cluster.pid(1), cluster.pid(2));
  }

  @Test
  void takesTheBuildOfNowToEachNodeTheOldestLastAndKeepsToIt() throws IOException {
    var second = TestBuild.in(root.resolve("second"), "fake.build = second");
    cluster.by(first).start("--nodes", "2");
    var before = pids();

    cluster.run("kill", "2");
    var beside = cluster.by(second).run("start", "2");
    assertThat(beside.out()).contains("run an earlier build").contains("roll");
    assertThat(runs(2, first)).isTrue();

    var roll = cluster.by(second).run("roll");

    assertThat(roll.err()).isEmpty();
    assertThat(roll.exitCode()).isZero();
    assertThat(roll.out())
        .containsSubsequence("n2: stopping (1 of 2)", "n2 rolled in", "n1: stopping (2 of 2)")
        .containsSubsequence("n1 rolled in", "2 nodes rolled in");
    assertThat(pids()).doesNotContainAnyElementsOf(before);
    assertThat(List.of(runs(1, second), runs(2, second))).containsOnly(true);
    cluster.run("kill", "1");
    assertThat(cluster.by(second).run("start", "1").out()).doesNotContain("earlier build");
    assertThat(runs(1, second)).isTrue();
    assertThat(copies()).containsExactlyInAnyOrder(first.id(), second.id());
    cluster.run("db", "stop");
    cluster.run("db", "start");
    assertThat(cluster.by(second).run("start").exitCode()).isZero();
    assertThat(copies()).containsExactly(second.id());
  }

  private List<String> copies() throws IOException {
    try (var copies = Files.list(cluster.directory().builds())) {
      return copies.map(copy -> copy.getFileName().toString()).toList();
    }
  }

  @Test
  void keepsToANamedBuildUntilARollWithoutOne() throws IOException {
    var named = TestBuild.in(root.resolve("named"), "fake.build = named");
    cluster.by(first).start("--nodes", "1");

    var roll = cluster.by(first).run("roll", "--build", root.resolve("named").toString());
    assertThat(roll.exitCode()).isZero();
    assertThat(roll.out()).contains("one node only");
    PrivateFiles.removeTree(root.resolve("named"));
    cluster.by(first).run("stop");
    var start = cluster.by(first).run("start");
    assertThat(start.out()).doesNotContain("earlier build");
    assertThat(cluster.directory().node(1).running().orElseThrow().commandLine())
        .contains(cluster.directory().remembered().build().orElseThrow().id());
    assertThat(runs(1, first)).isFalse();

    assertThat(cluster.by(first).run("roll").exitCode()).isZero();
    assertThat(runs(1, first)).isTrue();
    assertThat(cluster.directory().remembered().build().orElseThrow().from()).isEmpty();
  }

  @Test
  void refusesWhatCannotGoWellBeforeAnythingIsStopped() throws IOException {
    cluster.by(first).start("--nodes", "2");
    var before = pids();
    var broken = TestBuild.in(root.resolve("broken"), "fake.fault = \"a key is missing\"");

    assertRefused(
        cluster.by(first).run("roll", "--build", root.resolve("broken").toString()),
        2,
        "a key is missing\n");
    assertRefused(cluster.by(first).run("roll", "--build", root.toString()), 2, "holds no build");
    cluster.run("pause", "1");
    assertRefused(cluster.by(first).run("roll"), 1, "n1 is paused: a roll begins when all");
    cluster.run("resume", "1");
    assertThat(pids()).isEqualTo(before);
    cluster.run("kill", "2");
    assertRefused(cluster.by(first).run("roll"), 1, "n2 is down: a roll begins when all");
    assertThat(cluster.by(first).run("roll").err()).hasLineCount(1);
    assertThat(runs(1, broken)).isFalse();
    assertThat(cluster.directory().remembered().build().orElseThrow().id()).isEqualTo(first.id());
  }

  @Test
  void endsAtANodeThatDoesNotComeBackAndLeavesTheOthers() throws IOException {
    cluster.by(first).start("--nodes", "2");
    TestBuild.in(root.resolve("dying"), "fake.exit = 3");
    var other = cluster.pid(1);

    var roll = cluster.by(first).run("roll", "--build", root.resolve("dying").toString());

    assertRefused(roll, 1, "the roll ended at n2: n2 ended with exit code 3");
    assertThat(roll.err()).contains("cannot go on").contains("rolled before: none");
    assertThat(cluster.pid(1)).isEqualTo(other);
    assertThat(cluster.runs(2)).isFalse();
    assertThat(cluster.by(first).run("start", "2").exitCode()).isZero();
    assertThat(runs(2, first)).isTrue();
  }

  @Test
  void twoDoNotRunAtTheSameTime() {
    cluster.by(first).start("--nodes", "1");

    var second = cluster.directory().asOnlyRoll(() -> cluster.by(first).run("roll"));

    assertRefused(second, 1, "another roll is under way");
  }
}
