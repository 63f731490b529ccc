package io.holdfast.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Takes connections on one address and passes their octets on to another. An address is {@code
 * HOST:PORT}, or the path of a socket in the file system: that is the same file in every network
 * namespace, so two relays lead from one namespace into another.
 */
public final class Relay implements AutoCloseable {
  private static final int BUFFER_BYTES = 16 * 1024;
  private static final int BACKLOG = 1024;

  private final ServerSocketChannel listener;
  private final String to;
  private final Set<SocketChannel> channels = ConcurrentHashMap.newKeySet();

  private Relay(ServerSocketChannel listener, String to) {
    this.listener = listener;
    this.to = to;
  }

  /**
   * The relays of a process of its own. It says a line when all of them listen, and ends with its
   * input.
   *
   * @param args from, to, from, to, ...
   */
  public static void main(String[] args) throws IOException {
    for (int i = 0; i < args.length; i += 2) {
      start(args[i], args[i + 1]);
    }
    System.out.println("listening");
    System.out.flush();
    System.in.transferTo(System.err);
    System.exit(0);
  }

  /** Takes connections from now on. Port 0 is any that is free. */
  public static Relay start(String from, String to) {
    try {
      var address = address(from);
      var family =
          address instanceof UnixDomainSocketAddress
              ? StandardProtocolFamily.UNIX
              : StandardProtocolFamily.INET;
      var relay = new Relay(ServerSocketChannel.open(family).bind(address, BACKLOG), to);
      thread(relay::accept);
      return relay;
    } catch (IOException e) {
      throw new UncheckedIOException(from, e);
    }
  }

  private static SocketAddress address(String text) {
    int colon = text.indexOf(':');
    return colon < 0
        ? UnixDomainSocketAddress.of(text)
        : new InetSocketAddress(
            text.substring(0, colon), Integer.parseInt(text.substring(colon + 1)));
  }

  /** The port that it listens on. */
  public int port() {
    try {
      return ((InetSocketAddress) listener.getLocalAddress()).getPort();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void accept() {
    try {
      while (true) {
        var client = listener.accept();
        channels.add(client);
        thread(() -> connect(client));
      }
    } catch (IOException e) {
      // Closed: nobody needs it any more.
    }
  }

  private void connect(SocketChannel client) {
    try {
      var server = SocketChannel.open(address(to));
      channels.add(server);
      atOnce(client);
      atOnce(server);
      thread(() -> pump(client, server));
      pump(server, client);
    } catch (IOException e) {
      close(client);
    }
  }

  private static void atOnce(SocketChannel channel) throws IOException {
    if (channel.supportedOptions().contains(StandardSocketOptions.TCP_NODELAY)) {
      channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
    }
  }

  private void pump(SocketChannel from, SocketChannel to) {
    try {
      var buffer = ByteBuffer.allocate(BUFFER_BYTES);
      while (from.read(buffer) >= 0) {
        buffer.flip();
        while (buffer.hasRemaining()) {
          to.write(buffer);
        }
        buffer.clear();
      }
    } catch (IOException e) {
      // The connection is over: so is this thread.
    } finally {
      channels.remove(from);
      close(from);
      close(to);
    }
  }

  private static void close(Channel channel) {
    try {
      channel.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void thread(Runnable work) {
    var thread = new Thread(work, "relay");
    thread.setDaemon(true);
    thread.start();
  }

  @Override
  public void close() {
    close(listener);
    channels.forEach(Relay::close);
  }
}
