/**
 * The operator's port: probes for whoever routes traffic, metrics for whoever watches, and orders
 * for whoever runs the cluster.
 *
 * <p>{@code /livez} says that the process runs and answers. {@code /readyz} says that requests may
 * be sent here: the node is in the cluster, reaches the shards, and does not drain. A database that
 * is away does not make a node unready while it serves from memory. Nothing here takes part in
 * answering the public port, and nothing here waits longer than its shard region takes to answer.
 */
package io.holdfast.admin;
