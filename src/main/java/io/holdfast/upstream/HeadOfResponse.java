package io.holdfast.upstream;

import io.holdfast.http.Bytes;
import io.holdfast.http.FieldLine;
import io.holdfast.http.FieldSyntax;
import io.holdfast.upstream.ResponseHead.Content;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Reads and checks the head of a response (RFC 9112, sections 4 to 6). Pure. */
final class HeadOfResponse {
  private static final int FIELDS_MAX = 256;

  private HeadOfResponse() {}

  /** What became of it. */
  sealed interface Read {
    record Right(ResponseHead head) implements Read {}

    /** It could be understood in two ways, or in none. */
    record Wrong(ProxyError error, String reason) implements Read {}
  }

  /**
   * @param bytes from the status line to the empty line
   * @param toHead it answers a HEAD request
   */
  static Read read(Bytes bytes, boolean toHead) {
    var wrong = checkLines(bytes);
    if (wrong.isPresent()) {
      return wrong(wrong.get());
    }
    int lineEnd = lineEnd(bytes.array(), bytes.from());
    var line = latin1(bytes.array(), bytes.from(), lineEnd);
    if (!isStatusLine(line)) {
      return wrong("Its answer does not begin with a status line of HTTP/1.");
    }
    int status = Integer.parseInt(line.substring(9, 12));
    var reason = line.length() > 13 ? line.substring(13) : "";
    int minorVersion = line.charAt(7) - '0';
    return framed(status, reason, minorVersion, FieldLine.of(bytes), toHead);
  }

  /**
   * By hand, as all that is read of each answer: a pattern costs more than the rest of the head.
   */
  private static boolean isStatusLine(String line) {
    boolean begins =
        line.length() >= 12
            && line.startsWith("HTTP/1.")
            && (line.charAt(7) == '0' || line.charAt(7) == '1')
            && line.charAt(8) == ' '
            && line.charAt(9) != '0'
            && isNumber(line, 9, 12)
            && (line.length() == 12 || line.charAt(12) == ' ');
    for (int i = 13; begins && i < line.length(); i++) {
      char c = line.charAt(i);
      begins = c == '\t' || c >= ' ' && c != 0x7f;
    }
    return begins;
  }

  private static boolean isLength(String value) {
    return !value.isEmpty() && value.length() <= 18 && isNumber(value, 0, value.length());
  }

  private static boolean isNumber(String text, int from, int to) {
    for (int i = from; i < to; i++) {
      if (text.charAt(i) < '0' || text.charAt(i) > '9') {
        return false;
      }
    }
    return true;
  }

  private static Read wrong(String reason) {
    return new Read.Wrong(ProxyError.HTTP_PROTOCOL_ERROR, reason);
  }

  private static Read framed(
      int status, String reason, int minorVersion, List<FieldLine> fields, boolean toHead) {
    if (status == 101) {
      return wrong("It switches protocols, which nobody has asked for.");
    }
    if (fields.size() > FIELDS_MAX) {
      return new Read.Wrong(
          ProxyError.HTTP_RESPONSE_HEADER_SECTION_SIZE, "There are too many fields in its answer.");
    }
    var lengths = values(fields, "content-length");
    var codings = values(fields, "transfer-encoding");
    if (!codings.isEmpty() && (codings.size() > 1 || !codings.get(0).equalsIgnoreCase("chunked"))) {
      return new Read.Wrong(
          ProxyError.HTTP_RESPONSE_TRANSFER_CODING,
          "The Transfer-Encoding of its answer is not exactly one chunked.");
    }
    if (!codings.isEmpty() && (!lengths.isEmpty() || minorVersion == 0)) {
      return new Read.Wrong(
          ProxyError.HTTP_RESPONSE_TRANSFER_CODING,
          "Its answer has a Transfer-Encoding that it must not have.");
    }
    if (lengths.stream().distinct().count() > 1
        || !lengths.isEmpty() && !isLength(lengths.get(0))) {
      return wrong("The Content-Length of its answer is not one number.");
    }
    var content = content(status, lengths, codings, toHead);
    boolean persistent =
        !(content instanceof Content.UntilClose) && persistent(fields, minorVersion);
    return new Read.Right(
        new ResponseHead(status, reason, fields, content, minorVersion, persistent));
  }

  private static Content content(
      int status, List<String> lengths, List<String> codings, boolean toHead) {
    if (toHead || status < 200 || status == 204 || status == 304) {
      return new Content.None();
    }
    if (!codings.isEmpty()) {
      return new Content.Chunked();
    }
    return lengths.isEmpty()
        ? new Content.UntilClose()
        : new Content.Length(Long.parseLong(lengths.get(0)));
  }

  private static boolean persistent(List<FieldLine> fields, int minorVersion) {
    boolean close = false;
    boolean keepAlive = false;
    for (var value : values(fields, "connection")) {
      for (var option : value.split(",")) {
        close |= option.strip().equalsIgnoreCase("close");
        keepAlive |= option.strip().equalsIgnoreCase("keep-alive");
      }
    }
    return !close && (minorVersion == 1 || keepAlive);
  }

  private static List<String> values(List<FieldLine> fields, String name) {
    List<String> values = List.of();
    for (var line : fields) {
      if (line.is(name)) {
        if (values.isEmpty()) {
          values = new ArrayList<>(1);
        }
        values.add(line.value());
      }
    }
    return values;
  }

  /** Each line ends with CRLF, and each but the first is a field line. */
  private static Optional<String> checkLines(Bytes bytes) {
    var array = bytes.array();
    int at = bytes.from();
    boolean first = true;
    while (at < bytes.to()) {
      int lf = at;
      while (array[lf] != '\n') {
        lf++;
      }
      if (lf == at || array[lf - 1] != '\r') {
        return Optional.of("A line of its answer ends with a bare LF.");
      }
      if (first && lineEnd(array, at) < lf - 1) {
        return Optional.of("There is a bare CR in the first line of its answer.");
      }
      if (lf - 1 > at && !first && !isField(array, at, lf - 1)) {
        return Optional.of("A line in the head of its answer is not a field line.");
      }
      first = false;
      at = lf + 1;
    }
    return Optional.empty();
  }

  private static boolean isField(byte[] array, int from, int to) {
    int colon = FieldSyntax.nameEnd(array, from, to);
    return colon >= 0 && FieldSyntax.isValue(array, colon + 1, to);
  }

  private static int lineEnd(byte[] array, int from) {
    int i = from;
    while (array[i] != '\r') {
      i++;
    }
    return i;
  }

  private static String latin1(byte[] array, int from, int to) {
    return new String(array, from, to - from, StandardCharsets.ISO_8859_1);
  }
}
