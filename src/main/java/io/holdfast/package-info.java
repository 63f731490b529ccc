/**
 * The program: reads the command line and the configuration, and starts one node.
 *
 * <p>{@link io.holdfast.Main} knows the command line, {@link io.holdfast.HoldfastSettings} every
 * setting of every package and the checks between them, {@link io.holdfast.Node} that a node has
 * one life after another in its process, {@link io.holdfast.Life} how the parts of one life are
 * wired and taken apart. Nothing imports this package.
 *
 * <p>Decisions: all faults of a configuration are printed at once and the process ends with 2
 * before an actor system exists. A collection or route that the operator names takes what it leaves
 * out from the one in {@code reference.conf}, which is otherwise only there when the operator names
 * none: who defines {@code notes} does not get {@code docs} by surprise. Before a process is ready
 * for the first time it rehearses, unless nobody serves in a cluster that has served: it answers
 * requests of its own, to documents of the collection {@code ~}, which the design does not name and
 * no operator can; a few of them for each node's name stay in the journal as deleted.
 */
package io.holdfast;
