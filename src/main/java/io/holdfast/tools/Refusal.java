package io.holdfast.tools;

/** Ends a command with a line for the person: what is wrong, where, and what to do. */
final class Refusal extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** The command was right, and could not be done. */
  static final int FAILED = 1;

  /** Used wrongly, or cannot start. */
  static final int UNUSABLE = 2;

  private final int exitCode;

  private Refusal(int exitCode, String line) {
    super(line, null, false, false);
    this.exitCode = exitCode;
  }

  static Refusal failed(String line, Object... values) {
    return new Refusal(FAILED, line.formatted(values));
  }

  static Refusal unusable(String line, Object... values) {
    return new Refusal(UNUSABLE, line.formatted(values));
  }

  int exitCode() {
    return exitCode;
  }
}
