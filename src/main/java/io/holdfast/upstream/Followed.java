package io.holdfast.upstream;

import java.util.List;

/**
 * Which configuration of services and routes is in force on a node.
 *
 * @param version the same on two nodes if, and only if, they follow the same
 * @param reloads how often the node was told to read it again
 * @param faults why the last reading was not followed; empty when it was
 */
public record Followed(String version, int reloads, List<String> faults) {}
