package io.holdfast.upstream;

import io.holdfast.http.FieldLine;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * A service's answer as a whole, to be given as often as it is asked for, each time the same.
 *
 * @param reason the phrase, up to 255 characters
 * @param fields those for the client, without what frames the content
 * @param content not changed any more
 */
public record StoredAnswer(int status, String reason, List<FieldLine> fields, byte[] content) {
  private static final int REASON_MAX = 255;
  private static final String REPLAYED = "Idempotent-Replayed";

  public StoredAnswer {
    fields = List.copyOf(fields);
  }

  /**
   * @param now for an answer without a date (RFC 9110, section 6.6.1)
   * @param proxyName ours, for {@code Via} (RFC 9110, section 7.6.3)
   */
  public static StoredAnswer of(ResponseHead head, byte[] content, String proxyName, Instant now) {
    var reason = head.reason();
    var fields = new ArrayList<FieldLine>();
    for (var line : ResponseRendering.fields(head, proxyName, now)) {
      if (!line.is("Content-Length") && !line.is(REPLAYED)) {
        fields.add(line);
      }
    }
    return new StoredAnswer(
        head.status(),
        reason.length() > REASON_MAX ? reason.substring(0, REASON_MAX) : reason,
        fields,
        content);
  }

  /** The same with further fields behind its own. */
  StoredAnswer with(List<FieldLine> more) {
    var all = new ArrayList<>(fields);
    all.addAll(more);
    return new StoredAnswer(status, reason, all, content);
  }

  /** The fields as they stand in a head, each with its CRLF. */
  public byte[] fieldBytes() {
    return FieldLine.bytes(fields);
  }

  /** The same from {@link #fieldBytes}. */
  public static StoredAnswer stored(int status, String reason, byte[] fieldBytes, byte[] content) {
    return new StoredAnswer(status, reason, FieldLine.lines(fieldBytes), content);
  }

  /**
   * Gives it to a client, whole.
   *
   * @param replayed it is not the first who gets it
   */
  public void giveTo(ForwardClient client, boolean replayed) {
    giveTo(client, replayed, false);
  }

  /**
   * Gives it to a client.
   *
   * @param isHead without its content
   */
  public void giveTo(ForwardClient client, boolean replayed, boolean isHead) {
    client.answering(status);
    client.write(bytes(replayed, isHead, client.isLast()));
    client.complete(false);
  }

  private ByteBuf bytes(boolean replayed, boolean isHead, boolean last) {
    var head = new StringBuilder(512);
    head.append("HTTP/1.1 ").append(status).append(' ').append(reason).append("\r\n");
    fields.forEach(line -> append(head, line.name(), line.value()));
    if (replayed) {
      append(head, REPLAYED, "true");
    }
    if (status != 204 && status != 304) { // RFC 9110, section 8.6
      append(head, "Content-Length", String.valueOf(content.length));
    }
    if (last) {
      append(head, "Connection", "close");
    }
    var headBytes = head.append("\r\n").toString().getBytes(StandardCharsets.ISO_8859_1);
    return isHead ? Unpooled.wrappedBuffer(headBytes) : Unpooled.wrappedBuffer(headBytes, content);
  }

  private static void append(StringBuilder text, String name, String value) {
    text.append(name).append(": ").append(value).append("\r\n");
  }
}
