/**
 * The operator's port: probes for whoever routes traffic, metrics for whoever watches, and orders
 * for whoever runs the cluster.
 *
 * <p>{@code /livez} says that the process runs and answers. {@code /readyz} says that requests may
 * be sent here: the node is in the cluster, reaches the shards, and does not drain. A database that
 * is away does not make a node unready while it serves from memory. Nothing here takes part in
 * answering the public port, and nothing here waits longer than its shard region takes to answer.
 *
 * <p>With {@code admin.token} set, a request without it gets 401, whatever it asks for. The two
 * probes alone stay open: load balancers and supervisors send no credentials, and a probe tells no
 * more than a connection to the public port would.
 *
 * <p>An order to purge ({@code /cache/purge}) is answered when it is done: 200 when every node has
 * said so, 202 with the names of those that have not. What cannot be meant is refused as a whole,
 * and says what can: an order that purges less than was thought is worse than none.
 *
 * <p>Log levels are this process's alone, and last as long as it: what shall last is in {@code
 * logback.xml}. Pekko keeps what is below {@code pekko.loglevel} from ever reaching a logger.
 */
package io.holdfast.admin;
