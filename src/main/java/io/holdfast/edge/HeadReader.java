package io.holdfast.edge;

import io.holdfast.http.Bytes;
import io.holdfast.http.FieldSyntax;
import io.holdfast.http.RequestHead;
import io.holdfast.http.RequestHead.Chunked;
import io.holdfast.http.RequestHead.Content;
import io.holdfast.http.RequestHead.Length;
import io.holdfast.http.RequestHead.None;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * Reads one request's head line by line (RFC 9112 sections 2 to 6) and refuses whatever two readers
 * could understand in two ways. One instance is one head.
 */
final class HeadReader {
  /** Longer methods than any that is registered (RFC 9112 section 3 advises 501 for them). */
  static final int METHOD_LENGTH_MAX = 32;

  /** Around the target: method, two spaces, {@code HTTP/1.1}, CRLF. */
  static final int REQUEST_LINE_REST = METHOD_LENGTH_MAX + 12;

  private static final Optional<Refusal> FINE = Optional.empty();

  private final HttpSettings limits;
  private String method = "";
  private String target = "";
  private int minorVersion = 1;
  private int fieldLines;
  private int hosts;
  private long contentLength = -1;
  private int transferEncodings;
  private String transferEncoding = "";
  private boolean close;
  private boolean keepAlive;
  private boolean expectsContinue;

  HeadReader(HttpSettings limits) {
    this.limits = limits;
  }

  /** Whether the request line has been read. */
  boolean begun() {
    return !method.isEmpty();
  }

  String method() {
    return method;
  }

  String target() {
    return target;
  }

  /** What is wrong with so much head, whether or not the line that it ends in is complete. */
  Optional<Refusal> checkSize(int lineBytes, int headBytes) {
    int lineMax = Math.min(limits.uriBytesMax() + REQUEST_LINE_REST, limits.headerBlockBytesMax());
    if (!begun() && lineBytes > lineMax) {
      return Optional.of(Refusal.uriTooLong());
    }
    if (headBytes > limits.headerBlockBytesMax()) {
      return Optional.of(
          Refusal.headerTooLarge("The header section is larger than this server takes."));
    }
    return FINE;
  }

  /** Reads one line that is not empty, without its CRLF. */
  Optional<Refusal> line(byte[] bytes, int from, int to) {
    return begun() ? field(bytes, from, to) : requestLine(bytes, from, to);
  }

  private Optional<Refusal> requestLine(byte[] bytes, int from, int to) {
    int methodEnd = indexOf(bytes, from, to, ' ');
    if (methodEnd < 0 || !FieldSyntax.isToken(bytes, from, methodEnd)) {
      return bad("The request line does not begin with a method.");
    }
    int targetEnd = indexOf(bytes, methodEnd + 1, to, ' ');
    if (targetEnd < 0 || !isVersion(bytes, targetEnd + 1, to)) {
      return bad("The request line is not a method, a target and a version.");
    }
    if (methodEnd - from > METHOD_LENGTH_MAX) {
      return Optional.of(Refusal.notImplemented("The method is not known here."));
    }
    method = methodName(bytes, from, methodEnd);
    if (targetEnd - methodEnd - 1 > limits.uriBytesMax()) {
      return Optional.of(Refusal.uriTooLong());
    }
    target = latin1(bytes, methodEnd + 1, targetEnd);
    if (bytes[targetEnd + 6] != '1' || bytes[targetEnd + 8] > '1') {
      return Optional.of(Refusal.versionNotSupported());
    }
    minorVersion = bytes[targetEnd + 8] - '0';
    return checkTarget();
  }

  private static boolean isVersion(byte[] bytes, int from, int to) {
    return to - from == 8
        && bytes[from] == 'H'
        && bytes[from + 1] == 'T'
        && bytes[from + 2] == 'T'
        && bytes[from + 3] == 'P'
        && bytes[from + 4] == '/'
        && isDigit(bytes[from + 5])
        && bytes[from + 6] == '.'
        && isDigit(bytes[from + 7]);
  }

  private static String methodName(byte[] bytes, int from, int to) {
    boolean get = to - from == 3 && bytes[from] == 'G' && bytes[from + 1] == 'E';
    return get && bytes[from + 2] == 'T' ? "GET" : latin1(bytes, from, to);
  }

  /** RFC 9112 section 3.2: origin-form, absolute-form, or an asterisk for OPTIONS. */
  private Optional<Refusal> checkTarget() {
    if (method.equals("CONNECT")) {
      return Optional.of(Refusal.notImplemented("This server is no tunnel."));
    }
    if (method.equals("TRACE")) {
      return Optional.of(Refusal.methodNotAllowed("TRACE is not allowed on any resource here."));
    }
    for (int i = 0; i < target.length(); i++) {
      char c = target.charAt(i);
      if (c <= ' ' || c >= 0x7f || c == '#') {
        return bad("The request target has a character that no URI has.");
      }
    }
    if (target.startsWith("/") || (target.equals("*") && method.equals("OPTIONS"))) {
      return FINE;
    }
    return isAbsoluteForm() ? FINE : bad("The request target is neither a path nor a URI.");
  }

  private boolean isAbsoluteForm() {
    int authority =
        target.regionMatches(true, 0, "http://", 0, 7)
            ? 7
            : target.regionMatches(true, 0, "https://", 0, 8) ? 8 : -1;
    if (authority < 0) {
      return false;
    }
    int end = authority;
    while (end < target.length() && "/?".indexOf(target.charAt(end)) < 0) {
      end++;
    }
    return FieldSyntax.isHost(target.substring(authority, end));
  }

  private Optional<Refusal> field(byte[] bytes, int from, int to) {
    if (++fieldLines > limits.headerCountMax()) {
      return Optional.of(
          Refusal.headerTooLarge("There are more field lines than this server takes."));
    }
    int colon = FieldSyntax.nameEnd(bytes, from, to);
    if (colon < 0) {
      return bad(
          bytes[from] == ' ' || bytes[from] == '\t'
              ? "A field line is folded (obs-fold)."
              : "A field line does not begin with a field name and a colon.");
    }
    if (!FieldSyntax.isValue(bytes, colon + 1, to)) {
      return bad("A field value has a control character.");
    }
    int valueFrom = colon + 1;
    while (valueFrom < to && isBlank(bytes[valueFrom])) {
      valueFrom++;
    }
    int valueTo = to;
    while (valueTo > valueFrom && isBlank(bytes[valueTo - 1])) {
      valueTo--;
    }
    return interpret(bytes, from, colon, valueFrom, valueTo);
  }

  /** The five fields that frame the message and decide about the connection. */
  private Optional<Refusal> interpret(byte[] bytes, int from, int colon, int valueFrom, int to) {
    switch (colon - from) {
      case 4:
        return FieldSyntax.equalsIgnoreCase(bytes, from, colon, "host")
            ? host(latin1(bytes, valueFrom, to))
            : FINE;
      case 6:
        if (FieldSyntax.equalsIgnoreCase(bytes, from, colon, "expect")) {
          expectsContinue |= FieldSyntax.equalsIgnoreCase(bytes, valueFrom, to, "100-continue");
        }
        return FINE;
      case 10:
        if (FieldSyntax.equalsIgnoreCase(bytes, from, colon, "connection")) {
          connection(latin1(bytes, valueFrom, to));
        }
        return FINE;
      case 14:
        return FieldSyntax.equalsIgnoreCase(bytes, from, colon, "content-length")
            ? contentLength(bytes, valueFrom, to)
            : FINE;
      case 17:
        if (FieldSyntax.equalsIgnoreCase(bytes, from, colon, "transfer-encoding")) {
          transferEncodings++;
          transferEncoding = latin1(bytes, valueFrom, to);
        }
        return FINE;
      default:
        return FINE;
    }
  }

  private Optional<Refusal> host(String value) {
    if (++hosts > 1) {
      return bad("There is more than one Host field.");
    }
    return FieldSyntax.isHost(value) ? FINE : bad("The Host field does not name a host.");
  }

  private void connection(String value) {
    for (String option : value.split(",")) {
      close |= option.strip().equalsIgnoreCase("close");
      keepAlive |= option.strip().equalsIgnoreCase("keep-alive");
    }
  }

  /**
   * RFC 9112 section 6.3, item 5, allows to refuse a repeated length even when all are equal, or to
   * make them one. Refusing needs no rewriting, and no client that we know repeats it.
   */
  private Optional<Refusal> contentLength(byte[] bytes, int from, int to) {
    if (contentLength >= 0) {
      return bad("There is more than one Content-Length field.");
    }
    if (from == to || to - from > 18) {
      return bad("The Content-Length is not a number of bytes that could be received.");
    }
    long length = 0;
    for (int i = from; i < to; i++) {
      if (!isDigit(bytes[i])) {
        return bad("The Content-Length is not one decimal number.");
      }
      length = length * 10 + (bytes[i] - '0');
    }
    contentLength = length;
    return FINE;
  }

  /** What only the whole head can show. */
  Optional<Refusal> finish() {
    if (hosts == 0 && minorVersion == 1) {
      return bad("The Host field is missing.");
    }
    return transferEncodings == 0 ? FINE : transferEncoding();
  }

  private Optional<Refusal> transferEncoding() {
    if (contentLength >= 0) {
      return bad("There are both a Transfer-Encoding and a Content-Length field.");
    }
    if (minorVersion == 0) {
      return bad("HTTP/1.0 has no Transfer-Encoding.");
    }
    if (transferEncodings > 1) {
      return bad("There is more than one Transfer-Encoding field.");
    }
    if (transferEncoding.equalsIgnoreCase("chunked")) {
      return FINE;
    }
    return namesAnotherCoding()
        ? Optional.of(Refusal.notImplemented("The only transfer coding known here is chunked."))
        : bad("The Transfer-Encoding is not exactly one chunked.");
  }

  private boolean namesAnotherCoding() {
    boolean another = false;
    for (String coding : transferEncoding.split(",", -1)) {
      byte[] name = coding.strip().getBytes(StandardCharsets.ISO_8859_1);
      if (!FieldSyntax.isToken(name, 0, name.length)) {
        return false;
      }
      another |= !FieldSyntax.equalsIgnoreCase(name, 0, name.length, "chunked");
    }
    return another;
  }

  /** The head, once {@link #finish} had nothing to say. */
  RequestHead head(Bytes bytes) {
    boolean persistent = minorVersion == 1 ? !close : keepAlive && !close;
    return new RequestHead(
        method, target, minorVersion, persistent, expectsContinue, content(), bytes);
  }

  private Content content() {
    if (transferEncodings > 0) {
      return new Chunked();
    }
    return contentLength > 0 ? new Length(contentLength) : new None();
  }

  private static Optional<Refusal> bad(String detail) {
    return Optional.of(Refusal.badRequest(detail));
  }

  private static boolean isDigit(byte b) {
    return b >= '0' && b <= '9';
  }

  private static boolean isBlank(byte b) {
    return b == ' ' || b == '\t';
  }

  private static int indexOf(byte[] bytes, int from, int to, char c) {
    for (int i = from; i < to; i++) {
      if (bytes[i] == c) {
        return i;
      }
    }
    return -1;
  }

  private static String latin1(byte[] bytes, int from, int to) {
    return new String(bytes, from, to - from, StandardCharsets.ISO_8859_1);
  }
}
