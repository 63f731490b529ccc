package io.holdfast.edge;

import io.holdfast.http.CacheStatus;
import io.holdfast.http.FieldLine;
import io.holdfast.http.HttpDate;
import io.holdfast.route.Fallback;
import io.holdfast.upstream.AnswerSink;
import io.holdfast.upstream.ForwardClient;
import io.holdfast.upstream.Forwarder;
import io.holdfast.upstream.Forwarding;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;

/** What a route answers when its service does not, and nothing is stored that would do. */
final class FallbackAnswer {
  private static final String DETAIL = "fallback";

  private FallbackAnswer() {}

  /**
   * @return what goes on, if it is another service's answer
   */
  static Optional<Forwarding> give(
      CachedRequest request,
      ForwardClient client,
      Forwarder loop,
      CachedExchange.Surroundings surroundings,
      CacheStatus status,
      ForwardClient.Failure failure) {
    var said = status.because(DETAIL).value();
    var fallback = request.fallback().orElseThrow();
    if (fallback instanceof Fallback.Fixed fixed) {
      client.cacheStatus(said);
      client.answering(fixed.status());
      client.write(fixed(fixed, request.isHead(), said, client));
      client.complete(false);
      return Optional.empty();
    }
    var upstreams = surroundings.upstreams();
    var other = upstreams.find(((Fallback.Elsewhere) fallback).upstream());
    if (other.isEmpty()) { // it was taken away this very moment
      client.refuse(failure);
      return Optional.empty();
    }
    client.cacheStatus(said);
    AnswerSink sink =
        loop.answerTo(client, request.forward().minorVersion(), upstreams.proxyName())
            .with(List.of(new FieldLine("Cache-Status", said)));
    return Optional.of(loop.forward(request.forward(), sink, other.get()));
  }

  private static ByteBuf fixed(
      Fallback.Fixed fixed, boolean isHead, String said, ForwardClient client) {
    var content = fixed.content().getBytes(StandardCharsets.UTF_8);
    var head = new StringBuilder("HTTP/1.1 ").append(fixed.status()).append(' ');
    head.append(StoredRendering.reason(fixed.status())).append("\r\n");
    head.append("Date: ").append(HttpDate.format(client.now())).append("\r\n");
    head.append("Cache-Status: ").append(said).append("\r\n");
    if (content.length > 0) {
      head.append("Content-Type: ").append(fixed.contentType()).append("\r\n");
    }
    if (fixed.status() != 204 && fixed.status() != 304) { // RFC 9110, section 8.6
      head.append("Content-Length: ").append(content.length).append("\r\n");
    }
    head.append(client.isLast() ? "Connection: close\r\n\r\n" : "\r\n");
    var bytes = Unpooled.wrappedBuffer(head.toString().getBytes(StandardCharsets.ISO_8859_1));
    return isHead ? bytes : Unpooled.wrappedBuffer(bytes, Unpooled.wrappedBuffer(content));
  }
}
