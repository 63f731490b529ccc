/**
 * {@code scripts/bench}: how much a cluster of three nodes on one machine does, and at what cost.
 *
 * <p>The load comes from one thread with plain non-blocking sockets ({@link
 * io.holdfast.tools.bench.ClosedLoop}), because load and cluster share the processors: what the
 * load takes, the nodes do not have; so its share is printed too. The loop is closed: each
 * connection sends its next request when it has its answer. That measures what can be had at most,
 * and no stalls; those are measured by {@code scripts/chaos}, whose loop is open.
 *
 * <p>What it never does: touch a cluster that it did not start.
 */
package io.holdfast.tools.bench;
