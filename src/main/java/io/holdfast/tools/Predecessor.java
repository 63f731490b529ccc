package io.holdfast.tools;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.stream.Stream;

/**
 * A process that starts another one in its own place and ends: the same command, in the same
 * directory, with the same log, and with the name of the one before it.
 */
final class Predecessor {
  private static final String PROPERTY = "holdfast.follows";
  private static final Duration END_MAX = Duration.ofSeconds(10);

  private Predecessor() {}

  /**
   * Waits until the process whose place this one takes has ended.
   *
   * @return whether there was one
   */
  static boolean await() {
    var pid = Long.getLong(PROPERTY);
    if (pid != null) {
      ProcessMark.of(pid).ifPresent(mark -> OwnProcess.awaitDeath(mark, END_MAX));
    }
    return pid != null;
  }

  /** Starts another one. This process must end at once, whatever it holds. */
  static Process startSuccessor() throws IOException {
    long self = ProcessHandle.current().pid();
    var words = ProcessMark.of(self).map(ProcessMark::commandLine).orElse("").split("\0");
    if (words.length < 2) {
      throw new IOException("the command of this process is not known");
    }
    var command = new ArrayList<String>();
    command.add(words[0]);
    command.add("-D" + PROPERTY + "=" + self);
    Stream.of(words)
        .skip(1)
        .filter(word -> !word.startsWith("-D" + PROPERTY))
        .forEach(command::add);
    return new ProcessBuilder(command).inheritIO().start();
  }
}
