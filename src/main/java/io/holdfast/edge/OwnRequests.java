package io.holdfast.edge;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Requests that this process makes of its own public port, to find out whether a client would be
 * answered. They go a client's way, through the same sockets and event loops. What tells them from
 * a client's is the address of their socket: the kernel gives it to nobody else as long as it is
 * open, so no client can pass for one, whatever it sends.
 *
 * <p>They have a handler of their own, are not among what is counted and logged of clients, and are
 * not turned away by limits on clients: a node that has as much to do as it takes is well.
 */
public final class OwnRequests {
  private static final int STATUS_LINE_MAX = 256;

  private final HttpServer.Handler handler;
  private final EdgeMeters meters;
  private final Set<InetSocketAddress> sockets = ConcurrentHashMap.newKeySet();

  /**
   * @param handler answers them
   */
  public OwnRequests(HttpServer.Handler handler) {
    this.handler = handler;
    this.meters = EdgeMeters.unlimited(new SimpleMeterRegistry());
  }

  boolean areFrom(Peer peer) {
    return sockets.contains(peer.address());
  }

  HttpServer.Handler handler() {
    return handler;
  }

  EdgeMeters meters() {
    return meters;
  }

  /**
   * GET on a connection of its own; what is not proved to be current will not do. Blocks.
   *
   * @param timeout to connect, and again for the answer
   * @return the status
   * @throws IOException there was no answer
   */
  public int get(InetSocketAddress server, String target, Duration timeout) throws IOException {
    int millis = Math.toIntExact(timeout.toMillis());
    try (var socket = new Socket()) {
      socket.bind(new InetSocketAddress(server.getAddress(), 0));
      var address = (InetSocketAddress) socket.getLocalSocketAddress();
      sockets.add(address);
      try {
        socket.setSoTimeout(millis);
        socket.connect(server, millis);
        socket.getOutputStream().write(request(target));
        return status(socket.getInputStream());
      } finally {
        sockets.remove(address);
      }
    }
  }

  private static byte[] request(String target) {
    return ("GET " + target + " HTTP/1.1\r\nHost: self\r\n")
        .concat("Cache-Control: no-cache\r\nConnection: close\r\n\r\n")
        .getBytes(StandardCharsets.US_ASCII);
  }

  /** Of an answer like {@code HTTP/1.1 404 Not Found}. */
  private static int status(InputStream in) throws IOException {
    var line = new StringBuilder();
    for (int octet = in.read(); octet != '\n'; octet = in.read()) {
      if (octet < 0 || line.length() > STATUS_LINE_MAX) {
        throw new EOFException("the connection ended without an answer");
      }
      line.append((char) octet);
    }
    var words = line.toString().split(" ", 3);
    try {
      return Integer.parseInt(words[1]);
    } catch (RuntimeException e) {
      throw new IOException("this is no answer: " + line, e);
    }
  }
}
