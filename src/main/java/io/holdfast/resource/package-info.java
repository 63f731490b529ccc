/**
 * One sharded actor for each target resource: the {@link io.holdfast.resource.Document}, whose data
 * the cluster owns, and the {@link io.holdfast.resource.Representation}, the stored responses of a
 * service's target.
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
 * <p><b>Stored responses.</b>
 *
 * <pre>
 *   edge --Ask--> Representation --Found--> edge, which keeps a copy: vouched for, for a second
 *                      |   \--Queued--> edge, until the flight lands
 *                      \--Go(ticket)--> edge, which fetches and gives its client what comes
 *   edge --Ask without patience, every 500 ms--> Representation: it still fetches
 *   edge --Store, Confirm, Unshare, Fail, Release(ticket)--> Representation
 *   edge --Invalidate--> Representation --Drop--> all who hold copies --Returned--> Invalidated
 * </pre>
 *
 * {@link io.holdfast.resource.RepresentationState} decides. The owner fetches nothing: the node
 * that asked first does, so an answer that is not to be stored passes through one node only, as it
 * comes. The {@link io.holdfast.resource.Ticket} says what was known when a fetch began; what began
 * before an invalidation or a purge is not stored. Messages get lost: whoever fetches asks again
 * now and then, with no patience, which tells the owner that it goes on; a fetch of which nothing
 * was heard for 3 s is waited for no more. An owner begins empty: what is stored is the service's,
 * and can be asked for again, once, with the validators that a node's copy has ({@link
 * io.holdfast.resource.ServedCopies}). Copies of an earlier owner are never fresh by themselves:
 * whether the target was invalidated in between nobody knows. An owner vouches only while the guard
 * proves the shard, for no longer than the proof lasts; an invalidation is answered when all copies
 * are given back or their time is over, and if the shard has just come here, when the time of what
 * its predecessor vouched for is over too.
 *
 * <p><b>Warm routes.</b> What is stored of them is kept in the database ({@link
 * io.holdfast.resource.Warm}), and an owner begins with it; unlike a node's copies it needs no word
 * of the service. For it is known not to have been made invalid: {@link
 * io.holdfast.resource.WarmEntry} carries the number of the last purge, and an invalidation removes
 * the row before it is answered ({@link io.holdfast.resource.WarmRow}). A generation in the row
 * would have to be written at an invalidation all the same, so nothing is cheaper than to remove
 * it; and where it is known that there is no row, nothing is written. Rows are of targets, not of
 * responses: they are read, written and removed as a whole, as an owner lives. Not kept are
 * failures, flights, and that an answer was one client's: a new owner finds that out again. What
 * was refreshed in the last moment before all died may be there as it was before; that is as fresh
 * as it says.
 *
 * <p>{@link io.holdfast.resource.PurgeLog} is what a node knows of purges: what is stored carries
 * the number of the last purge that was known, and whoever uses it asks what has become of it
 * since. So a purge touches nothing that is stored; it only has to be known. {@link
 * io.holdfast.resource.Purging} tells all nodes and waits for their word, {@link
 * io.holdfast.resource.PurgeLearning} reads what a node has missed, whether it was told or has seen
 * the number by itself.
 */
package io.holdfast.resource;
