package io.holdfast.edge;

import io.holdfast.edge.RequestHead.Chunked;
import io.holdfast.edge.RequestHead.Length;
import io.holdfast.edge.RequestHead.None;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.DuplexChannel;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.apache.pekko.http.javadsl.model.HttpHeader;
import org.apache.pekko.http.javadsl.model.HttpMethods;
import org.apache.pekko.http.javadsl.model.HttpRequest;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.apache.pekko.http.javadsl.model.RequestEntityAcceptances;
import org.apache.pekko.http.scaladsl.model.EntityStreamException;
import org.apache.pekko.http.scaladsl.model.EntityStreamSizeException;
import org.apache.pekko.http.scaladsl.model.ErrorInfo;
import org.apache.pekko.stream.TLSProtocol.SessionBytes;
import org.apache.pekko.util.ByteString;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One client connection: carries out what {@link RequestFraming} says. Everything here, its stream
 * and the handler's call included, runs on the connection's event loop, so nothing is shared.
 *
 * <p>One request at a time is under way: the next head is looked at when the answer before it has
 * been written. So refusals need no place in a queue of answers, an admitted request is one that is
 * really worked on, and a client that pipelines waits at its own socket.
 */
final class Connection extends ChannelInboundHandlerAdapter {
  private static final Logger LOG = LoggerFactory.getLogger(Connection.class);

  /** Bytes given to the stream that it has not used; beyond it the socket is not read. */
  private static final int WINDOW = 64 * 1024;

  /** Content of a shed request that is read and dropped to keep the connection. */
  private static final int SKIP_MAX = 64 * 1024;

  /** Bytes that are read and dropped so that the client can read its last answer. */
  private static final int LINGER_BYTES_MAX = 1024 * 1024;

  private static final Duration LINGER = Duration.ofSeconds(2);

  /** While draining a connection may be silent for so long before it is closed. */
  private static final long QUIET_NANOS = Duration.ofSeconds(1).toNanos();

  private static final byte[] LAST_CHUNK = "0\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

  private static final HttpHeader CLOSE =
      org.apache.pekko.http.javadsl.model.headers.Connection.create("close");

  private enum State {
    OPEN,
    LINGERING,
    CLOSED
  }

  private enum Exchange {
    NONE,
    SHED,
    RUNNING
  }

  private final HttpServer server;
  private final Channel channel;
  private final Loop loop;
  private final Peer peer;
  private final RequestFraming framing;
  private final ResponseFraming response = new ResponseFraming();

  private State state = State.OPEN;
  private boolean admitted;
  private boolean draining;
  private boolean inputEnded;
  private long lingered;

  private Exchange exchange = Exchange.NONE;
  private Optional<RequestHead> head = Optional.empty();
  private CompletionStage<HttpResponse> handling = CompletableFuture.completedFuture(null);
  private boolean requestEnded;
  private boolean responseBegun;
  private boolean last; // no request after the one under way

  private Optional<SocketStage.Port> stream = Optional.empty();
  private boolean streamEnded;
  private boolean writePaused;
  private ByteString outgoing = ByteString.emptyByteString();
  private int unused;

  private long lastRead = System.nanoTime();
  private long quietSince = lastRead;
  private long headSince = lastRead;
  private boolean headTimed = true; // from accept for the first head
  private long writeMark;
  private long writeProgress = lastRead;

  Connection(HttpServer server, Channel channel, Loop loop) {
    this.server = server;
    this.channel = channel;
    this.loop = loop;
    this.peer = new Peer((InetSocketAddress) channel.remoteAddress());
    this.framing = new RequestFraming(server.limits());
    this.draining = server.draining();
  }

  // ---- the socket ----

  @Override
  public void channelActive(ChannelHandlerContext context) {
    loop.add(this);
    admitted = server.meters().admitConnection();
    if (!admitted) {
      lastAnswer(Refusal.shed("This server has as many connections as it takes."), false);
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    loop.remove(this);
    state = State.CLOSED;
    if (admitted) {
      server.meters().connectionClosed();
    }
    abandon(new EntityStreamException(new ErrorInfo("The client went away.", "")));
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    ByteBuf received = (ByteBuf) message;
    byte[] bytes = new byte[received.readableBytes()];
    received.readBytes(bytes);
    received.release();
    if (state == State.LINGERING) {
      lingered += bytes.length;
      if (lingered > LINGER_BYTES_MAX) {
        channel.close();
      }
    } else if (state == State.OPEN) {
      lastRead = System.nanoTime();
      framing.feed(bytes);
      advance();
    }
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext context, Object event) {
    if (event instanceof ChannelInputShutdownEvent) {
      inputEnded = true;
      if (state == State.LINGERING) {
        channel.close();
      } else {
        advance();
      }
    }
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext context) {
    if (writePaused && channel.isWritable()) {
      writePaused = false;
      stream.ifPresent(SocketStage.Port::writable);
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    LOG.debug("Connection of {} broke", peer.address(), cause);
    channel.close();
  }

  // ---- requests ----

  private void advance() {
    while (state == State.OPEN && !waits()) {
      RequestFraming.Step step = framing.next();
      if (step instanceof RequestFraming.More) {
        passOn();
        usedUp();
        break;
      } else if (step instanceof RequestFraming.Head begun) {
        onHead(begun.head());
      } else if (step instanceof RequestFraming.Body body) {
        onBody(body.bytes());
      } else if (step instanceof RequestFraming.End) {
        onEnd();
      } else if (step instanceof RequestFraming.Refused refused) {
        refuse(refused.refusal());
      }
    }
    readOrNot();
  }

  /** For the answer to the request before, or for the stream to use what it has. */
  private boolean waits() {
    return last && exchange == Exchange.NONE
        || exchange == Exchange.RUNNING && requestEnded
        || unused >= WINDOW;
  }

  private void readOrNot() {
    boolean read =
        state == State.LINGERING || (unused < WINDOW && !(waits() && framing.unread() > 0));
    if (channel.config().isAutoRead() != read) {
      channel.config().setAutoRead(read);
    }
  }

  private void usedUp() {
    if (exchange == Exchange.NONE && framing.headBegun() && !headTimed) {
      headTimed = true;
      headSince = lastRead;
    }
    if (inputEnded) {
      if (exchange == Exchange.NONE) {
        linger();
      } else if (!requestEnded) {
        refuse(Refusal.badRequest("The request ended before its content."));
      }
    }
  }

  private void onHead(RequestHead begun) {
    head = Optional.of(begun);
    headTimed = false;
    requestEnded = false;
    responseBegun = false;
    if (!server.meters().admitRequest()) {
      shed(begun);
      return;
    }
    exchange = Exchange.RUNNING;
    last = !begun.persistent();
    response.begin(begun.isHead());
    outgoing = headBytes(begun);
  }

  /** A method without a constant travels under another name; {@link #handle} gives it back. */
  private static ByteString headBytes(RequestHead head) {
    Bytes bytes = head.bytes();
    if (head.methodIsKnown()) {
      return ByteString.fromArrayUnsafe(bytes.array(), bytes.from(), bytes.length());
    }
    int methodEnd = bytes.from() + head.method().length();
    return ByteString.fromString(HttpLayer.OTHER.value())
        .concat(ByteString.fromArray(bytes.array(), methodEnd, bytes.to() - methodEnd));
  }

  private void shed(RequestHead begun) {
    Refusal refusal = Refusal.shed("This server has as many requests in flight as it takes.");
    boolean skip =
        begun.persistent()
            && begun.minorVersion() == 1
            && !begun.expectsContinue()
            && !draining
            && isShort(begun);
    if (skip) {
      exchange = Exchange.SHED;
      channel.writeAndFlush(
          Unpooled.wrappedBuffer(
              ProblemAnswer.response(refusal, begun.isHead(), false, Instant.now())));
    } else {
      lastAnswer(refusal, begun.isHead());
    }
  }

  private static boolean isShort(RequestHead head) {
    return head.content() instanceof None
        || head.content() instanceof Length fixed && fixed.length() <= SKIP_MAX;
  }

  private void onBody(Bytes bytes) {
    if (exchange == Exchange.RUNNING && !response.complete()) {
      outgoing =
          outgoing.concat(
              head.orElseThrow().content() instanceof Chunked
                  ? chunk(bytes)
                  : ByteString.fromArrayUnsafe(bytes.array(), bytes.from(), bytes.length()));
    }
  }

  /** Frames a piece of content anew: of the chunks that came in nothing but the data goes on. */
  private static ByteString chunk(Bytes bytes) {
    byte[] size =
        (Integer.toHexString(bytes.length()) + "\r\n").getBytes(StandardCharsets.US_ASCII);
    byte[] chunk = new byte[size.length + bytes.length() + 2];
    System.arraycopy(size, 0, chunk, 0, size.length);
    System.arraycopy(bytes.array(), bytes.from(), chunk, size.length, bytes.length());
    chunk[chunk.length - 2] = '\r';
    chunk[chunk.length - 1] = '\n';
    return ByteString.fromArrayUnsafe(chunk);
  }

  private void onEnd() {
    requestEnded = true;
    if (exchange == Exchange.SHED) {
      exchangeOver();
      return;
    }
    if (head.orElseThrow().content() instanceof Chunked) {
      outgoing = outgoing.concat(ByteString.fromArrayUnsafe(LAST_CHUNK));
    }
    passOn();
    if (response.complete()) {
      exchangeOver();
    }
  }

  /**
   * Gives the stream what has come together. Content that arrived with its head goes with it, for
   * then the HTTP layer need not close when the handler does not care for the content.
   */
  private void passOn() {
    ByteString bytes = outgoing;
    outgoing = ByteString.emptyByteString();
    if (bytes.isEmpty() || response.complete()) {
      return;
    }
    if (stream.isEmpty()) {
      server.http().start(new SocketStage(this), new HandlerStage(this), loop.dispatcher());
    }
    unused += bytes.size();
    // No TLS, no session: the settings ask for nothing that would look at it.
    stream.orElseThrow().received(new SessionBytes(null, bytes));
  }

  // ---- the stream of the HTTP layer ----

  /** The stream exists. */
  void attach(SocketStage.Port port) {
    stream = Optional.of(port);
  }

  /** The stream has taken so many of the bytes that it was given. */
  void used(int bytes) {
    boolean waited = unused >= WINDOW;
    unused -= bytes;
    if (waited && unused < WINDOW) {
      advance();
    }
  }

  /** Calls the handler. What comes back never fails. */
  CompletionStage<HttpResponse> handle(HttpRequest request) {
    try {
      handling = server.handler().handle(asSent(request), peer);
    } catch (RuntimeException e) {
      handling = CompletableFuture.failedFuture(e);
    }
    return handling instanceof CompletableFuture<HttpResponse> future
            && future.isDone()
            && !future.isCompletedExceptionally()
        ? future
        : handling.exceptionally(Connection::failed);
  }

  private HttpRequest asSent(HttpRequest request) {
    String method = head.orElseThrow().method();
    return request.method().equals(HttpLayer.OTHER)
        ? request.withMethod(
            HttpMethods.custom(method, false, false, RequestEntityAcceptances.Expected))
        : request;
  }

  private static HttpResponse failed(Throwable thrown) {
    Throwable cause = thrown instanceof CompletionException ? thrown.getCause() : thrown;
    if (cause instanceof EntityStreamSizeException) {
      return Problems.response(
          new Refusal(413, "content-too-large", "The content is larger than this server takes."));
    }
    if (cause instanceof EntityStreamException) {
      return Problems.response(Refusal.badRequest("The content ended before its end."));
    }
    LOG.error("A request's handler failed", cause);
    return Problems.response(Refusal.internal());
  }

  /** Announces the end of the connection in an answer that is the last one. */
  HttpResponse announce(HttpResponse response) {
    boolean lastOne = draining || inputEnded && framing.unread() == 0;
    return lastOne ? response.addHeader(CLOSE) : response;
  }

  /**
   * Bytes of the response.
   *
   * @return whether more may come at once; else {@link SocketStage.Port#writable} says when
   */
  boolean respond(ByteString bytes) {
    if (state != State.OPEN || exchange != Exchange.RUNNING) {
      return false;
    }
    byte[] array = bytes.toArrayUnsafe();
    response.feed(array, 0, array.length);
    responseBegun = response.begun();
    channel.writeAndFlush(channel.alloc().directBuffer(array.length).writeBytes(array));
    if (response.complete()) {
      last |= response.last(head.orElseThrow().minorVersion());
      if (requestEnded) {
        exchangeOver();
      }
    }
    writePaused = !channel.isWritable();
    return !writePaused;
  }

  /** The HTTP layer ends the connection, after an answer that says so. */
  void responsesEnded() {
    streamEnded = true;
    if (state != State.OPEN) {
      return;
    }
    if (exchange == Exchange.RUNNING && !responseBegun) {
      refuse(Refusal.internal());
    } else if (exchange == Exchange.RUNNING
        && !response.complete()
        && !response.endsWithConnection()) {
      channel.close();
    } else {
      requestOver();
      linger();
    }
  }

  /** The response broke off: the client sees that it is not whole, or a problem if nothing went. */
  void responsesFailed(Throwable cause) {
    streamEnded = true;
    if (state != State.OPEN) {
      return;
    }
    LOG.warn("The stream of {} failed: {}", peer.address(), cause.toString());
    if (exchange == Exchange.RUNNING && !responseBegun) {
      refuse(Refusal.internal());
    } else {
      channel.close();
    }
  }

  private void exchangeOver() {
    requestOver();
    quietSince = System.nanoTime();
    if (!last) {
      advance();
    }
  }

  private void requestOver() {
    if (exchange == Exchange.RUNNING) {
      server.meters().requestOver();
    }
    exchange = Exchange.NONE;
  }

  // ---- the end ----

  private void refuse(Refusal refusal) {
    boolean answerable = exchange != Exchange.RUNNING || !responseBegun;
    boolean toHead = exchange == Exchange.RUNNING && head.orElseThrow().isHead();
    boolean answered = exchange == Exchange.SHED;
    state = State.LINGERING; // before the stream hears of it
    abandon(new EntityStreamException(new ErrorInfo(refusal.detail(), "")));
    server.meters().refused(refusal.status());
    if (answerable && !answered) {
      lastAnswer(refusal, toHead);
    } else if (answered || response.complete()) {
      linger();
    } else {
      channel.close();
    }
  }

  /** The request will not be complete, or nobody waits for its answer any more. */
  private void abandon(EntityStreamException cause) {
    if (stream.isPresent() && !streamEnded) {
      streamEnded = true;
      stream.orElseThrow().broken(cause);
    }
    if (exchange == Exchange.RUNNING) {
      exchange = Exchange.NONE;
      // As long as the handler works the request is in flight, with or without a client.
      handling.whenComplete((done, failed) -> server.meters().requestOver());
    }
  }

  private void lastAnswer(Refusal refusal, boolean toHead) {
    channel.write(
        Unpooled.wrappedBuffer(ProblemAnswer.response(refusal, toHead, true, Instant.now())));
    linger();
  }

  /**
   * Closes so that the client gets to read all that was written: the output first, then a bounded
   * amount of what it still sends is dropped, for a close with unread bytes would reset the
   * connection (RFC 9112 section 9.6).
   */
  private void linger() {
    state = State.LINGERING;
    readOrNot();
    channel
        .writeAndFlush(Unpooled.EMPTY_BUFFER)
        .addListener(
            (ChannelFutureListener)
                flushed -> {
                  if (flushed.isSuccess() && !inputEnded) {
                    ((DuplexChannel) channel).shutdownOutput();
                    channel
                        .eventLoop()
                        .schedule(
                            (Runnable) channel::close, LINGER.toNanos(), TimeUnit.NANOSECONDS);
                  } else {
                    channel.close();
                  }
                });
  }

  /** Answers what has begun, takes no further request, and ends. */
  void drain() {
    draining = true;
  }

  // ---- times ----

  /** Called several times within the shortest limit. */
  void checkTimes(long now) {
    if (writeStalled(now)) {
      channel.close();
    } else if (state == State.OPEN && exchange == Exchange.NONE && !last) {
      checkHead(now);
    } else if (state == State.OPEN
        && exchange != Exchange.NONE
        && !requestEnded
        && unused < WINDOW
        && now - lastRead > server.limits().idleTimeout().toNanos()) {
      refuse(Refusal.requestTimeout("The content did not go on arriving."));
    }
  }

  private void checkHead(long now) {
    if (draining && !framing.headBegun()) {
      if (now - quietSince > QUIET_NANOS) {
        linger();
      }
    } else if (headTimed) {
      if (now - headSince > server.limits().requestHeadTimeout().toNanos()) {
        refuse(Refusal.requestTimeout("The head of the request was not complete in time."));
      }
    } else if (now - quietSince > server.limits().idleTimeout().toNanos()) {
      channel.close();
    }
  }

  /** The client does not read: what is to be written stayed as it was for the idle timeout. */
  private boolean writeStalled(long now) {
    ChannelOutboundBuffer output = channel.unsafe().outboundBuffer();
    long pending = output == null ? 0 : output.totalPendingWriteBytes();
    long mark = pending == 0 ? 0 : pending * 31 + output.currentProgress();
    if (mark == 0 || mark != writeMark) {
      writeMark = mark;
      writeProgress = now;
    }
    return now - writeProgress > server.limits().idleTimeout().toNanos();
  }
}
