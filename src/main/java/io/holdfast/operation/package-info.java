/**
 * Operations: requests that were accepted to be carried out later, whatever dies meanwhile (promise
 * G10).
 *
 * <pre>
 *   accepted --attempt--> running --answer that is final--> succeeded
 *      ^  |                 |  |
 *      |  +-- cancelled <---+  +-- attempts or deadline used up, unknown, too large --> failed
 *      +---- again, later --+                                  retried <-----------------+
 *   succeeded, failed, cancelled --retain is over--> expired --a day--> (forgotten)
 * </pre>
 *
 * <p>{@link io.holdfast.operation.Operations} is what clients may ask, at any node; {@link
 * io.holdfast.operation.Lane} carries out the operations of one slot, on the node that owns the
 * slot's row, and decides with the pure {@link io.holdfast.operation.Agenda} (what next) and {@link
 * io.holdfast.operation.AttemptPolicy} (what becomes of one after an attempt). How an attempt is
 * made is the edge's ({@link io.holdfast.operation.Attempts}). Rows, and the right to change them,
 * are in {@link io.holdfast.database.OperationTable}; of two who would end an operation its version
 * lets one through, so that a cancel and a late answer cannot both win.
 *
 * <p>Lanes are a sharded daemon process, and are told of news by the name that this gives its
 * sharding; news may be lost, so each lane also looks into the table now and then. An operation
 * that may be sent twice is sent at once, and written down as running only when that takes a while:
 * a node's death costs it an attempt that nobody counts. Any other is written down first.
 *
 * <p>Where it is carried out: an operation that need not be in order with others may have any slot,
 * and gets one whose lane runs on the node that accepted it ({@link io.holdfast.operation.Nearby}):
 * no other node is told, and its request need not be read again. Only when no lane there keeps up,
 * its id says which slot it gets, so that all nodes have a share of what waits; then lanes
 * elsewhere are told once in a while that there is more, and read it a page at a time.
 */
package io.holdfast.operation;
