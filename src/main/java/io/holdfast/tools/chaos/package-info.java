/**
 * {@code scripts/chaos}: breaks a cluster of its own under load, and proves from the answers alone
 * that it did not lie.
 *
 * <p><b>What it does.</b> A run starts a fresh cluster with {@code scripts/cluster}, sends requests
 * at a fixed rate to the nodes that will survive, does harm at a third of the time and mends it
 * later, reads from a node that was paused when it goes on, asks again for each outcome that is not
 * known, reads each document through each node, and gives all of that to {@link
 * io.holdfast.tools.chaos.HistoryChecker}.
 *
 * <p><b>What it never does.</b> It sends nothing to a port that is not its own cluster's, and ends
 * no process but by {@code scripts/cluster}, which only touches what it started.
 *
 * <p><b>Decisions.</b>
 *
 * <ul>
 *   <li>The load is open: each request is due at a time that no answer delays, and latency counts
 *       from then. A cluster that stands still for a second shows as a second, not as a rest.
 *   <li>The checker knows nothing of the cluster's inside. Each value is written once, and the
 *       entity tag orders the changes of one document; so each answer can be compared with what was
 *       known before its request began, in one pass per document, without a search over possible
 *       orders.
 *   <li>It is sound before it is complete: an outcome that is not known may have happened at any
 *       time after its request was sent, or not at all, and a deletion's version is only bounded
 *       from below. What it reports is a lie; not every lie leaves a trace that it sees.
 *   <li>Marks are lies of another kind where nothing is wrong: before the harm, and again when all
 *       nodes have their share and have had 10 s to settle. The limits of the recovery are those of
 *       {@link io.holdfast.tools.chaos.Fault}.
 *   <li>All attempts with one request key are one write, which takes effect at most once, at some
 *       time after its first attempt was sent.
 * </ul>
 */
package io.holdfast.tools.chaos;
