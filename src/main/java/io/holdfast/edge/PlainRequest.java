package io.holdfast.edge;

import io.holdfast.http.Bytes;
import io.holdfast.http.RequestHead;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * Finds out whether a GET asks for nothing but the target, so that a stored response which does not
 * vary can be its answer without a further look at its fields. Pure.
 */
final class PlainRequest {
  /** In lower case; what begins with {@code if-} comes on top. */
  private static final byte[][] SPECIAL = {
    name("cache-control"),
    name("pragma"),
    name("range"),
    name("via"),
    name("upgrade"),
    name("expect"),
    name("max-forwards"),
    name("transfer-encoding"),
    name("content-length"),
  };

  private static final byte[] CONDITION = name("if-");
  private static final byte[] HOST = name("host");

  private PlainRequest() {}

  private static byte[] name(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  /**
   * The host that it names, if it is plain.
   *
   * @param head checked
   */
  static Optional<String> hostOf(RequestHead head) {
    if (!head.method().equals("GET")
        || !head.target().startsWith("/")
        || !(head.content() instanceof RequestHead.None)) {
      return Optional.empty();
    }
    return hostOf(head.bytes());
  }

  private static Optional<String> hostOf(Bytes head) {
    var bytes = head.array();
    var host = Optional.<String>empty();
    int at = endOfLine(bytes, head.from()) + 2;
    while (at < head.to() && bytes[at] != '\r') {
      int end = endOfLine(bytes, at);
      int colon = at;
      while (bytes[colon] != ':') {
        colon++;
      }
      if (isSpecial(bytes, at, colon)) {
        return Optional.empty();
      }
      if (is(HOST, bytes, at, colon)) {
        host = Optional.of(value(bytes, colon + 1, end));
      }
      at = end + 2;
    }
    return host;
  }

  private static int endOfLine(byte[] bytes, int from) {
    int at = from;
    while (bytes[at] != '\r') {
      at++;
    }
    return at;
  }

  private static boolean isSpecial(byte[] bytes, int from, int to) {
    if (to - from > CONDITION.length && is(CONDITION, bytes, from, from + CONDITION.length)) {
      return true;
    }
    for (var name : SPECIAL) {
      if (is(name, bytes, from, to)) {
        return true;
      }
    }
    return false;
  }

  private static boolean is(byte[] name, byte[] bytes, int from, int to) {
    if (to - from != name.length) {
      return false;
    }
    for (int i = 0; i < name.length; i++) {
      int c = bytes[from + i];
      if ((c >= 'A' && c <= 'Z' ? c + 32 : c) != name[i]) {
        return false;
      }
    }
    return true;
  }

  private static String value(byte[] bytes, int from, int to) {
    int begin = from;
    int end = to;
    while (begin < end && (bytes[begin] == ' ' || bytes[begin] == '\t')) {
      begin++;
    }
    while (end > begin && (bytes[end - 1] == ' ' || bytes[end - 1] == '\t')) {
      end--;
    }
    return new String(bytes, begin, end - begin, StandardCharsets.ISO_8859_1);
  }
}
