/**
 * The public port: sockets and bytes before the HTTP model, and the handler's place behind it.
 *
 * <pre>
 *   socket -> Connection -> RequestFraming -> SocketStage -> pekko-http -> HandlerStage -> Handler
 *   socket <- Connection <- ResponseFraming <- SocketStage <- pekko-http <- HandlerStage <- Handler
 * </pre>
 *
 * <p><b>What it does.</b> {@link io.holdfast.edge.HttpServer} accepts connections. {@link
 * io.holdfast.edge.RequestFraming}, which is pure, decides where requests begin and end and refuses
 * what two readers could understand in two ways; {@link io.holdfast.edge.Connection} carries that
 * out. Only whole, checked heads and the bare data of content reach pekko-http, which makes the
 * {@code HttpRequest} and renders the {@code HttpResponse}. {@link
 * io.holdfast.edge.ResponseFraming} tells when an answer has been written, so that the connection
 * always knows whether it is between requests: there, before pekko-http, an answer from memory can
 * be given later.
 *
 * <p><b>Behind it.</b> {@link io.holdfast.edge.Dispatch} finds the route, {@link
 * io.holdfast.edge.DocumentHandler} checks what can be checked without the document and turns
 * outcomes into responses, {@link io.holdfast.edge.Courier} carries commands to owners, holds what
 * is not answered and sends it again. A write that was sent more than once is refused only by an
 * answer that the journal keeps: an earlier attempt may still be on its way, and without that it
 * could be carried out after the client was told that it was not. A write that nobody has answered
 * at its deadline is called off where it has not left the node and no owner here has taken it up
 * ({@link io.holdfast.resource.Passage}): 503, and certainly not carried out. Else its outcome is
 * unknown, 504; that an owner on another node has not said that it got a write proves nothing about
 * a message that may still be on its way, and clocks of two nodes cannot end a message's time.
 *
 * <p>What a route gives to a service goes by {@link io.holdfast.edge.ServiceWay}, without the HTTP
 * model. A write among that with an {@code Idempotency-Key} ({@link io.holdfast.edge.ServiceKeys})
 * is carried out once; its content is whole in memory, within the same budget as documents' is.
 *
 * <p>Where a route stores responses, {@link io.holdfast.edge.StoredWay} goes first: a {@link
 * io.holdfast.edge.CachedExchange} answers a retrieval from a copy, from the owner, or by a {@link
 * io.holdfast.edge.Fetch}, which collects the answer while its client gets it; anything else passes
 * an {@link io.holdfast.edge.InvalidatingAnswer}. A plain fresh hit takes the short way of {@link
 * io.holdfast.edge.QuickHit}. No request waits for an owner that does not answer: with a copy that
 * will do for 50 ms, without one for 800 ms, and not at all for the answer to it: then the service
 * is asked, and what it says is not stored.
 *
 * <p>{@code /operations} and all below goes to {@link io.holdfast.edge.OperationsHandler} before
 * any route is looked for. What it answers is in the database, so any node does. Whoever waits for
 * a change waits in {@link io.holdfast.operation.Operations}, and asks once more when nothing came:
 * so 304 is said of what is unchanged now, and not by who could not look. A change whose end is not
 * known is 504, for a 503 promises that nothing was done. An operation's result is another's answer
 * and goes by {@link io.holdfast.edge.OperationResultWay}, without the HTTP model, which would
 * write it anew.
 *
 * <p><b>What it never does.</b> The sockets' side knows no route and no resource and holds no whole
 * content; nothing here blocks.
 *
 * <p><b>A connection.</b>
 *
 * <pre>
 *                head complete                      answer written, request complete
 *   BETWEEN ---------------------> RUNNING -----------------------------------------> BETWEEN
 *      |  \-- too many in flight --> SHED (503 written) -- content skipped ---------> BETWEEN
 *      |                              |
 *      | refused, timed out, drained  | refused content, answer said close
 *      v                              v
 *   LINGERING: output ended, up to 1 MiB and 2 s of input dropped ------------------> CLOSED
 * </pre>
 *
 * <p><b>Why Netty.</b> GET of 300 bytes and five fields, wrk with 64 connections on the same two
 * cores, OpenJDK 17, 8 s after 8 s of warm-up, three alternating rounds, CPU of the server; other
 * work was on the machine:
 *
 * <pre>
 *                                             requests/s         CPU s per 1,000 requests
 *   first run
 *     Netty epoll, one loop, stream on it     64,000 to 89,000   0.011 to 0.016
 *     Pekko Tcp, same framing, serverLayer    42,000 to 48,000   0.029 to 0.034
 *     pekko-http bindSync, no such checks     40,000 to 44,000   0.032 to 0.036
 *   second run
 *     Netty epoll, one loop                   82,000 to 92,000   0.011 to 0.012
 *     Netty epoll, two loops                  60,000 to 79,000   0.013 to 0.015
 *   last run, all that is here now
 *     Netty epoll, one loop                   74,000 to 89,000   0.011 to 0.014
 *     Pekko Tcp, framing only, no limits      46,000 to 52,000   0.028 to 0.030
 * </pre>
 *
 * Half the cost or less in every round, so the sockets are Netty's and the HTTP model stays
 * pekko-http's. Epoll and NIO cost nearly the same (0.012 to 0.014 beside 0.013 to 0.015; NIO takes
 * over where the native library does not load), so the gain lies in what is missing between the
 * socket and the handler: an actor, and a thread to wake, since {@link
 * io.holdfast.edge.LoopDispatcher} runs the connection's stream on the event loop that owns the
 * socket. How much of it each of the two brings was not measured. It is also why a handler must not
 * block. There is one loop for two cores: a second was slower in every round.
 *
 * <p><b>Decisions.</b>
 *
 * <ul>
 *   <li><i>One request of a connection at a time.</i> A refusal is then in order by itself, a
 *       request counted as in flight is one that is worked on, and pipelining clients wait at their
 *       own socket. Browsers and proxies do not pipeline.
 *   <li><i>Chunks are framed anew</i>, extensions and trailers end here. Nothing behind can read
 *       them differently, and a chunk of any size costs no memory (pekko-http would collect it).
 *   <li><i>A repeated Content-Length is refused</i> even when equal (RFC 9112 section 6.3 allows
 *       either): refusing needs no rewriting.
 *   <li><i>An unknown method</i> reaches the handler, by travelling under a registered name; {@code
 *       CONNECT} is 501 and {@code TRACE} 405 here. Beyond 32 characters: 501.
 *   <li><i>Another HTTP version</i> is 505 with the problem type {@code
 *       http-version-not-supported}.
 *   <li><i>One walk over the connections of a loop</i> watches all time limits, eight times within
 *       the shortest one (at most once a second): no timer per connection or request. A limit is
 *       kept to an eighth, or a second.
 *   <li><i>A client that ends its output</i> gets its answers. It cannot be told from one that went
 *       away until something is written, so its request is worked on either way.
 *   <li><i>Draining</i> announces {@code Connection: close} in the answer itself, and closes a
 *       silent connection only after a second of silence: a client that uses it has sent by then,
 *       so no request meets a closed socket.
 *   <li><i>When the port closes</i> every request that has begun to arrive gets an answer: what is
 *       whole within 8 s its own, the rest 503, and is not carried out. Shards are handed over only
 *       after that, so what is answered has its owner still.
 *   <li><i>The node's own requests</i> ({@link io.holdfast.edge.OwnRequests}) come through this
 *       port like a client's, and are told from them by the address of their socket alone.
 *   <li><i>A broken request</i> fails its stream from the front only, so that the handler's content
 *       fails for the reason, not by the cancellation of its response.
 *   <li><i>Fields stay raw</i> ({@code modeled-header-parsing} off): cheaper, and what is forwarded
 *       is what was sent. {@code Raw-Request-URI} has the target as sent.
 * </ul>
 */
package io.holdfast.edge;
