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
   * @param cacheStatus ours; {@code -} if there is none
   */
  void answered(RequestHead head, int status, String cacheStatus, long nanos);
}
