package io.holdfast.edge;

import io.holdfast.http.Bytes;
import io.holdfast.http.RequestHead;
import io.holdfast.http.RequestHead.Length;
import io.holdfast.http.RequestHead.None;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.apache.pekko.http.javadsl.model.HttpHeader;
import org.apache.pekko.http.javadsl.model.HttpRequest;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.apache.pekko.http.scaladsl.model.EntityStreamException;
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

  /** How it is logged that the client of a service went away before its answer began. */
  private static final int CLIENT_GONE = 499;

  /** In an answer that is the connection's last. */
  static final HttpHeader CLOSE =
      org.apache.pekko.http.javadsl.model.headers.Connection.create("close");

  /** Of an exchange whose handler has not been called yet. */
  private static final CompletionStage<HttpResponse> NOT_CALLED =
      CompletableFuture.completedFuture(null);

  private enum State {
    OPEN,
    LINGERING,
    CLOSED
  }

  private enum Exchange {
    NONE,
    SHED,
    RUNNING,
    /** The request goes to a service, and no further into this node than its bytes. */
    FORWARDED
  }

  private final HttpServer server;
  private final Channel channel;
  private final Loop loop;
  private final Peer peer;
  private final Supplier<HttpServer.Handler> handler;
  private final EdgeMeters meters;
  private final RequestFraming framing;
  private final ResponseFraming response = new ResponseFraming();
  private final Lingering lingering;

  private State state = State.OPEN;
  private boolean admitted;
  private boolean draining;
  private boolean inputEnded;
  private boolean advancing;

  private Exchange exchange = Exchange.NONE;
  private Optional<RequestHead> head = Optional.empty();
  private CompletionStage<HttpResponse> handling = NOT_CALLED;
  private boolean requestEnded;
  private boolean responseBegun;
  private boolean last; // no request after the one under way

  private Optional<ForwardedExchange> forwarded = Optional.empty();
  private Optional<SocketStage.Port> stream = Optional.empty();
  private boolean streamEnded;
  private boolean writePaused;
  private ByteString outgoing = ByteString.emptyByteString();
  private int unused;

  private final ConnectionTimes times;

  Connection(HttpServer server, Channel channel, Loop loop) {
    this.server = server;
    this.channel = channel;
    this.loop = loop;
    this.peer = new Peer((InetSocketAddress) channel.remoteAddress());
    this.handler = server.handlerFor(peer);
    this.meters = server.metersFor(peer);
    this.framing = new RequestFraming(server.limits());
    this.lingering = new Lingering(channel);
    this.draining = server.draining();
    this.times = new ConnectionTimes(server.limits(), System.nanoTime());
  }

  // ---- the socket ----

  @Override
  public void channelActive(ChannelHandlerContext context) {
    loop.add(this);
    admitted = meters.admitConnection();
    if (!admitted && !meters.turnAway()) {
      channel.close();
    } else if (!admitted) {
      Refusal refusal = Refusal.shed("This server has as many connections as it takes.");
      tell(framing.method(), framing.target(), refusal.status());
      lastAnswer(refusal, false);
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    loop.remove(this);
    state = State.CLOSED;
    if (admitted) {
      meters.connectionClosed();
    } else {
      meters.turnedAwayClosed();
    }
    abandon(new EntityStreamException(new ErrorInfo("The client went away.", "")), CLIENT_GONE);
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    ByteBuf received = (ByteBuf) message;
    byte[] bytes = new byte[received.readableBytes()];
    received.readBytes(bytes);
    received.release();
    if (state == State.LINGERING) {
      lingering.drop(bytes.length);
    } else if (state == State.OPEN) {
      long now = System.nanoTime();
      times.read(now);
      if (exchange == Exchange.NONE && framing.unread() == 0) {
        times.requestBegins(now);
      }
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
      } else if (exchange == Exchange.FORWARDED && !last) {
        channel.close(); // who would send more requests does not end its output: it went away
      } else {
        advance();
      }
    }
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext context) {
    if (!channel.isWritable()) {
      return;
    }
    if (writePaused) {
      writePaused = false;
      stream.ifPresent(SocketStage.Port::writable);
    }
    forwarded.ifPresent(ForwardedExchange::writable);
    advance();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    if (!(cause instanceof IOException)) {
      LOG.error("A mistake of the server ends the connection of {}", peer.address(), cause);
    } else {
      LOG.debug("Connection of {} broke", peer.address(), cause);
    }
    channel.close();
  }

  // ---- requests ----

  /** What answers at once goes on in the loop that is under way, not in one more within it. */
  private void advance() {
    if (advancing) {
      return;
    }
    advancing = true;
    try {
      takeSteps();
    } finally {
      advancing = false;
    }
    readOrNot();
  }

  private void takeSteps() {
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
  }

  /** For the answer to the request before, for the client to read it, or for the stream. */
  private boolean waits() {
    return switch (exchange) {
      case NONE -> last || !channel.isWritable();
      case SHED -> false;
      case RUNNING -> requestEnded || unused >= WINDOW;
      case FORWARDED -> requestEnded || !wantsContent();
    };
  }

  private boolean wantsContent() {
    return forwarded.map(ForwardedExchange::wantsContent).orElse(true);
  }

  private void readOrNot() {
    if (inputEnded) {
      return; // nothing is left to read, and Netty's epoll may already have let go of the socket
    }
    boolean read =
        state == State.LINGERING
            || !waits()
            || (framing.unread() == 0 && unused < WINDOW && wantsContent());
    if (channel.config().isAutoRead() != read) {
      channel.config().setAutoRead(read);
    }
  }

  private void usedUp() {
    if (exchange == Exchange.NONE && framing.headBegun()) {
      times.headBegun();
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
    times.headComplete();
    requestEnded = false;
    responseBegun = false;
    if (!meters.admitRequest()) {
      shed(begun);
      return;
    }
    last = !begun.persistent();
    if (isForwarded(begun)) {
      return;
    }
    exchange = Exchange.RUNNING;
    handling = NOT_CALLED;
    response.begin(begun.isHead());
    outgoing = Reframing.head(begun);
  }

  /** A request without content begins at its end, so that no answer comes before that. */
  private boolean isForwarded(RequestHead begun) {
    var way = handler.get().way(begun);
    if (way.isEmpty()) {
      return false;
    }
    exchange = Exchange.FORWARDED;
    var begins = new ForwardedExchange(this, channel, begun, way.get());
    forwarded = Optional.of(begins);
    if (!(begun.content() instanceof None)) {
      begins.begin(peer, times);
    }
    return true;
  }

  private void shed(RequestHead begun) {
    Refusal refusal = Refusal.shed("This server has as many requests in flight as it takes.");
    tell(begun.method(), begun.target(), refusal.status());
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
    forwarded.ifPresent(it -> it.content(bytes));
    if (exchange == Exchange.RUNNING && !response.complete()) {
      outgoing = outgoing.concat(Reframing.content(head.orElseThrow(), bytes));
    }
  }

  private void onEnd() {
    requestEnded = true;
    if (exchange == Exchange.SHED) {
      exchangeOver();
      return;
    }
    if (exchange == Exchange.FORWARDED) {
      forwarded.ifPresent(it -> it.contentEnded(peer, times));
      return;
    }
    outgoing = outgoing.concat(Reframing.end(head.orElseThrow()));
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

  // ---- what is forwarded ----

  /** The head of an answer is written next. */
  void answering() {
    responseBegun = true;
  }

  /** Whether no request follows the one under way. */
  boolean isLast() {
    return draining || last || inputEnded && framing.unread() == 0;
  }

  /** For the date of an answer that has none. */
  Instant now() {
    return Instant.now();
  }

  /** More content is wanted again. */
  void resume() {
    advance();
  }

  /**
   * The answer has been written whole.
   *
   * @param ends the connection with it
   */
  void forwardedOver(boolean ends) {
    last |= ends || !requestEnded;
    forwarded = Optional.empty();
    exchangeOver();
    advance();
  }

  /** A request that is being forwarded gets a problem for an answer. */
  void refuseForwarded(byte[] answer) {
    responseBegun = true;
    channel.writeAndFlush(Unpooled.wrappedBuffer(answer));
    forwardedOver(isLast());
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

  /**
   * Calls the handler. What comes back never fails. A request that was given up while it was on its
   * way through the stream is in flight no more, so its handler must not begin.
   */
  CompletionStage<HttpResponse> handle(HttpRequest request) {
    if (exchange != Exchange.RUNNING) {
      return CompletableFuture.completedFuture(Problems.response(Refusal.internal()));
    }
    handling = HandlerCall.begin(handler.get(), request, head.orElseThrow(), peer);
    return HandlerCall.answered(handling);
  }

  /** Announces the end of the connection in an answer that is the last one. */
  HttpResponse announce(HttpResponse response) {
    boolean lastOne =
        draining
            || !head.map(RequestHead::persistent).orElse(true)
            || inputEnded && framing.unread() == 0;
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
      refusedByParser();
      last |= response.last(head.orElseThrow().minorVersion());
      if (requestEnded) {
        exchangeOver();
        advance();
      }
    }
    writePaused = !channel.isWritable();
    return !writePaused;
  }

  /** The HTTP layer's own parser is stricter than ours in some things, about a target say. */
  private void refusedByParser() {
    if (handling == NOT_CALLED) {
      RequestHead begun = head.orElseThrow();
      meters.refused(response.status());
      tell(begun.method(), begun.target(), response.status());
    }
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

  /** The HTTP layer may take an odd {@code Connection} field for less than we do. */
  private void exchangeOver() {
    requestOver();
    times.answered(System.nanoTime());
    if (last && state == State.OPEN) {
      linger();
    }
  }

  private void requestOver() {
    if (exchange == Exchange.RUNNING || exchange == Exchange.FORWARDED) {
      meters.requestOver();
    }
    exchange = Exchange.NONE;
  }

  // ---- the end ----

  private void refuse(Refusal refusal) {
    boolean inExchange = exchange == Exchange.RUNNING || exchange == Exchange.FORWARDED;
    boolean answerable = !inExchange || !responseBegun;
    boolean toHead = inExchange && head.orElseThrow().isHead();
    boolean answered = exchange == Exchange.SHED;
    boolean whole = answered || exchange != Exchange.FORWARDED && response.complete();
    boolean handled =
        exchange == Exchange.FORWARDED || exchange == Exchange.RUNNING && handling != NOT_CALLED;
    state = State.LINGERING; // before the stream hears of it
    abandon(new EntityStreamException(new ErrorInfo(refusal.detail(), "")), refusal.status());
    meters.refused(refusal.status());
    if (answerable && !answered) {
      if (!handled) {
        tell(framing.method(), framing.target(), refusal.status());
      }
      lastAnswer(refusal, toHead);
    } else if (whole) {
      linger();
    } else {
      channel.close();
    }
  }

  /** Tells of an answer that the handler knows nothing of, since it was not called. */
  private void tell(String method, String target, int status) {
    handler.get().refused(method, target, status, times.ofRequest(System.nanoTime()));
  }

  /**
   * The request will not be complete, or nobody waits for its answer any more.
   *
   * @param status by which that is logged
   */
  private void abandon(EntityStreamException cause, int status) {
    if (stream.isPresent() && !streamEnded) {
      streamEnded = true;
      stream.orElseThrow().broken(cause);
    }
    if (exchange == Exchange.FORWARDED) {
      exchange = Exchange.NONE;
      forwarded.ifPresent(it -> it.abandon(status));
      forwarded = Optional.empty();
      meters.requestOver();
    }
    if (exchange == Exchange.RUNNING) {
      exchange = Exchange.NONE;
      // As long as the handler works the request is in flight, with or without a client; a handler
      // that was not called by now is not called any more.
      handling.whenComplete((done, failed) -> meters.requestOver());
    }
  }

  private void lastAnswer(Refusal refusal, boolean toHead) {
    channel.write(
        Unpooled.wrappedBuffer(ProblemAnswer.response(refusal, toHead, true, Instant.now())));
    linger();
  }

  private void linger() {
    state = State.LINGERING;
    readOrNot();
    lingering.begin(inputEnded);
  }

  /** Answers what has begun, takes no further request, and ends. */
  void drain() {
    draining = true;
  }

  /**
   * The time in which a draining server reads is over. A request that is whole is still answered;
   * one that is not gets this for an answer, and is not carried out.
   */
  void endReading() {
    boolean begun =
        switch (exchange) {
          case NONE -> framing.headBegun() && !last;
          case SHED -> false;
          case RUNNING, FORWARDED -> !requestEnded && !responseBegun;
        };
    if (state == State.OPEN && begun) {
      refuse(Refusal.shed("This server leaves, and the request was not there whole in time."));
    }
  }

  // ---- times ----

  /** Called several times within the shortest limit. */
  void checkTimes(long now) {
    ChannelOutboundBuffer output = channel.unsafe().outboundBuffer();
    if (output != null
        && times.writeStalled(output.totalPendingWriteBytes(), output.currentProgress(), now)) {
      channel.close();
    } else if (state == State.OPEN && exchange == Exchange.NONE && !last) {
      checkBetween(now);
    } else if (state == State.OPEN && awaitsContent() && times.contentStalled(now)) {
      refuse(Refusal.requestTimeout("The content did not go on arriving."));
    }
  }

  private boolean awaitsContent() {
    return exchange != Exchange.NONE && !requestEnded && unused < WINDOW && wantsContent();
  }

  private void checkBetween(long now) {
    switch (times.between(framing.headBegun(), draining, now)) {
      case WAIT -> {}
      case HEAD_IS_LATE ->
          refuse(Refusal.requestTimeout("The head of the request was not complete in time."));
      case IDLE -> channel.close();
      case QUIET_WHILE_DRAINING -> linger();
    }
  }
}
