/**
 * {@code scripts/chaos}: breaks a cluster of its own under load, and proves from the answers alone
 * that it did not lie.
 *
 * <p><b>What it does.</b> A run starts a fresh cluster with {@code scripts/cluster}, writes each
 * document and reads it through each node, and then sends requests at a fixed rate to the nodes
 * that are not harmed, while one {@link io.holdfast.tools.chaos.Round} after another is played: one
 * {@link io.holdfast.tools.chaos.Fault}, or two of which the second comes before the first is
 * mended. It reads from nodes that are harmed and may answer all the same, asks again for each
 * outcome that is not known, reads each document through each node, and gives all of that to {@link
 * io.holdfast.tools.chaos.HistoryChecker}.
 *
 * <pre>
 *   a node    asked --spare--> left alone --harm--> harmed --mend, well for 5 s--> asked
 *             asked --move--> asked while it says that it is ready --settle--> asked
 * </pre>
 *
 * <p><b>What it never does.</b> It sends nothing to a port that is not its own cluster's, and ends
 * no process but those of its own cluster and its own busy loops.
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
 *       nodes have their share and have had 10 s to settle.
 *   <li>A fault is one class: whom it is done to, the harm, the mending, and {@link
 *       io.holdfast.tools.chaos.Limits}. Beyond a limit is a violation. Beyond a {@link
 *       io.holdfast.tools.chaos.Goal} is not: it is what all runs together shall reach, and is
 *       printed when they do not. Two faults at once have the limits that are common to both, and
 *       no goals.
 *   <li>A {@link io.holdfast.tools.chaos.Walk} is a row of plans made beforehand by its seed; only
 *       the names of the nodes are found out while it is played, because which is the oldest
 *       depends on what happened.
 *   <li>What was asked of a node while it was harmed counts for no floor and no gap; it must not be
 *       a lie all the same.
 *   <li>Gaps of reads count where the asked node must have a copy: where it has answered about the
 *       document before, in the same life.
 *   <li>Nodes that come and go in order are asked as a balancer would, which looks at them twice a
 *       second: then not one request may fail.
 *   <li>Documents that nobody asks for ({@link io.holdfast.tools.chaos.Bystanders}) are copies that
 *       the database makes before the first request of the load. Their schema goes when the cluster
 *       has stopped: nodes that run would hold locks on it.
 *   <li>All attempts with one request key are one write, which takes effect at most once, at some
 *       time after its first attempt was sent.
 * </ul>
 */
package io.holdfast.tools.chaos;
