/**
 * One sharded actor for each target resource; so far the {@link io.holdfast.resource.Document},
 * whose data the cluster owns.
 *
 * <pre>
 *   (in the journal) --first message--> recovering --events read--> answering --idle--> (in the journal)
 *                                          ^                            |
 *                                          +-- commit failed, unknown,  |
 *                                              rejected, new history <--+
 * </pre>
 *
 * Decisions: {@link io.holdfast.resource.DocumentState} decides and sees neither clock nor actor.
 * An event carries the whole resulting content and the answer that was given, so a request key is
 * in the journal exactly when its effect is. What is not the direct result of a commit (a read, an
 * unchanged PUT, 404, 412, a replay) is answered as current only while the guard proves ownership.
 * The entity tag is the sequence number of the event that last changed the document; after the
 * database's history has changed, with the generation behind it. A {@link
 * io.holdfast.resource.Patch} is pure: from the bytes of a document it makes the bytes of another,
 * or says why not, in bounded work.
 *
 * <p>{@link io.holdfast.resource.ChangeFeed} tells those who watch a collection what has been
 * committed. One thread looks at the database for all of them, and does nothing of unbounded
 * length: what a reader missed ({@link io.holdfast.resource.CatchUp}) is read a page at a time
 * between two looks, and old changes are removed elsewhere ({@link
 * io.holdfast.resource.ChangeExpiry}). A reader's catch-up is held as a whole, for a document's
 * changes may stand in several streams, and only their versions say in which order they came.
 *
 * <p>{@link io.holdfast.resource.PurgeLog} is what a node knows of purges: what is stored carries
 * the number of the last purge that was known, and whoever uses it asks what has become of it
 * since. So a purge touches nothing that is stored; it only has to be known. {@link
 * io.holdfast.resource.Purging} tells all nodes and waits for their word, {@link
 * io.holdfast.resource.PurgeLearning} reads what a node has missed, whether it was told or has seen
 * the number by itself.
 */
package io.holdfast.resource;
