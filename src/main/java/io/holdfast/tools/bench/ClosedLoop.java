package io.holdfast.tools.bench;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;

/** Some connections, spread over some addresses, each with one request under way at any time. */
final class ClosedLoop implements AutoCloseable {
  private static final int ANSWER_BYTES_MAX = 64 * 1024;
  private static final long SELECT_MILLIS = 100;
  private static final long PAUSE_NANOS = 10_000;
  private static final double LATE_SECONDS_MAX = 12;

  private final Selector selector;
  private final long lateNanosMax;
  private final List<Connection> connections = new ArrayList<>();

  /**
   * What one measurement gave.
   *
   * @param errors answers that are no 2xx, and connections that broke
   */
  record Result(Latencies latencies, long errors, double seconds) {
    double perSecond() {
      return latencies.count() / seconds;
    }
  }

  private static final class Connection {
    private final InetSocketAddress address;
    private final ByteBuffer in = ByteBuffer.allocateDirect(ANSWER_BYTES_MAX);
    private SocketChannel channel;
    private ByteBuffer out = ByteBuffer.allocate(0);
    private long sent;

    Connection(InetSocketAddress address) {
      this.address = address;
    }
  }

  ClosedLoop(List<InetSocketAddress> addresses, int count) throws IOException {
    this(addresses, count, LATE_SECONDS_MAX);
  }

  /**
   * @param lateSecondsMax for so long answers are waited for after the last request; what is left
   *     then are errors
   */
  ClosedLoop(List<InetSocketAddress> addresses, int count, double lateSecondsMax)
      throws IOException {
    lateNanosMax = (long) (lateSecondsMax * 1e9);
    selector = Selector.open();
    for (int i = 0; i < count; i++) {
      var connection = new Connection(addresses.get(i % addresses.size()));
      connections.add(connection);
      connect(connection);
    }
  }

  private void connect(Connection connection) throws IOException {
    connection.channel = SocketChannel.open(connection.address);
    connection.channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
    connection.channel.configureBlocking(false);
    connection.channel.register(selector, SelectionKey.OP_READ, connection);
  }

  /**
   * Sends until the time is over or so many were sent, then waits for the answers.
   *
   * @param requests gives the next request's bytes
   */
  Result run(Supplier<byte[]> requests, double seconds, long countMax) throws IOException {
    var latencies = new Latencies();
    long errors = 0;
    long left = countMax;
    long underWay = 0;
    long start = System.nanoTime();
    long end = start + (long) (seconds * 1e9);
    for (var connection : connections) {
      if (left > 0) {
        left--;
        underWay++;
        send(connection, requests.get());
      }
    }
    while (underWay > 0 && System.nanoTime() < end + lateNanosMax) {
      selector.select(SELECT_MILLIS);
      for (var key : selector.selectedKeys()) {
        var connection = (Connection) key.attachment();
        int status = progress(key, connection);
        if (status != 0) {
          long now = System.nanoTime();
          underWay--;
          if (status >= 200 && status < 300) {
            latencies.add(now - connection.sent);
          } else {
            errors++;
          }
          if (left > 0 && now < end) {
            left--;
            underWay++;
            send(connection, requests.get());
          }
        }
      }
      selector.selectedKeys().clear();
    }
    return new Result(latencies, errors + underWay, (System.nanoTime() - start) / 1e9);
  }

  /**
   * Sends at a fixed rate, whatever becomes of what was sent before: a request that finds all
   * connections taken waits, and that counts.
   */
  Result runAtRate(Supplier<byte[]> requests, double seconds, int perSecond) throws IOException {
    var latencies = new Latencies();
    long errors = 0;
    var idle = new ArrayDeque<>(connections);
    var due = new HashMap<Connection, Long>();
    long start = System.nanoTime();
    long count = (long) (seconds * perSecond);
    long sent = 0;
    long end = start + (long) (seconds * 1e9) + lateNanosMax;
    while (sent < count || !due.isEmpty()) {
      long now = System.nanoTime();
      if (now > end) {
        errors += count - sent + due.size();
        break;
      }
      long next = start + sent * 1_000_000_000L / perSecond;
      if (sent < count && now >= next && !idle.isEmpty()) {
        var connection = idle.poll();
        due.put(connection, next);
        sent++;
        send(connection, requests.get());
        continue;
      }
      if (selector.selectNow() == 0) {
        // A selector's own timer is late by more than is measured; but who never sleeps is in the
        // way of those who are measured, for milliseconds.
        LockSupport.parkNanos(PAUSE_NANOS);
      }
      for (var key : selector.selectedKeys()) {
        var connection = (Connection) key.attachment();
        int status = progress(key, connection);
        if (status != 0 && due.containsKey(connection)) {
          long at = due.remove(connection);
          if (status >= 200 && status < 300) {
            latencies.add(System.nanoTime() - at);
          } else {
            errors++;
          }
          idle.add(connection);
        }
      }
      selector.selectedKeys().clear();
    }
    return new Result(latencies, errors, (System.nanoTime() - start) / 1e9);
  }

  private void send(Connection connection, byte[] request) throws IOException {
    connection.in.clear();
    connection.out = ByteBuffer.wrap(request);
    connection.sent = System.nanoTime();
    flush(connection);
  }

  private void flush(Connection connection) throws IOException {
    connection.channel.write(connection.out);
    int interest = SelectionKey.OP_READ;
    if (connection.out.hasRemaining()) {
      interest |= SelectionKey.OP_WRITE;
    }
    connection.channel.keyFor(selector).interestOps(interest);
  }

  /** The status of a complete answer, 0 while it is not complete, -1 when the connection broke. */
  private int progress(SelectionKey key, Connection connection) throws IOException {
    try {
      if (key.isWritable()) {
        flush(connection);
      }
      if (key.isReadable() && connection.channel.read(connection.in) < 0) {
        return renew(connection);
      }
      int status = AnswerReader.complete(connection.in);
      return status < 0 ? renew(connection) : status;
    } catch (IOException e) {
      return renew(connection);
    }
  }

  private int renew(Connection connection) throws IOException {
    connection.channel.close();
    connect(connection);
    return -1;
  }

  @Override
  public void close() throws IOException {
    for (var connection : connections) {
      connection.channel.close();
    }
    selector.close();
  }
}
