package io.holdfast.http;

/**
 * What a request asks for, as its client wrote it (RFC 9112, section 3.2): nothing is decoded and
 * no dot segment is taken away, so that {@code %2F} is no slash and {@code ..} names nothing else.
 *
 * @param path begins with {@code /}, but for the asterisk of {@code OPTIONS *}
 * @param query without the question mark; empty where there is none
 */
public record RequestTarget(String path, String query) {
  /**
   * Takes a target apart. Of an absolute form the scheme and the authority are left out, and an
   * empty path is {@code /} there (RFC 9110, section 4.2.3).
   *
   * @param sent in origin, absolute or asterisk form; has been checked
   */
  public static RequestTarget parse(String sent) {
    int end = endOfHierarchy(sent);
    int from = sent.startsWith("/") ? 0 : startOfPath(sent, end);
    var path = sent.substring(from, end);
    var rest = sent.substring(end);
    int fragment = rest.indexOf('#');
    var query = fragment < 0 ? rest : rest.substring(0, fragment);
    return new RequestTarget(
        path.isEmpty() ? "/" : path, query.isEmpty() ? "" : query.substring(1));
  }

  /** Where the query or, in what no client should send, a fragment begins. */
  private static int endOfHierarchy(String sent) {
    int end = 0;
    while (end < sent.length() && sent.charAt(end) != '?' && sent.charAt(end) != '#') {
      end++;
    }
    return end;
  }

  private static int startOfPath(String sent, int end) {
    int authority = sent.indexOf("://");
    if (authority < 0 || authority > end) {
      return 0;
    }
    int path = sent.indexOf('/', authority + 3);
    return path < 0 || path > end ? end : path;
  }
}
