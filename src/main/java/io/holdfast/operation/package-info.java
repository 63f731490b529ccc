/**
 * Operations: requests that were accepted to be carried out later, whatever dies meanwhile (promise
 * G10). Here is what is decided about them, pure: {@link io.holdfast.operation.AttemptPolicy} says
 * what becomes of one after an attempt. Their rows, and the right to change them, are in {@link
 * io.holdfast.database.OperationRows}.
 *
 * <p>Where it is carried out: an operation that need not be in order with others may have any slot,
 * and gets one whose lane runs on the node that accepted it ({@link io.holdfast.operation.Nearby}):
 * no other node is told, and its request need not be read again. Told and read, each operation took
 * a quarter of the nodes' processor time more. Only when no lane there keeps up, its id says which
 * slot it gets, so that all nodes have a share of what waits; then lanes elsewhere are told once in
 * a while that there is more, and read it a page at a time.
 */
package io.holdfast.operation;
