package io.holdfast.upstream;

import io.holdfast.http.FieldLine;
import io.holdfast.http.HttpDate;
import io.holdfast.upstream.ResponseHead.Content;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** The head of an instance's answer as a client gets it. Pure. */
final class ResponseRendering {
  private ResponseRendering() {}

  /**
   * @param chunked its content is sent in chunks of our own
   * @param last the connection ends with it
   * @param now for an answer without a date (RFC 9110, section 6.6.1)
   * @param proxyName ours, for {@code Via} (RFC 9110, section 7.6.3)
   */
  static String head(
      ResponseHead head, boolean chunked, boolean last, String proxyName, Instant now) {
    var text = startLine(head);
    for (var line : fields(head, proxyName, now)) {
      append(text, line.name(), line.value());
    }
    if (chunked) {
      append(text, "Transfer-Encoding", "chunked");
    }
    if (last) {
      append(text, "Connection", "close");
    }
    return text.append("\r\n").toString();
  }

  /** What a client gets to see of its fields, and ours. */
  static List<FieldLine> fields(ResponseHead head, String proxyName, Instant now) {
    var fields = new ArrayList<FieldLine>(head.fields().size() + 2);
    var hopByHop = HopByHop.of(head.fields());
    boolean dated = false;
    for (var line : head.fields()) {
      boolean framing = line.is("Content-Length") && !keepsLength(head);
      if (!framing && !hopByHop.has(line.name())) {
        fields.add(line);
        dated |= line.is("Date");
      }
    }
    if (!dated) {
      fields.add(new FieldLine("Date", HttpDate.format(now)));
    }
    fields.add(new FieldLine("Via", "1." + head.minorVersion() + " " + proxyName));
    return fields;
  }

  /** RFC 9110, section 8.6: not in 1xx and 204; in answers to HEAD and 304 it tells of a GET. */
  private static boolean keepsLength(ResponseHead head) {
    return head.content() instanceof Content.Length
        || head.content() instanceof Content.None && head.status() != 204;
  }

  static String interim(ResponseHead head) {
    var text = startLine(head);
    var hopByHop = HopByHop.of(head.fields());
    for (var line : head.fields()) {
      if (!hopByHop.has(line.name()) && !line.is("Content-Length")) {
        append(text, line.name(), line.value());
      }
    }
    return text.append("\r\n").toString();
  }

  private static StringBuilder startLine(ResponseHead head) {
    return new StringBuilder(512)
        .append("HTTP/1.1 ")
        .append(head.status())
        .append(' ')
        .append(head.reason())
        .append("\r\n");
  }

  private static void append(StringBuilder text, String name, String value) {
    text.append(name).append(": ").append(value).append("\r\n");
  }
}
