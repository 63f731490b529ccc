/**
 * Reaches services: chooses an instance, tries, tries another, gives up in time, and shares with
 * the other nodes what it has learned.
 *
 * <pre>
 *   client's connection (edge)
 *      |  ForwardClient / Forwarding, on one event loop
 *      |            \-- KeyedForward (a write under an Idempotency-Key) -- KeyStore
 * Forward ---- Upstream (room, choice, budget, breakers; one lock)
 *      |             |  reports and verdicts, several times a second
 *   InstanceConnection   Stewards (one actor on each node) <---> Stewards of other nodes
 *      |
 *   instance
 * </pre>
 *
 * <p><b>What it does.</b> {@link io.holdfast.upstream.Forward} takes a request through its life;
 * what it decides it asks of {@link io.holdfast.upstream.Upstream}, which knows what this node
 * knows of a service. {@link io.holdfast.upstream.ResponseReader} finds where answers begin and
 * end, and gives up on what two readers could understand in two ways. {@link
 * io.holdfast.upstream.Stewards} is what the nodes know together.
 *
 * <p>A write under an {@code Idempotency-Key} is {@link io.holdfast.upstream.KeyedForward}'s:
 * before it is forwarded, and before its answer is given, the table that all nodes share is asked
 * ({@link io.holdfast.upstream.KeyStore}; it is in the database, which this package does not know).
 * {@link io.holdfast.upstream.KeyedDecision}, by what is in its row:
 *
 * <pre>
 *                                               not repeatable     repeatable
 *   no row                                      made: carried out  made: carried out
 *   another fingerprint                         422                422
 *   answered                                    replayed           replayed
 *   answered, too large to be kept              409                409
 *   running, within its time, its node lives    waits              waits
 *   running, its time is over, its node gone    504                taken over: carried out
 *   unknown                                     504                taken over: carried out
 * </pre>
 *
 * <p><b>What it never does.</b> It keeps no more content than can be sent again (64 KiB), but for a
 * write under a key, which it has to compare; it repeats nothing that may have been carried out
 * unless that is safe; it never ends an answer that broke off as if it were whole; and no request
 * waits for another node.
 *
 * <p><b>Decisions.</b>
 *
 * <ul>
 *   <li><i>Forwarded requests do not enter the HTTP model.</i> The client's bytes, checked at the
 *       edge, become the instance's on the same event loop, and so does the answer on its way back:
 *       no stream, no actor, no other thread. Fields are read once and written once.
 *   <li><i>Two breakers before each service and instance</i> ({@link
 *       io.holdfast.upstream.Circuit}): one that all nodes share, on which the steward judges from
 *       everybody's counts, and one of this node's own trouble. What is open is tried out with a
 *       client's request, first by the steward, then by each node in turn for 200 ms, as its
 *       verdicts say: not every node has requests for each service. What came of it is told at
 *       once.
 *   <li><i>open-max is a promise to the clients</i>: within that time after a service is well again
 *       all nodes let all calls through. So no breaker is open for more than half of it (unless
 *       {@code open} itself is longer), and the ramp takes an eighth.
 *   <li><i>An instance is closed for one reason at a time</i> ({@link
 *       io.holdfast.resilience.Gate}): because it is an outlier while others can be used, or
 *       because its breaker has opened; both end with one call that tries it out. That is one which
 *       another instance can answer if this one does not, or, when none such comes for two seconds,
 *       any.
 *   <li><i>Balancing hides what hangs from the breaker</i>: it avoids the instance so well that the
 *       calls which a rate needs never come together. So two calls that wait in vain while nobody
 *       is answered are enough to leave it out ({@link io.holdfast.resilience.Row}).
 *   <li><i>Which verdict a count belongs to is said by its epoch.</i> After a breaker lets calls
 *       through again, what was counted before is counted no more, on whichever node it was.
 *   <li><i>Standby instances stand behind the breaker</i>: they are used when it is open, and what
 *       they answer says nothing about the service itself.
 *   <li><i>attempt-timeout is for a silence</i> of the instance: an upload or a download may take
 *       as long as it moves, and a client that pauses is nobody's failure but its own. The route's
 *       deadline is for the beginning of the answer.
 *   <li><i>A client that ends its output while it could send more requests has gone away</i>, and
 *       its request is given up at the instance. Who said that it would send no more may end its
 *       output and wait.
 *   <li><i>The limit of calls in flight is each node's own</i>, and adapts to what it measures.
 *   <li><i>A write under a key is repeatable</i> if it is by its method (PUT, DELETE), or its
 *       service honours keys. The token in its row says whose attempt counts: who has lost the row
 *       answers with what the other has written, not with what he has got.
 *   <li><i>It outlives its client</i> once it has been sent: to give it up would leave its outcome
 *       unknown to the client's next attempt, which is on its way.
 *   <li><i>An answer that cannot be kept is not guessed.</i> It is given to the first who asked,
 *       and the row says that there was one: a repeat gets 409.
 *   <li><i>The row's time has a margin of 10 s</i> behind the last moment in which its maker may
 *       still send or write: clocks of nodes do not decide, the database's does.
 *   <li><i>Checks are the JDK's client's</i>: they are few, and have nothing to do with how
 *       requests are carried.
 * </ul>
 */
package io.holdfast.upstream;
