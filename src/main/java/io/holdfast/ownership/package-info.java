/**
 * Which shards this node owns, and until when it may answer as current.
 *
 * <p>Three questions, three mechanisms. <em>Who may write?</em> Whoever the shard's row in {@code
 * shard_owner} names: every journal transaction locks it first ({@code database.JournalDao}). Who
 * takes a shard over updates that row, so it waits for a write under way and turns away every later
 * one. <em>Who may answer as current?</em> Whoever has seen the row as its own within the guard's
 * time ({@link io.holdfast.ownership.GuardState}). A successor waits that long before it serves,
 * unless nobody can answer any more for the predecessor: it released the row, it was this very
 * incarnation, its process is certainly dead, or it has seen that it is written off, closed its
 * guard for good and said so in its row. Then it waits only until nothing is given as current any
 * more that a predecessor had vouched for, some milliseconds before its end, to another node
 * ({@link io.holdfast.ownership.TakeOver}). <em>Who decides on membership?</em> The arbiter, in
 * package {@code cluster}; nothing here depends on it being right.
 *
 * <pre>
 *            acquire                take-over commits          guard time waited
 *   (free) ----------> wanted ----------------------> taken -------------------> owned
 *                        ^   database away, row locked   |                         |  a poll finds the
 *                        +--------- try again -----------+          release        |  row gone: lost
 *   (free) <-----------------------------------------------------------------------+--> start anew
 * </pre>
 *
 * Decisions: Pekko's shards ask through the lease seam ({@code pekko.cluster.sharding.use-lease}),
 * so a shard starts no entity before it owns its row, whatever sharding believes. An acquisition
 * never fails while the database is away; it stays open, and messages wait in the shard. All shards
 * that wait are taken in one transaction. A row that another live node still holds gets a short
 * patience first: in a planned hand-over its release is on the way, and then nobody has to wait.
 *
 * <p>The poll also says the number of the newest purge of stored responses, in the same question. A
 * number that is new is applied before the proof counts ({@link io.holdfast.ownership.PurgeWatch}):
 * what a node may answer as current, it answers after every purge that was made up to the moment of
 * the question.
 */
package io.holdfast.ownership;
