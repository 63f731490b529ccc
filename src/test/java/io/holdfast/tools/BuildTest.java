package io.holdfast.tools;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BuildTest {
  @TempDir Path root;

  private Path jar(String name, String content) throws IOException {
    Files.createDirectories(root.resolve("lib"));
    return Files.writeString(root.resolve("lib").resolve(name), content);
  }

  private Build build() {
    return Build.in(root.resolve("lib")).orElseThrow();
  }

  @Test
  void isTheSameForTheSameJarsWhereverAndWheneverTheyWereMade() throws IOException {
    jar("a-1.jar", "library");
    var ours = jar("holdfast-1.jar", "one");
    var id = build().id();

    Files.setLastModifiedTime(ours, FileTime.fromMillis(0));
    assertThat(build().id()).isEqualTo(id);
    jar("holdfast-1.jar", "two");
    assertThat(build().id()).isNotEqualTo(id);
    jar("holdfast-1.jar", "one");
    jar("b-1.jar", "another library");
    assertThat(build().id()).isNotEqualTo(id);
  }

  @Test
  void isFoundByTheDistributionOrByItsJars() throws IOException {
    jar("holdfast-1.jar", "one");

    assertThat(Build.named(root)).isEqualTo(build());
    assertThat(Build.named(root.resolve("lib"))).isEqualTo(build());
  }

  @Test
  void isNotThereWithoutOurJar() throws IOException {
    jar("a-1.jar", "library");

    assertThat(Build.in(root.resolve("lib"))).isEmpty();
    assertThat(Build.in(root.resolve("nowhere"))).isEmpty();
    assertThatThrownBy(() -> Build.named(root))
        .isInstanceOf(Refusal.class)
        .hasMessageContaining(root + " holds no build")
        .extracting(it -> ((Refusal) it).exitCode())
        .isEqualTo(2);
  }

  @Test
  void itsCopyKeepsWhatItWasWhenTheOriginalIsBuiltAnew() throws IOException {
    jar("a-1.jar", "library");
    jar("holdfast-1.jar", "one");
    Files.writeString(build().archive(), "shared classes");

    var copy = build().copiedTo(root.resolve("builds"));
    assertThat(build().copiedTo(root.resolve("builds"))).isEqualTo(copy);
    jar("holdfast-1.jar", "two");
    Files.delete(root.resolve("lib/a-1.jar"));

    assertThat(copy.jars().resolve("holdfast-1.jar")).hasContent("one");
    assertThat(copy.jars().resolve("a-1.jar")).hasContent("library");
    assertThat(copy.archive()).hasContent("shared classes");
    assertThat(copy.jars().getFileName()).hasToString(copy.id());
    assertThat(build().copiedTo(root.resolve("builds"))).isNotEqualTo(copy);
  }

  @Test
  void itsClassPathIsRelativeAndNamesOursFirst() throws IOException {
    jar("a-1.jar", "library");
    jar("z-1.jar", "library");
    jar("holdfast-1.jar", "one");

    var copy = build().copiedTo(root.resolve("builds"));

    var prefix = "../builds/" + copy.id() + "/";
    assertThat(copy.classPath())
        .isEqualTo(prefix + "holdfast-1.jar:" + prefix + "a-1.jar:" + prefix + "z-1.jar");
  }

  @Test
  void takesItsArchiveWithItAlsoWhenThatWasMadeLater() throws IOException {
    jar("holdfast-1.jar", "one");
    var copy = build().copiedTo(root.resolve("builds"));
    assertThat(copy.archive()).doesNotExist();

    Files.writeString(build().archive(), "shared classes");

    assertThat(build().copiedTo(root.resolve("builds")).archive()).hasContent("shared classes");
  }
}
