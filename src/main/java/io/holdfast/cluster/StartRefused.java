package io.holdfast.cluster;

/** This node must not be started as it is configured. The message is for the operator. */
public final class StartRefused extends Exception {
  private static final long serialVersionUID = 1L;

  StartRefused(String reason) {
    super(reason);
  }
}
