package io.holdfast.edge;

import io.holdfast.http.RequestHead;
import io.holdfast.upstream.ForwardClient;
import io.holdfast.upstream.Forwarding;
import io.netty.channel.EventLoop;

/** How a request gets to a service, instead of to a {@link HttpServer.Handler}. */
public interface Way {

  /** Sends the request on its way. The answer, or a refusal, may come before this returns. */
  Forwarding go(RequestHead head, Peer peer, ForwardClient client, EventLoop loop, long nowNanos);

  /**
   * Its answer has been given: to be counted and logged.
   *
   * @param cacheStatus ours; empty if there is none
   * @param reason why Holdfast itself answers; empty: it does not
   */
  void answered(RequestHead head, int status, String cacheStatus, String reason, long nanos);

  /** Of the request's trace; empty if it is in none so far. */
  String traceId();
}
