package io.holdfast.edge;

import io.holdfast.caching.Answer;
import io.holdfast.caching.StoredResponse;
import io.holdfast.http.Bytes;
import io.holdfast.http.CacheStatus;
import io.holdfast.http.FieldLine;
import io.holdfast.upstream.ClientAnswer;
import io.holdfast.upstream.ForwardClient;
import io.holdfast.upstream.Forwarder;
import io.holdfast.upstream.Forwarding;
import io.holdfast.upstream.ResponseHead;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * The client of a request that may be answered from what is stored: gets what the service sends, as
 * it comes, or a stored response, or what the route has in the place of a failure. On the event
 * loop of its connection.
 */
final class CachedClient implements Fetch.Client {
  private final CachedRequest request;
  private final ForwardClient client;
  private final Forwarder loop;
  private final CachedExchange.Surroundings surroundings;
  private final Consumer<Forwarding> content;
  private final Runnable over;
  private boolean gone;
  private Optional<ClientAnswer> passing = Optional.empty();
  private Optional<Forwarding> elsewhere = Optional.empty();

  /**
   * @param content sends that of the request to another service
   * @param over run with its answer, or once that is complete
   */
  CachedClient(
      CachedRequest request,
      ForwardClient client,
      Forwarder loop,
      CachedExchange.Surroundings surroundings,
      Consumer<Forwarding> content,
      Runnable over) {
    this.request = request;
    this.client = client;
    this.loop = loop;
    this.surroundings = surroundings;
    this.content = content;
    this.over = over;
  }

  @Override
  public boolean isGone() {
    return gone;
  }

  @Override
  public void interim(ResponseHead head) {
    if (!gone) {
      answer().interim(head);
    }
  }

  private ClientAnswer answer() {
    return loop.answerTo(client, request.forward().minorVersion(), proxyName());
  }

  private String proxyName() {
    return surroundings.upstreams().proxyName();
  }

  @Override
  public boolean pass(ResponseHead head, CacheStatus status) {
    var answer = answer().with(List.of(new FieldLine("Cache-Status", status.value())));
    passing = Optional.of(answer);
    client.cacheStatus(status.value());
    surroundings.counts().given(request.target().route(), status);
    return answer.head(head);
  }

  @Override
  public boolean passContent(Bytes bytes) {
    return gone || passing.map(it -> it.content(bytes)).orElse(true);
  }

  @Override
  public void complete() {
    if (!gone) {
      passing.ifPresent(ClientAnswer::complete);
    }
    over.run();
  }

  @Override
  public void broken() {
    if (!gone) {
      client.broken();
    }
    over.run();
  }

  @Override
  public void give(StoredResponse response, byte[] bytes, CacheStatus status) {
    over.run();
    if (gone) {
      return;
    }
    surroundings.counts().given(request.target().route(), status);
    var answer = Answer.to(request.caching(), response, surroundings.clock().instant());
    client.cacheStatus(status.value());
    client.answering(answer.status());
    client.write(
        StoredRendering.answer(
            answer,
            bytes,
            new StoredRendering.Manner(
                request.isHead(), status.value(), proxyName(), client.isLast())));
    client.complete(false);
  }

  @Override
  public void refuse(ForwardClient.Failure failure, CacheStatus status) {
    over.run();
    if (gone) {
      return;
    }
    if (hasFallback()) {
      elsewhere = FallbackAnswer.give(request, client, loop, surroundings, status, failure);
      elsewhere.ifPresent(content);
      return;
    }
    client.cacheStatus(status.value());
    client.refuse(failure.with("Cache-Status", status.value()));
  }

  @Override
  public boolean hasFallback() {
    return request.fallback().isPresent();
  }

  @Override
  public void resume() {
    client.resume();
  }

  /** It reads again. */
  void writable() {
    elsewhere.ifPresent(Forwarding::writable);
  }

  /** Its connection has ended. */
  void hasGone() {
    gone = true;
    elsewhere.ifPresent(Forwarding::abandon);
  }
}
