package io.holdfast.tools;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** How a process is cut loose from the terminal that it was started in. */
final class Sessions {
  private Sessions() {}

  /** The command in a session of its own; where {@code setsid} is missing, without its hang-up. */
  static List<String> detached(List<String> command) {
    var result = new ArrayList<String>();
    Stream.of("/usr/bin/setsid", "/bin/setsid", "/usr/bin/nohup")
        .filter(program -> Files.isExecutable(Path.of(program)))
        .findFirst()
        .ifPresent(result::add);
    result.addAll(command);
    return result;
  }
}
