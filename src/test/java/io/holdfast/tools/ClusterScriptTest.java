package io.holdfast.tools;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code scripts/cluster} itself: what it says on a machine that lacks something. */
@Timeout(60)
class ClusterScriptTest {
  private static final List<String> PROGRAMS =
      List.of(
          "bash", "find", "flock", "grep", "head", "ls", "mkdir", "mv", "readlink", "rm", "sed");

  @TempDir Path root;
  private Path programs;

  private record Result(int exitCode, String err) {}

  @BeforeEach
  void layOutACheckout() throws IOException {
    programs = Files.createDirectory(root.resolve("bin"));
    for (var name : PROGRAMS) {
      program(programs.resolve(name), "exec " + find(name) + " \"$@\"");
    }
    Files.createDirectory(root.resolve("scripts"));
    Files.copy(
        Path.of("scripts/cluster"),
        root.resolve("scripts/cluster"),
        java.nio.file.StandardCopyOption.COPY_ATTRIBUTES);
    Files.createDirectories(root.resolve("src/main"));
    Files.writeString(root.resolve("pom.xml"), "<project/>");
  }

  @Test
  void saysThatThereIsNoJava() throws Exception {
    var result = run(Map.of(), "status");

    assertThat(result.exitCode()).isEqualTo(2);
    assertThat(result.err()).startsWith("cluster: no Java found").hasLineCount(1);
  }

  @Test
  void saysThatJavaIsTooOld() throws Exception {
    var old = root.resolve("jdk");
    program(old.resolve("bin/java"), "echo 'openjdk version \"11.0.2\" 2019-01-15' >&2");

    var result = run(Map.of("JAVA_HOME", old.toString()), "start");

    assertThat(result.exitCode()).isEqualTo(2);
    assertThat(result.err())
        .startsWith("cluster: Java 11.0.2 at ")
        .contains("17 or newer")
        .hasLineCount(1);
  }

  @Test
  void saysThatMavenIsMissing() throws Exception {
    var result = run(Map.of("JAVA_HOME", System.getProperty("java.home")), "start");

    assertThat(result.exitCode()).isEqualTo(2);
    assertThat(result.err()).startsWith("cluster: Maven (mvn) is not installed").hasLineCount(1);
  }

  @Test
  void saysWhereABuildFailedAndKeepsWhatWasBuiltBefore() throws Exception {
    program(programs.resolve("mvn"), "echo '[ERROR] /x/Main.java:[3,1] ; expected'; exit 1");
    var jar = root.resolve("target/holdfast/lib/holdfast-1.jar");
    Files.createDirectories(jar.getParent());
    Files.writeString(jar, "");
    Files.setLastModifiedTime(jar, java.nio.file.attribute.FileTime.fromMillis(0));

    var result = run(Map.of("JAVA_HOME", System.getProperty("java.home")), "start");

    assertThat(result.exitCode()).isEqualTo(2);
    assertThat(result.err())
        .contains("building")
        .contains("the build failed, see " + root.toRealPath().resolve("target/build.log"))
        .contains("/x/Main.java:[3,1] ; expected");
    assertThat(jar).exists();
  }

  private Result run(Map<String, String> environment, String... args) throws Exception {
    var command =
        Stream.concat(Stream.of(root.resolve("scripts/cluster").toString()), Stream.of(args))
            .toList();
    var builder = new ProcessBuilder(command).redirectOutput(ProcessBuilder.Redirect.DISCARD);
    builder.environment().clear();
    builder.environment().put("PATH", programs.toString());
    builder.environment().putAll(environment);
    // Its first line asks env for bash, which is found on that path.
    var process = builder.start();
    var err = new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
    return new Result(process.waitFor(), err);
  }

  private static void program(Path file, String line) throws IOException {
    Files.createDirectories(file.getParent());
    Files.writeString(file, "#!/bin/sh\n" + line + "\n");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  private static Path find(String name) {
    return Stream.of("/bin", "/usr/bin", "/usr/local/bin")
        .map(directory -> Path.of(directory, name))
        .filter(Files::isExecutable)
        .findFirst()
        .orElseThrow();
  }
}
