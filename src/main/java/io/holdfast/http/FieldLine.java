package io.holdfast.http;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * One field line of a message (RFC 9110, section 5).
 *
 * @param name as sent
 * @param value without the blanks around it; each byte as one character
 */
public record FieldLine(String name, String value) {

  public boolean is(String other) {
    return name.length() == other.length() && name.equalsIgnoreCase(other);
  }

  /**
   * The field lines of a head whose syntax has been checked.
   *
   * @param head from the start line to the empty line
   */
  public static List<FieldLine> of(Bytes head) {
    var lines = new ArrayList<FieldLine>(16);
    var bytes = head.array();
    int at = lineEnd(bytes, head.from()) + 2;
    while (at < head.to() && bytes[at] != '\r') {
      int end = lineEnd(bytes, at);
      int colon = at;
      while (bytes[colon] != ':') {
        colon++;
      }
      lines.add(new FieldLine(text(bytes, at, colon), value(bytes, colon + 1, end)));
      at = end + 2;
    }
    return lines;
  }

  /** The field lines of which each stands there with its CRLF, and nothing else. */
  public static List<FieldLine> lines(byte[] fields) {
    var head = new byte[fields.length + 4];
    head[0] = '\r';
    head[1] = '\n';
    System.arraycopy(fields, 0, head, 2, fields.length);
    head[head.length - 2] = '\r';
    head[head.length - 1] = '\n';
    return of(new Bytes(head, 0, head.length));
  }

  /** The lines as {@link #lines} takes them. */
  public static byte[] bytes(List<FieldLine> lines) {
    var text = new StringBuilder(256);
    lines.forEach(it -> text.append(it.name()).append(": ").append(it.value()).append("\r\n"));
    return text.toString().getBytes(StandardCharsets.ISO_8859_1);
  }

  private static int lineEnd(byte[] bytes, int from) {
    int i = from;
    while (bytes[i] != '\r') {
      i++;
    }
    return i;
  }

  private static String value(byte[] bytes, int from, int to) {
    int begin = from;
    int end = to;
    while (begin < end && isBlank(bytes[begin])) {
      begin++;
    }
    while (end > begin && isBlank(bytes[end - 1])) {
      end--;
    }
    return text(bytes, begin, end);
  }

  private static boolean isBlank(byte b) {
    return b == ' ' || b == '\t';
  }

  private static String text(byte[] bytes, int from, int to) {
    return new String(bytes, from, to - from, StandardCharsets.ISO_8859_1);
  }
}
