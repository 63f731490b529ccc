package io.holdfast.edge;

import io.holdfast.http.Bytes;
import io.holdfast.http.RequestHead;
import io.holdfast.upstream.ForwardClient;
import io.holdfast.upstream.Forwarding;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import java.time.Instant;
import java.util.Optional;

/**
 * A request of a connection that goes to a service, and its answer on the way back. On the
 * connection's event loop, like everything of it.
 */
final class ForwardedExchange implements ForwardClient {
  private final Connection connection;
  private final Channel channel;
  private final RequestHead head;
  private final Way way;
  private Optional<Forwarding> forwarding = Optional.empty();
  private boolean contentEnded;
  private boolean over;
  private int status;
  private String cacheStatus = "";
  private long arrivedNanos;

  ForwardedExchange(Connection connection, Channel channel, RequestHead head, Way way) {
    this.connection = connection;
    this.channel = channel;
    this.head = head;
    this.way = way;
  }

  /** The answer may be there before this returns. */
  void begin(Peer peer, ConnectionTimes times) {
    long now = System.nanoTime();
    arrivedNanos = now - times.ofRequest(now);
    var begun = way.go(head, peer, this, channel.eventLoop(), now);
    if (!over) {
      forwarding = Optional.of(begun);
    }
  }

  // ---- what the connection tells ----

  void content(Bytes bytes) {
    forwarding.ifPresent(it -> it.content(bytes));
  }

  void contentEnded(Peer peer, ConnectionTimes times) {
    contentEnded = true;
    if (head.content() instanceof RequestHead.None) {
      begin(peer, times);
    } else {
      forwarding.ifPresent(Forwarding::contentEnded);
    }
  }

  boolean wantsContent() {
    return contentEnded || forwarding.map(Forwarding::wantsContent).orElse(true);
  }

  void writable() {
    forwarding.ifPresent(Forwarding::writable);
  }

  /**
   * The client is gone, or its request was refused.
   *
   * @param code tells which in the log, unless an answer had begun
   */
  void abandon(int code) {
    if (end()) {
      answered(status == 0 ? code : status, "");
    }
    forwarding.ifPresent(Forwarding::abandon);
    forwarding = Optional.empty();
  }

  // ---- what the service's side tells ----

  @Override
  public void answering(int code) {
    status = code;
    connection.answering();
  }

  @Override
  public void cacheStatus(String value) {
    cacheStatus = value;
  }

  @Override
  public boolean isLast() {
    return connection.isLast() || !contentEnded;
  }

  @Override
  public Instant now() {
    return connection.now();
  }

  @Override
  public ByteBuf buffer(int bytes) {
    return channel.alloc().directBuffer(bytes);
  }

  @Override
  public boolean write(ByteBuf bytes) {
    channel.writeAndFlush(bytes);
    return channel.isWritable();
  }

  @Override
  public void complete(boolean untilClose) {
    if (end()) {
      answered(status, "");
      connection.forwardedOver(isLast() || untilClose);
    }
  }

  @Override
  public void broken() {
    if (end()) {
      answered(status, "");
      channel.close();
    }
  }

  @Override
  public void refuse(Failure failure) {
    if (end()) {
      answered(failure.type().status(), failure.type().typeName());
      connection.refuseForwarded(
          ProblemAnswer.of(
              new Refusal(failure.type(), failure.detail()),
              head,
              fields(failure),
              way.traceId(),
              isLast(),
              now()));
    }
  }

  private void answered(int code, String reason) {
    way.answered(head, code, cacheStatus, reason, System.nanoTime() - arrivedNanos);
  }

  private static String fields(Failure failure) {
    var lines = new StringBuilder();
    for (var line : failure.fields()) {
      lines.append(line.name()).append(": ").append(line.value()).append("\r\n");
    }
    return lines.toString();
  }

  private boolean end() {
    boolean first = !over;
    over = true;
    return first;
  }

  @Override
  public void resume() {
    connection.resume();
  }
}
