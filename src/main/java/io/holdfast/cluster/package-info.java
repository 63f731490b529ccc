/**
 * A node's life: find the others, notice death, decide who stays, go in order.
 *
 * <p>What it never does: decide who owns a shard, or who may answer as current. Those are the rows
 * of {@code shard_owner} and the guard, in package {@code ownership}; membership may be wrong for a
 * while without harm. And it never makes a node give up because the database is away.
 *
 * <pre>
 *               register            enter: members there are          confirm
 *   (started) ------------> outside ------------------------> joining ---------> member
 *                 formation 0  |  ^                    -F         |         F      |
 *                              |  +-- members all dead: form -----+                |  written off by others,
 *                              +----- no members: form F+1, join oneself           |  or lost the arbitration
 *                                                                                  v
 *      leave: gone and dead  <------------- orderly stop -----------------   start anew
 * </pre>
 *
 * <b>Decisions.</b>
 *
 * <p><em>An incarnation is an actor system.</em> Its id is the unique id of the node's Pekko
 * address, so members and rows map one to one, and a restart, also one in the same process, is
 * another incarnation. Whoever registers an address proves that its former holder has ended. But
 * two machines may have the same address, each for itself, and two nodes the same name, by mistake:
 * then the first goes on giving signs of life, and the second does not register and does not start
 * ({@link io.holdfast.cluster.NamesakeDecision}). Each would write off the other, for ever.
 *
 * <p><em>Arbitration needs no lease and no time.</em> The arbiter's row is locked, and in one
 * transaction a node says: I am not written off, therefore these are ({@link
 * io.holdfast.database.Registry#remove}). The first commit wins, and who was written off can decide
 * nothing any more: two sides of a partition never both survive, and a minority down to one node
 * can. Pekko's own resolver with a lease was not taken because its lease expires by clocks, and
 * because a failed acquisition makes it down its own side: with the database away and one node
 * dead, everybody. Here, while the database does not answer, everybody waits ({@link
 * io.holdfast.cluster.Arbitration}). Times only decide who tries first, so that the larger side, or
 * the one with the oldest member, normally wins.
 *
 * <p><em>Forming a cluster is the same kind of decision.</em> It succeeds only if every member of
 * the current formation was judged dead, and writes them off. Three nodes that start at once on an
 * empty database all try; one wins, the others find it. A node counts as a member ({@code formation
 * = F}) once another member has let it in; while it only asks its row says {@code -F}, so that
 * nodes that wait for a dead member do not hold up each other. What it joined is checked then, and
 * again when it is up: it must be the current formation, and it must never have met a member of
 * another. And all other members must have heard of it: where whom it joined died before it told
 * them, they never will, and it starts anew.
 *
 * <p><em>Death is certain only when the peer's own host says so</em> ({@link
 * io.holdfast.cluster.LifelineDecision}): a lifeline breaks, and a new connection is refused
 * several times running, or answered by another incarnation. A time-out, a reset with a working
 * reconnect, or no route prove nothing, and a stopped process keeps its sockets. A node listens
 * before it registers and until its actor system has ended. The certainly dead are quarantined and
 * downed before the row is written, since there is nobody to harm.
 *
 * <p><em>Start anew, in the same process.</em> A node that was written off calls back once; its
 * actor system is terminated and another one begins, with the same ports. Pekko's own
 * shutdown-when-down is off for that.
 *
 * <p><em>A node that does not answer itself leaves, if another one serves</em> ({@link
 * io.holdfast.cluster.SelfCheckDecision}). It says with each sign of life whether it serves; the
 * database says since when, by its clock. Who has failed for long enough writes itself off in the
 * arbiter's transaction, where one of the others has served all that time: so of nodes that cannot
 * serve the last one never goes, and a machine that is too busy for all of them makes none go. Its
 * watch runs on threads of its own and does not even wait for a log line. Where the parts of its
 * life do not end either, the process does ({@link io.holdfast.cluster.Departure}). On two
 * processors with a load of 25 its answers took 0.2 s at most; it waits 3 s for one, and gives up
 * after 15 s and three in a row.
 *
 * <p><em>A node leaves over a lost database only if a peer reaches the database.</em> A member that
 * the database has not heard of for five seconds, while it has answered us all that time, is
 * removed by the oldest that the database does hear.
 */
package io.holdfast.cluster;
