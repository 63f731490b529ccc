package io.holdfast.edge;

import io.holdfast.caching.Answer;
import io.holdfast.caching.Multipart;
import io.holdfast.caching.StoredResponse;
import io.holdfast.http.FieldLine;
import io.holdfast.http.Fields;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.UUID;
import org.apache.pekko.http.javadsl.model.StatusCode;
import org.apache.pekko.http.javadsl.model.StatusCodes;

/** Answers that are made of stored responses, as bytes. Pure. */
final class StoredRendering {
  /** Ends a head. */
  static final byte[] NOT_LAST = "\r\n".getBytes(StandardCharsets.US_ASCII);

  /** Ends a head, and says that the connection ends as well. */
  static final byte[] LAST = "Connection: close\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

  private StoredRendering() {}

  /** The head of a whole stored response, but for its end. */
  static byte[] whole(
      StoredResponse response, int length, long age, String cacheStatus, String proxyName) {
    var fields = response.fields().with("Age", Long.toString(age));
    var head = head(response.status(), fields, new Manner(false, cacheStatus, proxyName, false));
    append(head, "Content-Length", Integer.toString(length));
    return head.toString().getBytes(StandardCharsets.ISO_8859_1);
  }

  /**
   * What an answer is given with.
   *
   * @param isHead without its content
   * @param cacheStatus ours (RFC 9211)
   * @param proxyName ours, for {@code Via}
   * @param last the connection ends with it
   */
  record Manner(boolean isHead, String cacheStatus, String proxyName, boolean last) {}

  /**
   * @param content all that is stored
   */
  static ByteBuf answer(Answer answer, byte[] content, Manner manner) {
    if (answer instanceof Answer.Whole whole) {
      return whole.status() == 204 || whole.status() == 205
          ? empty(answer, manner)
          : withContent(answer, Unpooled.wrappedBuffer(content), manner);
    } else if (answer instanceof Answer.Part part) {
      var slice = Unpooled.wrappedBuffer(content, (int) part.from(), (int) part.length());
      return withContent(answer, slice, manner);
    } else if (answer instanceof Answer.Parts parts) {
      return parts(parts, content, manner);
    } else if (answer instanceof Answer.Unsatisfiable) {
      return withContent(answer, Unpooled.EMPTY_BUFFER, manner);
    }
    return empty(answer, manner);
  }

  private static ByteBuf parts(Answer.Parts parts, byte[] content, Manner manner) {
    var boundary = UUID.randomUUID().toString().replace("-", "");
    var pieces = new ArrayList<ByteBuf>();
    for (var piece : parts.content().pieces(boundary)) {
      pieces.add(
          piece instanceof Multipart.Slice slice
              ? Unpooled.wrappedBuffer(content, (int) slice.from(), (int) slice.length())
              : Unpooled.wrappedBuffer(((Multipart.Framing) piece).bytes()));
    }
    var typed = parts.fields().with("Content-Type", Multipart.contentType(boundary));
    var all = Unpooled.wrappedBuffer(pieces.toArray(ByteBuf[]::new));
    return withContent(parts.status(), typed, all, manner);
  }

  private static ByteBuf withContent(Answer answer, ByteBuf content, Manner manner) {
    return withContent(answer.status(), answer.fields(), content, manner);
  }

  private static ByteBuf withContent(int status, Fields fields, ByteBuf content, Manner manner) {
    var head = head(status, fields, manner);
    append(head, "Content-Length", Integer.toString(content.readableBytes()));
    var bytes = bytes(head, manner);
    return manner.isHead() ? bytes : Unpooled.wrappedBuffer(bytes, content);
  }

  private static ByteBuf empty(Answer answer, Manner manner) {
    return bytes(head(answer.status(), answer.fields(), manner), manner);
  }

  private static StringBuilder head(int status, Fields fields, Manner manner) {
    var head = new StringBuilder(512);
    head.append("HTTP/1.1 ").append(status).append(' ').append(reason(status)).append("\r\n");
    for (var line : fields.lines()) {
      if (!isFraming(line)) {
        append(head, line.name(), line.value());
      }
    }
    append(head, "Via", "1.1 " + manner.proxyName());
    append(head, "Cache-Status", manner.cacheStatus());
    return head;
  }

  private static boolean isFraming(FieldLine line) {
    return line.is("Content-Length") || line.is("Transfer-Encoding") || line.is("Connection");
  }

  static String reason(int status) {
    return StatusCodes.lookup(status).map(StatusCode::reason).orElse("");
  }

  private static ByteBuf bytes(StringBuilder head, Manner manner) {
    if (manner.last()) {
      append(head, "Connection", "close");
    }
    head.append("\r\n");
    return Unpooled.wrappedBuffer(head.toString().getBytes(StandardCharsets.ISO_8859_1));
  }

  private static void append(StringBuilder text, String name, String value) {
    text.append(name).append(": ").append(value).append("\r\n");
  }
}
