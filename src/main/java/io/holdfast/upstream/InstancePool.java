package io.holdfast.upstream;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.ConnectTimeoutException;
import io.netty.channel.EventLoop;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/** The connections of one event loop to instances that carry nothing at the moment. */
final class InstancePool {
  /** Shorter than what servers close after, so that a request seldom meets a closed connection. */
  private static final Duration IDLE_MAX = Duration.ofSeconds(15);

  private static final int IDLE_PER_INSTANCE_MAX = 256;

  private final EventLoop loop;
  private final Class<? extends Channel> socketType;
  private final Addresses addresses;
  private final Map<InstanceAddress, Deque<InstanceConnection>> idle = new HashMap<>();

  InstancePool(EventLoop loop, boolean epoll, Addresses addresses) {
    this.loop = loop;
    this.socketType = epoll ? EpollSocketChannel.class : NioSocketChannel.class;
    this.addresses = addresses;
  }

  /** One that is open already. */
  Optional<InstanceConnection> take(InstanceAddress address) {
    var waiting = idle.get(address);
    while (waiting != null && !waiting.isEmpty()) {
      var newest = waiting.removeLast();
      if (newest.isOpen()) {
        return Optional.of(newest);
      }
    }
    return Optional.empty();
  }

  /** What became of an attempt to connect. */
  sealed interface Connected {
    record Open(InstanceConnection connection) implements Connected {}

    record Failed(ProxyError error, String reason) implements Connected {}
  }

  /** Opens another one; the outcome comes on the loop. */
  void connect(InstanceAddress address, Duration timeout, Consumer<Connected> outcome) {
    addresses
        .of(address)
        .whenComplete(
            (resolved, failure) -> {
              if (loop.inEventLoop()) {
                connect(address, resolved, failure, timeout, outcome);
              } else {
                loop.execute(() -> connect(address, resolved, failure, timeout, outcome));
              }
            });
  }

  private void connect(
      InstanceAddress address,
      InetSocketAddress resolved,
      Throwable failure,
      Duration timeout,
      Consumer<Connected> outcome) {
    if (failure != null) {
      outcome.accept(
          new Connected.Failed(ProxyError.DNS_ERROR, "The name of the instance has no address."));
      return;
    }
    new Bootstrap()
        .group(loop)
        .channel(socketType)
        .option(ChannelOption.TCP_NODELAY, true)
        .option(ChannelOption.SO_KEEPALIVE, true)
        .option(ChannelOption.AUTO_CLOSE, false) // who is sent no more may have answered already
        .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, (int) timeout.toMillis())
        .handler(
            new ChannelInitializer<>() {
              @Override
              protected void initChannel(Channel channel) {
                channel
                    .pipeline()
                    .addLast(new InstanceConnection(address, channel, InstancePool.this));
              }
            })
        .connect(resolved)
        .addListener((ChannelFutureListener) connecting -> outcome.accept(outcomeOf(connecting)));
  }

  private static Connected outcomeOf(ChannelFuture connecting) {
    if (connecting.isSuccess()) {
      var connection = connecting.channel().pipeline().get(InstanceConnection.class);
      return new Connected.Open(connection);
    }
    boolean timedOut = connecting.cause() instanceof ConnectTimeoutException;
    return timedOut
        ? new Connected.Failed(
            ProxyError.CONNECTION_TIMEOUT, "The instance did not take the connection in time.")
        : new Connected.Failed(
            ProxyError.CONNECTION_REFUSED, "its instance cannot be connected to.");
  }

  /** It has carried a request, and may carry another. */
  void give(InstanceConnection connection) {
    var waiting = idle.computeIfAbsent(connection.address(), it -> new ArrayDeque<>());
    if (waiting.size() < IDLE_PER_INSTANCE_MAX) {
      waiting.addLast(connection);
    } else {
      connection.close();
    }
  }

  void forget(InstanceConnection connection) {
    var waiting = idle.get(connection.address());
    if (waiting != null) {
      waiting.remove(connection);
    }
  }

  /** Closes those that nobody has used for long. */
  void closeIdle(long nowNanos) {
    for (var waiting : idle.values()) {
      for (var connection : List.copyOf(waiting)) {
        if (nowNanos - connection.idleSince() >= IDLE_MAX.toNanos()) {
          connection.close();
        }
      }
    }
  }

  void closeAll() {
    var open = new ArrayList<InstanceConnection>();
    idle.values().forEach(open::addAll);
    open.forEach(InstanceConnection::close);
  }
}
