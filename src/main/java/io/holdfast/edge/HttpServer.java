package io.holdfast.edge;

import io.holdfast.http.RequestHead;
import io.micrometer.core.instrument.MeterRegistry;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.apache.pekko.Done;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.javadsl.Adapter;
import org.apache.pekko.http.javadsl.model.HttpRequest;
import org.apache.pekko.http.javadsl.model.HttpResponse;

/**
 * The public port: sockets and bytes on Netty's event loops, requests and responses by pekko-http.
 * It accepts until {@link #close}; after {@link #drain} each connection ends with the answer to
 * what it had begun.
 */
public final class HttpServer {
  private static final int BACKLOG = 1024;
  private static final Duration LOOPS_END = Duration.ofSeconds(2);

  /** Turns requests into responses. */
  @FunctionalInterface
  public interface Handler {
    /**
     * Called on the event loop of the connection: must not block, nor compute for long. The answer
     * may come from any thread. A failure is answered as 500 {@code internal}; one of the request's
     * own content as 400 or 413.
     *
     * <p>Fields are as sent: look them up by name, not by pekko-http's model classes. The target as
     * sent is in {@code Raw-Request-URI}.
     */
    CompletionStage<HttpResponse> handle(HttpRequest request, Peer peer);

    /**
     * The way to a service, if that is where the request goes: then {@link #handle} is not called
     * for it. On the event loop of the connection.
     */
    default Optional<Way> way(RequestHead head) {
      return Optional.empty();
    }

    /**
     * Tells of an answer to what was refused before this was called. On the event loop, too.
     *
     * @param method as sent, so far as it was understood; else empty
     * @param target as sent, which may be any bytes; else empty
     */
    default void refused(String method, String target, int status, long nanos) {}
  }

  private final HttpSettings limits;
  private volatile Handler handler;
  private final HttpLayer http;
  private final EdgeMeters meters;
  private final MultiThreadIoEventLoopGroup group;
  private final Map<EventExecutor, Loop> loops = new HashMap<>();
  private final CompletableFuture<Channel> listener = new CompletableFuture<>();
  private final ChannelGroup connections =
      new DefaultChannelGroup(GlobalEventExecutor.INSTANCE, true);
  private final AtomicBoolean closing = new AtomicBoolean();
  private final CompletableFuture<Done> closed = new CompletableFuture<>();
  private volatile Optional<OwnRequests> own = Optional.empty();
  private volatile boolean draining;

  private HttpServer(HttpLayer http, HttpSettings limits, Handler handler, EdgeMeters meters) {
    this.http = http;
    this.limits = limits;
    this.handler = handler;
    this.meters = meters;
    this.group =
        new MultiThreadIoEventLoopGroup(
            loopCount(), new DefaultThreadFactory("holdfast-edge", true), ioHandler());
  }

  /**
   * Binds the port and begins to accept.
   *
   * @return fails with a {@link BindException} when the address is taken or not of this host
   */
  public static CompletionStage<HttpServer> bind(
      ActorSystem<?> system,
      String host,
      int port,
      HttpSettings limits,
      Handler handler,
      MeterRegistry registry) {
    InetSocketAddress address = new InetSocketAddress(host, port);
    org.apache.pekko.actor.ActorSystem classic = Adapter.toClassic(system);
    HttpServer server =
        new HttpServer(
            HttpLayer.create(classic, limits, address),
            limits,
            handler,
            new EdgeMeters(registry, limits));
    for (EventExecutor executor : server.group) {
      EventLoop loop = (EventLoop) executor;
      String dispatcher = LoopDispatcher.register(classic, loop);
      server.loops.put(loop, Loop.start(loop, dispatcher, limits));
    }
    return server.listen(address);
  }

  private static int loopCount() {
    return Math.max(1, Runtime.getRuntime().availableProcessors() / 2);
  }

  private static IoHandlerFactory ioHandler() {
    return Epoll.isAvailable() ? SteadyEpoll.newFactory() : NioIoHandler.newFactory();
  }

  private CompletionStage<HttpServer> listen(InetSocketAddress address) {
    CompletableFuture<HttpServer> bound = new CompletableFuture<>();
    new ServerBootstrap()
        .group(group)
        .channel(socketType())
        .option(ChannelOption.SO_BACKLOG, BACKLOG)
        .option(ChannelOption.SO_REUSEADDR, true) // never SO_REUSEPORT: a second process must fail
        .childOption(ChannelOption.TCP_NODELAY, true)
        .childOption(ChannelOption.SO_KEEPALIVE, true)
        .childOption(ChannelOption.ALLOW_HALF_CLOSURE, true)
        .childHandler(connectionInitializer())
        .bind(address)
        .addListener(
            (ChannelFutureListener)
                binding -> {
                  if (binding.isSuccess()) {
                    listener.complete(binding.channel());
                    bound.complete(this);
                  } else {
                    endLoops();
                    bound.completeExceptionally(bindFailure(address, binding.cause()));
                  }
                });
    return bound;
  }

  private static BindException bindFailure(InetSocketAddress address, Throwable cause) {
    BindException failure =
        new BindException(
            "Cannot listen on %s:%d: %s"
                .formatted(address.getHostString(), address.getPort(), cause.getMessage()));
    failure.initCause(cause);
    return failure;
  }

  private static Class<? extends ServerChannel> socketType() {
    return Epoll.isAvailable() ? EpollServerSocketChannel.class : NioServerSocketChannel.class;
  }

  private ChannelInitializer<Channel> connectionInitializer() {
    return new ChannelInitializer<>() {
      @Override
      protected void initChannel(Channel channel) {
        connections.add(channel);
        channel
            .pipeline()
            .addLast(new Connection(HttpServer.this, channel, loops.get(channel.eventLoop())));
      }
    };
  }

  /**
   * From the next request on another handler answers, and what is counted is counted elsewhere.
   * Connections and what they have begun stay as they are.
   */
  public void serve(Handler next, MeterRegistry registry) {
    meters.countIn(registry);
    handler = next;
  }

  /** Where it listens; the port is the real one when 0 was asked for. */
  public InetSocketAddress address() {
    return (InetSocketAddress) listener.join().localAddress();
  }

  /**
   * Ends every connection politely: what has begun is answered with {@code Connection: close}, a
   * silent connection is closed when it was silent for a second (before that, its client may be
   * sending). New connections are still accepted, and get one answer each.
   */
  public void drain() {
    draining = true;
    loops.values().forEach(Loop::drain);
  }

  /**
   * Stops accepting, drains, and closes what is still open after the deadline.
   *
   * @return done when no connection is left
   */
  public CompletionStage<Done> close(Duration deadline) {
    return close(deadline, Duration.ZERO);
  }

  /**
   * The same, with an answer for each request that has begun to arrive.
   *
   * @param reading from now on: what is not there whole by then is refused, and not carried out
   * @param answering after that, for what is there: then it is closed
   */
  public CompletionStage<Done> close(Duration reading, Duration answering) {
    if (!closing.compareAndSet(false, true)) {
      return closed;
    }
    drain();
    listener
        .join()
        .close()
        .addListener(
            stopped -> {
              connections.newCloseFuture().addListener(all -> allClosed());
              after(reading, () -> loops.values().forEach(Loop::endReading));
              after(reading.plus(answering), connections::close);
            });
    return closed;
  }

  private void after(Duration time, Runnable work) {
    group.schedule(work, time.toNanos(), TimeUnit.NANOSECONDS);
  }

  private void allClosed() {
    endLoops();
    closed.complete(Done.getInstance());
  }

  /** The loops go on a little, for the streams of the last connections run on them. */
  private void endLoops() {
    group.shutdownGracefully(LOOPS_END.toMillis() / 4, LOOPS_END.toMillis(), TimeUnit.MILLISECONDS);
  }

  /** From now on these are told from those of clients. */
  public void recognise(OwnRequests requests) {
    own = Optional.of(requests);
  }

  HttpSettings limits() {
    return limits;
  }

  /** What answers the requests of a peer; clients' are answered by whichever serves then. */
  Supplier<Handler> handlerFor(Peer peer) {
    var its = ownOf(peer).map(OwnRequests::handler);
    return () -> its.orElse(handler);
  }

  HttpLayer http() {
    return http;
  }

  EdgeMeters metersFor(Peer peer) {
    return ownOf(peer).map(OwnRequests::meters).orElse(meters);
  }

  private Optional<OwnRequests> ownOf(Peer peer) {
    return own.filter(requests -> requests.areFrom(peer));
  }

  boolean draining() {
    return draining;
  }
}
