package io.holdfast.tools;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Base64;

/**
 * The password of the embedded database, made once and kept beside it. Who has it can run code as
 * the database's process (H2 lets an administrator define functions), so only the owner may read
 * it.
 */
final class DatabasePassword {
  static final String FILE = "password";
  private static final int BYTES = 32;

  private DatabasePassword() {}

  static Path file(Path directory) {
    return directory.resolve(FILE);
  }

  static String read(Path directory) {
    try {
      return Files.readString(file(directory)).trim();
    } catch (IOException e) {
      throw Refusal.failed(
          "%s cannot be read (%s): without it the database stays shut",
          file(directory), e.getClass().getSimpleName());
    }
  }

  static String readOrMake(Path directory) {
    if (!Files.exists(file(directory))) {
      if (DatabaseServer.isIn(directory)) {
        throw Refusal.unusable(
            "%s is missing: put it back, or begin anew with start --fresh", file(directory));
      }
      var bytes = new byte[BYTES];
      new SecureRandom().nextBytes(bytes);
      var password = Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
      PrivateFiles.replace(file(directory), out -> out.write(password + "\n"));
    }
    return read(directory);
  }
}
