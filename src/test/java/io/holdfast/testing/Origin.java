package io.holdfast.testing;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/** A service that does what a test tells it, on a free port of loopback. */
public final class Origin implements AutoCloseable {
  private final ServerSocket listener;
  private final Thread acceptor;
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();
  private final List<Request> requests = new CopyOnWriteArrayList<>();
  private volatile Behaviour behaviour;

  /** What it does with a request. */
  @FunctionalInterface
  public interface Behaviour {
    void answer(Request request, Exchange exchange) throws Exception;
  }

  /** One request as it came. */
  public record Request(String head, String content) {
    public String line() {
      return head.substring(0, head.indexOf("\r\n"));
    }

    public Optional<String> field(String name) {
      return fields(name).stream().findFirst();
    }

    public List<String> fields(String name) {
      var prefix = name.toLowerCase(Locale.ROOT) + ":";
      return head.lines()
          .skip(1)
          .filter(line -> line.toLowerCase(Locale.ROOT).startsWith(prefix))
          .map(line -> line.substring(prefix.length()).strip())
          .toList();
    }
  }

  /** The connection that a request came by. */
  public record Exchange(Socket socket, InputStream in, OutputStream out) {
    public void send(String bytes) throws IOException {
      out.write(bytes.getBytes(StandardCharsets.ISO_8859_1));
      out.flush();
    }

    /** A whole answer with content of that text. */
    public void text(int status, String content, String... fields) throws IOException {
      var lines = fields.length == 0 ? "" : String.join("\r\n", fields) + "\r\n";
      send(
          "HTTP/1.1 %d Said\r\nContent-Length: %d\r\n%s\r\n%s"
              .formatted(status, content.length(), lines, content));
    }

    /** Says nothing, for as long as the other side waits. */
    public void hang() throws IOException {
      while (in.read() >= 0) {
        // more of what is not answered
      }
    }

    public void reset() throws IOException {
      socket.setSoLinger(true, 0);
      socket.close();
    }
  }

  private Origin(Behaviour behaviour) throws IOException {
    this.behaviour = behaviour;
    this.listener = new ServerSocket(0, 512, InetAddress.getLoopbackAddress());
    this.acceptor = thread(this::accept);
    acceptor.start();
  }

  public static Origin start(Behaviour behaviour) {
    try {
      return new Origin(behaviour);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  /** One that answers with its own name. */
  public static Origin named(String name) {
    return start((request, exchange) -> exchange.text(200, name));
  }

  private static Thread thread(Runnable work) {
    var thread = new Thread(work, "origin");
    thread.setDaemon(true);
    return thread;
  }

  public void does(Behaviour next) {
    behaviour = next;
  }

  public String url() {
    return "http://127.0.0.1:" + listener.getLocalPort();
  }

  /** As an instance is named. */
  public String name() {
    return "127.0.0.1:" + listener.getLocalPort();
  }

  /** What came, in order. */
  public List<Request> requests() {
    return requests;
  }

  public int connections() {
    return open.size();
  }

  private void accept() {
    while (!listener.isClosed()) {
      try {
        var socket = listener.accept();
        socket.setTcpNoDelay(true);
        open.add(socket);
        thread(() -> serve(socket)).start();
      } catch (IOException e) {
        return;
      }
    }
  }

  private void serve(Socket socket) {
    try (socket) {
      var in = new BufferedInputStream(socket.getInputStream());
      var exchange = new Exchange(socket, in, socket.getOutputStream());
      while (true) {
        var head = head(in);
        if (head.isEmpty()) {
          return;
        }
        var request = new Request(head.get(), content(head.get(), in));
        requests.add(request);
        behaviour.answer(request, exchange);
        if (socket.isClosed()) {
          return;
        }
      }
    } catch (Exception e) {
      // the other side went away, or was sent away
    } finally {
      open.remove(socket);
    }
  }

  private static Optional<String> head(InputStream in) throws IOException {
    var head = new ByteArrayOutputStream();
    while (!head.toString(StandardCharsets.ISO_8859_1).endsWith("\r\n\r\n")) {
      int b = in.read();
      if (b < 0) {
        return Optional.empty();
      }
      head.write(b);
    }
    return Optional.of(head.toString(StandardCharsets.ISO_8859_1));
  }

  private static String content(String head, InputStream in) throws IOException {
    var probe = new Request(head, "");
    var length = probe.field("Content-Length");
    if (length.isPresent()) {
      return new String(in.readNBytes(Integer.parseInt(length.get())), StandardCharsets.ISO_8859_1);
    }
    return probe.field("Transfer-Encoding").isPresent() ? chunks(in) : "";
  }

  private static String chunks(InputStream in) throws IOException {
    var content = new StringBuilder();
    while (true) {
      int size = Integer.parseInt(line(in), 16);
      if (size == 0) {
        line(in);
        return content.toString();
      }
      content.append(new String(in.readNBytes(size), StandardCharsets.ISO_8859_1));
      line(in);
    }
  }

  private static String line(InputStream in) throws IOException {
    var line = new StringBuilder();
    int b = in.read();
    while (b != '\n' && b >= 0) {
      line.append((char) b);
      b = in.read();
    }
    return line.toString().strip();
  }

  /** It refuses connections from now on, and ends those that are open. */
  @Override
  public void close() {
    try {
      listener.close();
      acceptor.join();
      for (var socket : open) {
        socket.close();
      }
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
