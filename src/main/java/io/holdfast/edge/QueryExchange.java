package io.holdfast.edge;

import io.holdfast.http.Bytes;
import io.holdfast.http.RequestHead;
import io.holdfast.upstream.ForwardClient;
import io.holdfast.upstream.Forwarder;
import io.holdfast.upstream.Forwarding;
import io.holdfast.upstream.KeptContent;
import io.holdfast.upstream.Room;
import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.Supplier;

/**
 * A QUERY (RFC 10008), whose content is a part of the key of what is stored: it is read before
 * anything is looked for. One that is too long for that is forwarded as any other request.
 */
final class QueryExchange implements Forwarding {
  /** Of one that may be answered from what is stored. */
  static final int CONTENT_MAX = 64 * 1024;

  private final KeptContent content;
  private final ForwardClient client;
  private final Forwarder loop;
  private final BiFunction<byte[], List<Bytes>, Forwarding> answer;
  private final Supplier<Forwarding> forward;
  private Optional<Forwarding> next = Optional.empty();

  /**
   * @param answer begins when the content is whole
   * @param forward begins when it is too long
   */
  QueryExchange(
      ForwardClient client,
      Forwarder loop,
      Room room,
      BiFunction<byte[], List<Bytes>, Forwarding> answer,
      Supplier<Forwarding> forward) {
    this.content = new KeptContent(CONTENT_MAX, room);
    this.client = client;
    this.loop = loop;
    this.answer = answer;
    this.forward = forward;
  }

  void begin(RequestHead head) {
    if (head.content() instanceof RequestHead.Length fixed && fixed.length() > CONTENT_MAX) {
      goOnForwarding();
    } else if (head.expectsContinue() && head.minorVersion() > 0) {
      client.write(loop.continueBytes());
    }
  }

  @Override
  public void content(Bytes bytes) {
    if (next.isPresent()) {
      next.get().content(bytes);
    } else if (content.take(bytes) != KeptContent.Taken.TAKEN) {
      goOnForwarding();
      next.get().content(bytes);
    }
  }

  private void goOnForwarding() {
    var forwarding = forward.get();
    next = Optional.of(forwarding);
    content.pieces().forEach(forwarding::content);
    content.forget();
  }

  @Override
  public void contentEnded() {
    if (next.isPresent()) {
      next.get().contentEnded();
      return;
    }
    var pieces = List.copyOf(content.pieces());
    var whole = content.joined();
    content.forget();
    next = Optional.of(answer.apply(whole, pieces));
  }

  @Override
  public boolean wantsContent() {
    return next.map(Forwarding::wantsContent).orElse(true);
  }

  @Override
  public void writable() {
    next.ifPresent(Forwarding::writable);
  }

  @Override
  public void abandon() {
    content.forget();
    next.ifPresent(Forwarding::abandon);
  }
}
