/**
 * All SQL: schema, journal, snapshots, shard rows, registry, listings; and the health of the
 * connection. The only package with JDBC.
 *
 * <p>The journal is Pekko's own seam ({@link io.holdfast.database.Journal}, {@link
 * io.holdfast.database.Snapshots}: thin shells) over plain JDBC; pekko-persistence-jdbc was not
 * taken, since its transactions have no place for the fence's locks and the listing's rows, and it
 * begins eight small ones at once before it batches anything. One thread of a node writes, all that
 * waits in one transaction:
 *
 * <pre>
 *   fence: lock the rows of the batch's shards that name this incarnation, read the timeline
 *      rows not ours --------------------------> rejected SHARD_LOST, alone
 *      another history than the known one -----> all rejected TIMELINE_CHANGED, everybody re-reads
 *   events, changes, listing rows, snapshots and what they make superfluous
 *      a key exists, a value is refused -------> the batch in halves, down to the guilty entity
 *      connection lost, server's own failure --> Unavailable, not written
 *   COMMIT
 *      failed ---------------------------------> Unavailable, may have been written
 * </pre>
 *
 * A commit whose outcome is not known may still land. Its shard's entities are read again only once
 * that transaction has certainly ended ({@link io.holdfast.database.UnknownCommits}). Snapshot,
 * highest number and events are read in one statement ({@link io.holdfast.database.Recoveries}).
 *
 * <p>A take-over ({@link io.holdfast.database.ShardRows}) updates a row that the fence locks: it
 * waits for a write under way and turns away every later one. That alone decides who may write; the
 * journal's primary key is the last line behind it. Nothing is retried here, because only whoever
 * knows the request can tell whether it was done.
 *
 * <p>Limits: nothing waits for ever. Connecting 1 s, an answer 3 s, a statement 2 s, a row of a
 * take-over 300 ms, a transaction that lies idle 1 s (PostgreSQL ends it; on H2 the take-over that
 * suffers from it does), the guard's question 1 s. While the database is away ({@link
 * io.holdfast.database.DatabaseHealth}) writes are refused at once.
 *
 * <p>The pool is our own: general pools, as HikariCP, open connections in the background and pause
 * between attempts, up to seconds, in which a database that is back stays unused. Threads: one
 * writes, one probes while something is wrong, a bounded few read. None is an actor's dispatcher.
 *
 * <p>The time of day is the database's, too ({@link io.holdfast.database.DatabaseClock}): what one
 * node writes down another can compare, whatever their machines' clocks say. A test lists who may
 * read those.
 *
 * <p>The database's history has a generation ({@link io.holdfast.database.Timeline}): a promoted
 * standby may lack what was acknowledged, so after a change an entity writes only once it was read
 * again. The rows of shards may have gone back to an earlier owner too, while whoever had them last
 * still answers by the former primary's word; so for the guard's time nothing is written, and
 * nothing answered as current. Every new connection is asked which history it is in: a former
 * primary that nobody stopped is not believed, and the next host of the URL is tried first.
 *
 * <p>Writes to services under an {@code Idempotency-Key} have a row each ({@link
 * io.holdfast.database.KeyedRequests}), outside of the journal and its fence: the INSERT is the
 * lock, and a token in the row tells whoever asks again, after a commit whose outcome was not
 * heard, that it was his. Two transactions for a write, one for a repeat; those who wait on one
 * node look together. Rows go after 24 hours, 500 at a time, and beyond the newest ones of their
 * scope.
 *
 * <p>Purges of stored responses are numbered rows ({@link io.holdfast.database.Purges}). The newest
 * number stands in a row of its own, which whoever adds one holds until the commit: so numbers come
 * to light in their order, and one number says what a node has missed. A promotion may lose the
 * last ones: a node that was paused when they were made would go on with what they have removed. So
 * with each new history everything is purged; the service is asked once for each target, by single
 * flight, which is less than to show what somebody wanted to be gone.
 *
 * <p>Stored responses of warm routes are rows, too ({@link io.holdfast.database.WriteBehind}),
 * outside of the journal and under the same fence, whose rows are held alone here: nobody else
 * writes under them, and so a removal that is committed has waited for each write before it, also
 * one whose commit nobody heard of. A transaction that failed, whatever has become of it, is
 * followed by the removal of all that it wrote. A row holds only if every owner of its shard since
 * has looked after it:
 *
 * <pre>
 *   shard_owner.epoch     6         7         8            9
 *   stored_slot.epoch     6         7     (not warm)    7: a gap, so all rows of the slot go
 * </pre>
 *
 * <p>That is so for nodes of an earlier version and for other configurations, without asking them.
 *
 * <p>Round trips of a batch: three on PostgreSQL (fence, all rows, commit), one for each kind of
 * row on H2. Columns travel as arrays ({@link io.holdfast.database.RowBatch}).
 */
package io.holdfast.database;
