package io.holdfast.tools.lab;

/** A lab could not be made, or a way in it not be cut or healed. */
public final class LabFailure extends RuntimeException {
  private static final long serialVersionUID = 1L;

  LabFailure(String message) {
    super(message);
  }
}
