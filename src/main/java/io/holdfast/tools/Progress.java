package io.holdfast.tools;

import java.io.PrintWriter;
import java.io.Writer;

/** One line that tells how far a command is: redrawn on a terminal, else printed as it changes. */
final class Progress {
  private final PrintWriter out;
  private final boolean terminal;
  private String shown = "";

  Progress(PrintWriter out, boolean terminal) {
    this.out = out;
    this.terminal = terminal;
  }

  /** Shows nothing. */
  static Progress silent() {
    return new Progress(new PrintWriter(Writer.nullWriter()), false);
  }

  void show(String line) {
    if (line.equals(shown)) {
      return;
    }
    if (terminal) {
      out.print("\r" + line + " ".repeat(Math.max(0, shown.length() - line.length())));
    } else {
      out.println(line);
    }
    out.flush();
    shown = line;
  }

  /** What comes next begins on a line of its own. */
  void end() {
    if (terminal && !shown.isEmpty()) {
      out.println();
      out.flush();
    }
    shown = "";
  }
}
