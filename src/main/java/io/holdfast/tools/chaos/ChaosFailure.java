package io.holdfast.tools.chaos;

/** A run could not be made or finished; says nothing about promises. */
final class ChaosFailure extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Used wrongly, or cannot start. */
  static final int UNUSABLE = 2;

  private final int exitCode;

  ChaosFailure(int exitCode, String line) {
    super(line, null, false, false);
    this.exitCode = exitCode;
  }

  int exitCode() {
    return exitCode;
  }
}
