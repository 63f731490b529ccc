package io.holdfast.route;

/** What a path below a route of documents names. Pure. */
public sealed interface DocumentId {
  int LENGTH_MAX = 128;

  /** The collection itself. */
  record Collection() implements DocumentId {}

  /** A document; its id is decoded. */
  record Document(String id) implements DocumentId {}

  /** Nothing: {@code /docs/}. */
  record Nothing() implements DocumentId {}

  /** No id can look like that. */
  record Malformed(String reason) implements DocumentId {}

  /**
   * An id is 1 to 128 unreserved characters (RFC 3986, section 2.3), not {@code .} or {@code ..}; a
   * percent-encoded unreserved character is that character.
   *
   * @param remainder the path behind the route's prefix, not decoded
   */
  static DocumentId parse(String remainder) {
    if (remainder.isEmpty()) {
      return new Collection();
    }
    if (remainder.equals("/")) {
      return new Nothing();
    }
    var id = new StringBuilder(remainder.length());
    for (int at = 1; at < remainder.length(); at++) {
      int c = remainder.charAt(at);
      if (c == '%') {
        c = decoded(remainder, at);
        at += 2;
      }
      if (!isUnreserved(c)) {
        return new Malformed(
            "A document's id has letters, digits, '-', '.', '_' and '~' only, one path segment");
      }
      id.append((char) c);
    }
    if (id.length() > LENGTH_MAX) {
      return new Malformed("A document's id has at most " + LENGTH_MAX + " characters");
    }
    var text = id.toString();
    return text.equals(".") || text.equals("..")
        ? new Malformed("A document's id is not '.' or '..'")
        : new Document(text);
  }

  private static int decoded(String text, int at) {
    if (at + 2 >= text.length()) {
      return -1;
    }
    int high = hexadecimal(text.charAt(at + 1));
    int low = hexadecimal(text.charAt(at + 2));
    return high < 0 || low < 0 ? -1 : high * 16 + low;
  }

  /** Only ASCII counts: the JDK's own method takes digits of every script. */
  private static int hexadecimal(char c) {
    return c < 0x80 ? Character.digit(c, 16) : -1;
  }

  private static boolean isUnreserved(int c) {
    return (c >= 'a' && c <= 'z')
        || (c >= 'A' && c <= 'Z')
        || (c >= '0' && c <= '9')
        || c == '-'
        || c == '.'
        || c == '_'
        || c == '~';
  }
}
