package io.holdfast.tools;

import java.io.IOException;

/** The signals that the commands send. */
enum Signal {
  TERM,
  KILL,
  STOP,
  CONT;

  /** By the shell's own {@code kill}, which every machine has. */
  void send(long pid) {
    try {
      new ProcessBuilder("/bin/sh", "-c", "kill -" + name() + " " + pid)
          .redirectErrorStream(true)
          .redirectOutput(ProcessBuilder.Redirect.DISCARD)
          .start()
          .waitFor();
    } catch (IOException e) {
      throw Refusal.failed("SIG%s cannot be sent to %d: %s", name(), pid, e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw Refusal.failed("interrupted");
    }
  }
}
