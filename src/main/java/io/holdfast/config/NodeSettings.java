package io.holdfast.config;

import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;

/**
 * Who this node is and where it listens.
 *
 * @param name unique among the cluster's nodes
 * @param host the address that peers and clients use to reach this node
 * @param httpPort the public API
 * @param adminPort probes, metrics, operator commands
 * @param remotingPort messages between nodes
 * @param lifelinePort the plain TCP connection by which peers notice that this process is gone
 * @param rehearsalRounds how often each client of the rehearsal plays its part before the node is
 *     ready; 0: no rehearsal
 */
public record NodeSettings(
    String name,
    String host,
    int httpPort,
    int adminPort,
    int remotingPort,
    int lifelinePort,
    int rehearsalRounds) {
  private static final int REHEARSAL_ROUNDS_MAX = 1000;

  /** Reads {@code holdfast.node}. */
  public static NodeSettings read(ConfigReader node) {
    var settings =
        new NodeSettings(
            node.name("name"),
            node.host("host"),
            node.port("http-port"),
            node.port("admin-port"),
            node.port("remoting-port"),
            node.port("lifeline-port"),
            node.integer("rehearsal-rounds", 0, REHEARSAL_ROUNDS_MAX));
    settings.checkPorts(node);
    return settings;
  }

  /** Do only processes of this machine reach this node's ports? */
  public boolean isOnLoopback() {
    return Hosts.isLoopback(host);
  }

  /** Of two equal ports the one that is not a default is at fault. */
  private void checkPorts(ConfigReader node) {
    var ports = new LinkedHashMap<String, Integer>();
    ports.put("http-port", httpPort);
    ports.put("admin-port", adminPort);
    ports.put("remoting-port", remotingPort);
    ports.put("lifeline-port", lifelinePort);
    var first = new HashMap<Integer, String>();
    ports.keySet().stream()
        .filter(node::good)
        .sorted(Comparator.comparing(node::isWritten))
        .forEach(
            key -> {
              var port = ports.get(key);
              var other = first.putIfAbsent(port, key);
              node.require(
                  other == null, key, port + " is " + other + " already; give each its own port");
            });
  }
}
