package io.holdfast.tools.chaos;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SmallDiskTest {
  @TempDir private Path directory;

  @Test
  void hasNoRoomWhileItIsFull() throws IOException {
    var disk = mounted();
    try {
      var file = directory.resolve("file");
      Files.write(file, new byte[10_000]);
      disk.fill();
      assertThatThrownBy(() -> Files.write(directory.resolve("more"), new byte[10_000]))
          .isInstanceOf(IOException.class);

      disk.free();
      Files.write(directory.resolve("more"), new byte[10_000]);
      assertThat(file).hasSize(10_000);
    } finally {
      disk.close();
    }
    assertThat(directory).isEmptyDirectory();
  }

  /** Only root may, and not in every container. */
  private SmallDisk mounted() {
    assumeTrue(SmallDisk.obstacle().isEmpty());
    try {
      return SmallDisk.mount(directory, 1);
    } catch (ChaosFailure e) {
      assumeTrue(false, e.getMessage());
      throw e;
    }
  }
}
