/**
 * The operator's port: probes for whoever routes traffic, metrics for whoever watches, and orders
 * for whoever runs the cluster.
 *
 * <p>{@code /livez} says that the process runs and answers. {@code /readyz} says that requests may
 * be sent here: the node is in the cluster, reaches the shards, and does not drain. A database that
 * is away does not make a node unready while it serves from memory. Nothing here takes part in
 * answering the public port, and nothing here waits longer than its shard region takes to answer.
 *
 * <p>With {@code admin.token} set, a request without it gets 401, whatever it asks for. The probes
 * stay open: load balancers and supervisors send no credentials, and a probe tells no more than a
 * connection to the public port would. So do the page's files, since a browser has no token before
 * it has a page to ask for it with; of the cluster they tell where its operator's ports are, and
 * nothing else.
 *
 * <p>An order to purge ({@code /cache/purge}) is answered when it is done: 200 when every node has
 * said so, 202 with the names of those that have not. What cannot be meant is refused as a whole,
 * and says what can: an order that purges less than was thought is worse than none.
 *
 * <p>The page at {@code /} is files alone; what it shows comes by {@code /events}. A node asks the
 * others for their pulses and stories ({@link io.holdfast.admin.Pulses}) only while somebody
 * watches through it, and all who do share one round of questions, twice a second. A pulse is
 * counts since a life began: whoever wants rates takes two. What happened is told by the log's own
 * lines, so that there is one story and not two. The page that came from one node goes on at
 * another, from the first one's origin: the ports of the nodes that asked are known, and no other
 * origin may ask ({@link io.holdfast.admin.CrossOrigin}). Its charts are uPlot's, from the
 * library's own jar; nothing in it needs a looser policy than {@code 'self'}. That a token is set
 * stands in the page itself: a browser would log the first 401 as an error.
 *
 * <p>A resource ({@code /resources}) is looked for on all nodes at once, and in the database: its
 * owner alone would not answer while it moves, and asking it would wake it up. Nobody is told what
 * is in it: contents are for who may ask on the public port.
 *
 * <p>Log levels are this process's alone, and last as long as it: what shall last is in {@code
 * logback.xml}. Pekko keeps what is below {@code pekko.loglevel} from ever reaching a logger.
 */
package io.holdfast.admin;
