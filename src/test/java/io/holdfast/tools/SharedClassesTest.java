package io.holdfast.tools;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The archive of shared classes, with a real JVM that makes it and one that uses it. */
@Timeout(90)
class SharedClassesTest {
  @TempDir Path root;
  private TestCluster cluster;

  @BeforeEach
  void choosePorts() {
    cluster = new TestCluster(root);
  }

  @AfterEach
  void endWhatIsLeft() {
    cluster.close();
  }

  @Test
  void isMadeOnceAndFitsTheCopyOfEveryCluster() throws IOException {
    var build = TestBuild.in(root.resolve("build"), "");

    assertThat(cluster.by(build).run("prepare").exitCode()).isZero();
    assertThat(build.archive()).isNotEmptyFile();
    assertThat(cluster.by(build).start("--nodes", "1").exitCode()).isZero();

    var archive = build.copiedTo(cluster.directory().builds()).archive();
    var maps = Files.readString(Path.of("/proc", "" + cluster.pid(1), "maps"));
    assertThat(maps).contains(archive.toString());
  }

  @Test
  void thatItCannotBeMadeIsNotedAndNoFailure() throws IOException {
    var build = TestBuild.in(root.resolve("build"), "fake.exit = 3");

    assertThat(cluster.by(build).run("prepare").exitCode()).isZero();

    assertThat(build.archive()).doesNotExist();
    assertThat(Path.of(build.archive() + ".failed")).isNotEmptyFile();
  }
}
