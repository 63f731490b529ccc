package io.holdfast.testing;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** A client that sends the bytes it is told to, and reads responses one at a time. */
public final class RawClient implements AutoCloseable {
  private static final int TIMEOUT_MILLIS = 10_000;

  private final Socket socket;
  private final InputStream input;

  private RawClient(Socket socket) throws IOException {
    this.socket = socket;
    this.input = new java.io.BufferedInputStream(socket.getInputStream());
  }

  /** One response as read. */
  public record Response(int status, List<String> fields, String content) {
    public Optional<String> field(String name) {
      String prefix = name.toLowerCase(java.util.Locale.ROOT) + ":";
      return fields.stream()
          .filter(field -> field.toLowerCase(java.util.Locale.ROOT).startsWith(prefix))
          .map(field -> field.substring(prefix.length()).strip())
          .findFirst();
    }

    public boolean closes() {
      return field("Connection").filter("close"::equals).isPresent();
    }
  }

  public static RawClient connect(InetSocketAddress address) throws IOException {
    return connect(address, new Socket());
  }

  /** With a receive buffer so small that the server soon has to wait. */
  public static RawClient connectWithSmallBuffer(InetSocketAddress address) throws IOException {
    Socket socket = new Socket();
    socket.setReceiveBufferSize(4096);
    return connect(address, socket);
  }

  private static RawClient connect(InetSocketAddress address, Socket socket) throws IOException {
    socket.setSoTimeout(TIMEOUT_MILLIS);
    socket.setTcpNoDelay(true);
    socket.connect(address, TIMEOUT_MILLIS);
    return new RawClient(socket);
  }

  /** Sends characters up to U+00FF, each as the byte of its number. */
  public RawClient send(String bytes) throws IOException {
    return send(bytes.getBytes(StandardCharsets.ISO_8859_1));
  }

  public RawClient send(byte[] bytes) throws IOException {
    socket.getOutputStream().write(bytes);
    return this;
  }

  /** Ends the output; the response can still be read. */
  public RawClient sendEnd() throws IOException {
    socket.shutdownOutput();
    return this;
  }

  /** Breaks the connection: unlike an ended output, that is no half of it. */
  public void reset() throws IOException {
    socket.setSoLinger(true, 0);
    socket.close();
  }

  public Response read() throws IOException {
    return read(false);
  }

  /** Reads the response to a HEAD request. */
  public Response readHeadOnly() throws IOException {
    return read(true);
  }

  private Response read(boolean toHead) throws IOException {
    String statusLine = line();
    List<String> fields = new ArrayList<>();
    for (String field = line(); !field.isEmpty(); field = line()) {
      fields.add(field);
    }
    int status = Integer.parseInt(statusLine.substring(9, 12));
    Response head = new Response(status, fields, "");
    String content = toHead || status < 200 || status == 204 || status == 304 ? "" : content(head);
    return new Response(status, fields, content);
  }

  private String content(Response head) throws IOException {
    if (head.field("Transfer-Encoding").isPresent()) {
      return chunks();
    }
    return head.field("Content-Length").isPresent()
        ? bytes(Integer.parseInt(head.field("Content-Length").get()))
        : new String(input.readAllBytes(), StandardCharsets.ISO_8859_1);
  }

  /** Reads chunked content, the head being read. */
  public String readChunks() throws IOException {
    return chunks();
  }

  private String chunks() throws IOException {
    StringBuilder content = new StringBuilder();
    while (true) {
      int size = Integer.parseInt(line(), 16);
      content.append(bytes(size));
      line();
      if (size == 0) {
        return content.toString();
      }
    }
  }

  private String bytes(int length) throws IOException {
    byte[] bytes = input.readNBytes(length);
    if (bytes.length < length) {
      throw new IOException("The response ended after " + bytes.length + " of " + length);
    }
    return new String(bytes, StandardCharsets.ISO_8859_1);
  }

  private String line() throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    for (int b = input.read(); b != '\n'; b = input.read()) {
      if (b < 0) {
        throw new IOException("The connection ended after: " + line);
      }
      if (b != '\r') {
        line.write(b);
      }
    }
    return line.toString(StandardCharsets.ISO_8859_1);
  }

  /** Whether the connection ends in order, without a further byte. */
  public boolean ended() throws IOException {
    return input.read() < 0;
  }

  /** Reads one byte of whatever comes, or says -1 at the end. */
  public int readByte() throws IOException {
    return input.read();
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
