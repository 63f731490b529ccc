package io.holdfast.config;

/**
 * Who this node is and where it listens.
 *
 * @param name unique among the cluster's nodes
 * @param host the address that peers and clients use to reach this node
 * @param httpPort the public API
 * @param adminPort probes, metrics, operator commands
 * @param remotingPort messages between nodes
 * @param lifelinePort the plain TCP connection by which peers notice that this process is gone
 */
public record NodeSettings(
    String name, String host, int httpPort, int adminPort, int remotingPort, int lifelinePort) {}
