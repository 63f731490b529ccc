package io.holdfast.tools;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Which port is whose.
 *
 * @param base 8080 gives node 1 the ports 8081 (HTTP), 9081 (admin), 7081 (remoting), 6081
 *     (lifeline), and the embedded database 9170
 */
record Ports(int base) {
  static final int BASE_DEFAULT = 8080;

  /** The lifelines' ports stay above the ones that only root may open. */
  static final int BASE_MIN = 3024;

  static final int BASE_MAX = 64_000;

  /** The next port after the last node's is the database's. */
  static final int NODES_MAX = 89;

  private static final int DATABASE = 1090;

  Ports {
    if (base < BASE_MIN || base > BASE_MAX) {
      throw Refusal.unusable(
          "--base-port %d: give %d to %d; the ports of a node lie up to 2000 below and 1089 above it",
          base, BASE_MIN, BASE_MAX);
    }
  }

  int http(int node) {
    return base + node;
  }

  int admin(int node) {
    return base + 1000 + node;
  }

  int remoting(int node) {
    return base - 1000 + node;
  }

  int lifeline(int node) {
    return base - 2000 + node;
  }

  int database() {
    return base + DATABASE;
  }

  /** A node's ports by what they are for. */
  Map<String, Integer> of(int node) {
    var ports = new LinkedHashMap<String, Integer>();
    ports.put("http", http(node));
    ports.put("admin", admin(node));
    ports.put("remoting", remoting(node));
    ports.put("lifeline", lifeline(node));
    return ports;
  }
}
