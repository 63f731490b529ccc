package io.holdfast.tools.chaos;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Pattern;

/**
 * The way from the nodes to their database, through this process, which can make it slow. Listens
 * on loopback; where the database refuses, it breaks the connection.
 */
final class DatabaseLink implements AutoCloseable {
  private static final Pattern URL =
      Pattern.compile("(jdbc:(?:h2:tcp|postgresql)://)([^/:,@]+)(?::(\\d+))?(/[^,]*)");
  private static final int POSTGRESQL_PORT = 5432;
  private static final int CONNECT_MILLIS_MAX = 2000;
  private static final int BUFFER_BYTES = 16 * 1024;
  private static final int BACKLOG_MAX = 64;

  private final InetSocketAddress server;
  private final String prefix;
  private final String suffix;
  private final ServerSocket listener;
  private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
  private volatile Slowness slowness = Slowness.NONE;

  /**
   * How slow the database's answers are.
   *
   * @param latencyNanos each piece of an answer arrives so much later
   * @param bytesPerSecond of one connection
   */
  record Slowness(long latencyNanos, long bytesPerSecond) {
    static final Slowness NONE = new Slowness(0, Long.MAX_VALUE);

    /** For how long a piece of so many bytes is held up. */
    long nanos(int bytes) {
      return latencyNanos + (long) (bytes * 1e9 / bytesPerSecond);
    }
  }

  private DatabaseLink(InetSocketAddress server, String prefix, String suffix) {
    this.server = server;
    this.prefix = prefix;
    this.suffix = suffix;
    try {
      listener = new ServerSocket(0, BACKLOG_MAX, InetAddress.getLoopbackAddress());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Why there can be none to that database; empty if there can. */
  static Optional<String> obstacle(String url) {
    return URL.matcher(url).matches()
        ? Optional.empty()
        : Optional.of("the database's URL names not exactly one server to stand before");
  }

  /** Listens, and passes everything on to the server that the URL names. */
  static DatabaseLink to(String url) {
    var parts = URL.matcher(url);
    if (!parts.matches()) {
      throw new IllegalArgumentException(url);
    }
    int port = parts.group(3) == null ? POSTGRESQL_PORT : Integer.parseInt(parts.group(3));
    var link =
        new DatabaseLink(
            new InetSocketAddress(parts.group(2), port), parts.group(1), parts.group(4));
    thread(link::accept);
    return link;
  }

  /** How nodes reach the database through it. */
  String url() {
    return prefix + "127.0.0.1:" + listener.getLocalPort() + suffix;
  }

  /** From now on, also on connections that there are. */
  void be(Slowness wanted) {
    slowness = wanted;
  }

  private void accept() {
    try {
      while (true) {
        var client = listener.accept();
        thread(() -> connect(client));
      }
    } catch (IOException e) {
      // Closed: the run is over.
    }
  }

  private void connect(Socket client) {
    var database = new Socket();
    sockets.add(client);
    sockets.add(database);
    try {
      database.connect(server, CONNECT_MILLIS_MAX);
      client.setTcpNoDelay(true);
      database.setTcpNoDelay(true);
      thread(() -> pump(client, database, false));
      pump(database, client, true);
    } catch (IOException e) {
      end(client, database);
    }
  }

  private void pump(Socket from, Socket to, boolean isAnswer) {
    try {
      var in = from.getInputStream();
      var out = to.getOutputStream();
      var buffer = new byte[BUFFER_BYTES];
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        if (isAnswer) {
          holdUp(slowness.nanos(n));
        }
        out.write(buffer, 0, n);
        out.flush();
      }
    } catch (IOException e) {
      // The connection is over: so is this thread.
    } finally {
      end(from, to);
    }
  }

  private static void holdUp(long nanos) {
    long until = System.nanoTime() + nanos;
    for (long left = nanos; left > 0; left = until - System.nanoTime()) {
      LockSupport.parkNanos(left);
    }
  }

  private void end(Socket... ended) {
    for (var socket : ended) {
      sockets.remove(socket);
      try {
        socket.close();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  private static void thread(Runnable work) {
    var thread = new Thread(work, "database link");
    thread.setDaemon(true);
    thread.start();
  }

  @Override
  public void close() {
    try {
      listener.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    end(sockets.toArray(new Socket[0]));
  }
}
