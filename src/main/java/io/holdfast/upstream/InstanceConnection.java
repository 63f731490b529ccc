package io.holdfast.upstream;

import io.holdfast.http.Bytes;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelOutputShutdownEvent;
import java.nio.charset.StandardCharsets;

/**
 * One connection to an instance. It carries one request at a time, for one user at a time. On the
 * event loop of that user's client.
 */
final class InstanceConnection extends ChannelInboundHandlerAdapter {
  private static final byte[] CRLF = {'\r', '\n'};
  private static final byte[] LAST_CHUNK = {'0', '\r', '\n', '\r', '\n'};

  /** What it tells the user of the request under way. */
  interface User {
    /** An interim response, or the head of the final one. */
    void head(ResponseHead head);

    /** A piece of its content. */
    void answer(Bytes bytes);

    /** The response is whole. The connection is the user's no more. */
    void complete();

    /** There will be no (more of the) response. The connection is closed. */
    void broken(ProxyError error, String reason);

    /** It takes bytes again. */
    void sendMore();
  }

  private static final User NOBODY =
      new User() {
        @Override
        public void head(ResponseHead head) {}

        @Override
        public void answer(Bytes bytes) {}

        @Override
        public void complete() {}

        @Override
        public void broken(ProxyError error, String reason) {}

        @Override
        public void sendMore() {}
      };

  private final InstanceAddress address;
  private final Channel channel;
  private final InstancePool pool;
  private final ResponseReader reader = new ResponseReader();
  private User user = NOBODY;
  private boolean responsePersists;
  private boolean requestComplete;
  private boolean outputFailed;
  private boolean used;
  private long idleSince;

  InstanceConnection(InstanceAddress address, Channel channel, InstancePool pool) {
    this.address = address;
    this.channel = channel;
    this.pool = pool;
  }

  InstanceAddress address() {
    return address;
  }

  /** Whether it has carried a request before: its instance may just be closing it. */
  boolean isUsed() {
    return used;
  }

  boolean isOpen() {
    return channel.isActive();
  }

  long idleSince() {
    return idleSince;
  }

  // ---- for its user ----

  /** Sends a head. */
  void send(User sender, String head, boolean isHead) {
    user = sender;
    requestComplete = false;
    reader.expect(isHead);
    var bytes = head.getBytes(StandardCharsets.ISO_8859_1);
    channel.write(channel.alloc().directBuffer(bytes.length).writeBytes(bytes));
  }

  void sendContent(Bytes bytes, boolean chunked) {
    var data = Unpooled.wrappedBuffer(bytes.array(), bytes.from(), bytes.length());
    channel.write(chunked ? chunk(data) : data);
  }

  private static ByteBuf chunk(ByteBuf data) {
    var size =
        (Integer.toHexString(data.readableBytes()) + "\r\n").getBytes(StandardCharsets.US_ASCII);
    return Unpooled.wrappedBuffer(Unpooled.wrappedBuffer(size), data, Unpooled.wrappedBuffer(CRLF));
  }

  /** The request is whole. */
  void endContent(boolean chunked) {
    requestComplete = true;
    if (chunked) {
      channel.write(Unpooled.wrappedBuffer(LAST_CHUNK));
    }
    flush();
  }

  void flush() {
    channel.flush();
  }

  boolean takesMore() {
    return channel.isWritable();
  }

  /** Reads on, or lets what comes wait at the instance. */
  void read(boolean on) {
    if (channel.config().isAutoRead() != on) {
      channel.config().setAutoRead(on);
    }
  }

  /** Its user has lost interest. */
  void close() {
    user = NOBODY;
    channel.close();
  }

  // ---- the socket ----

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    var received = (ByteBuf) message;
    var bytes = new byte[received.readableBytes()];
    received.readBytes(bytes);
    received.release();
    reader.feed(bytes);
    advance();
  }

  private void advance() {
    while (user != NOBODY) {
      var step = reader.next();
      if (step instanceof ResponseReader.Step.More) {
        return;
      }
      take(step);
    }
    if (reader.hasUnasked()) {
      channel.close();
    }
  }

  private void take(ResponseReader.Step step) {
    if (step instanceof ResponseReader.Step.Head head) {
      responsePersists = head.head().persistent();
      user.head(head.head());
    } else if (step instanceof ResponseReader.Step.Body body) {
      user.answer(body.bytes());
    } else if (step instanceof ResponseReader.Step.Broken broken) {
      fail(broken.error(), broken.reason());
    } else {
      completed();
    }
  }

  /** A request that is not all sent leaves a connection on which nothing else can be sent. */
  private void completed() {
    var done = user;
    user = NOBODY;
    used = true;
    boolean whole = responsePersists && requestComplete && !outputFailed;
    if (whole && channel.isActive() && !reader.hasUnasked()) {
      idleSince = System.nanoTime();
      read(true);
      pool.give(this);
    } else {
      channel.close();
    }
    done.complete();
  }

  private void fail(ProxyError error, String reason) {
    var failed = user;
    user = NOBODY;
    channel.close();
    failed.broken(error, reason);
  }

  /** The instance takes no more; what it has sent before can still be read. */
  @Override
  public void userEventTriggered(ChannelHandlerContext context, Object event) {
    outputFailed |= event instanceof ChannelOutputShutdownEvent;
  }

  /** The end of what is not taken any more may be that of a reset: it ends nothing well. */
  @Override
  public void channelInactive(ChannelHandlerContext context) {
    pool.forget(this);
    if (user != NOBODY) {
      take(outputFailed ? reader.cutOff() : reader.ended());
    }
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext context) {
    if (channel.isWritable()) {
      user.sendMore();
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    if (user == NOBODY) {
      channel.close();
    } else {
      fail(
          ProxyError.CONNECTION_TERMINATED,
          "The connection to the instance broke: " + cause.getMessage());
    }
  }
}
