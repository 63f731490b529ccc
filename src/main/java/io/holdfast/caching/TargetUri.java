package io.holdfast.caching;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.Locale;
import java.util.Optional;

/**
 * The target URI as the key has it: scheme, host as received, normalised path, query as received.
 *
 * <p>Normalised (RFC 3986, section 6.2.2) are escapes only: an escaped unreserved character is that
 * character, the digits of all others are in upper case. {@code %2F} is no slash, and dot segments
 * stay: a service may treat {@code /a/../b} differently from {@code /b}, and then the answer to the
 * one must not stand for the other.
 *
 * @param scheme in lower case
 * @param host with its port, if it was sent
 * @param pathAndQuery begins with a slash
 */
public record TargetUri(String scheme, String host, String pathAndQuery) {
  /** In place of the host where all hosts share their stored responses. */
  public static final String ANY_HOST = "*";

  private static final String UNRESERVED = "-._~";

  @Override
  public boolean equals(Object other) {
    return other instanceof TargetUri it
        && pathAndQuery.equals(it.pathAndQuery)
        && host.equals(it.host)
        && scheme.equals(it.scheme);
  }

  @Override
  public int hashCode() {
    return 31 * pathAndQuery.hashCode() + host.hashCode();
  }

  /**
   * @param host of the request, or {@link #ANY_HOST}
   * @param sent the request target in origin form or absolute form
   */
  public static TargetUri of(String scheme, String host, String sent) {
    int fragment = sent.indexOf('#');
    var target = fragment < 0 ? sent : sent.substring(0, fragment);
    int from = target.startsWith("/") ? 0 : startOfPath(target);
    int query = target.indexOf('?', from);
    var path = normalized(target.substring(from, query < 0 ? target.length() : query));
    return new TargetUri(
        scheme.toLowerCase(Locale.ROOT),
        host,
        (path.isEmpty() ? "/" : path) + (query < 0 ? "" : target.substring(query)));
  }

  /** Roughly what it takes in memory. */
  public int memoryBytes() {
    return scheme.length() + host.length() + pathAndQuery.length();
  }

  private static int startOfPath(String target) {
    int authority = target.indexOf("://");
    int end = authority < 0 ? 0 : authority + 3;
    while (end < target.length() && "/?".indexOf(target.charAt(end)) < 0) {
      end++;
    }
    return end;
  }

  private static String normalized(String path) {
    if (path.indexOf('%') < 0) {
      return path;
    }
    var text = new StringBuilder(path.length());
    for (int at = 0; at < path.length(); at++) {
      char c = path.charAt(at);
      int octet = c == '%' ? octet(path, at + 1) : -1;
      if (octet < 0) {
        text.append(c);
      } else if (isUnreserved(octet)) {
        text.append((char) octet);
        at += 2;
      } else {
        text.append("%%%02X".formatted(octet));
        at += 2;
      }
    }
    return text.toString();
  }

  /** What two hexadecimal digits say, or -1. */
  private static int octet(String path, int at) {
    if (at + 1 >= path.length()) {
      return -1;
    }
    int high = Character.digit(path.charAt(at), 16);
    int low = Character.digit(path.charAt(at + 1), 16);
    return high < 0 || low < 0 || path.charAt(at) > 0x7f || path.charAt(at + 1) > 0x7f
        ? -1
        : high * 16 + low;
  }

  private static boolean isUnreserved(int c) {
    return c >= 'a' && c <= 'z'
        || c >= 'A' && c <= 'Z'
        || c >= '0' && c <= '9'
        || UNRESERVED.indexOf(c) >= 0;
  }

  /**
   * What a reference in this target's answer names, if that is of the same origin (RFC 9110,
   * section 4.3.1); with this target's spelling of the host, because the key has it as received.
   * Dot segments of a reference are its own, and are taken away.
   */
  Optional<TargetUri> sameOrigin(String reference) {
    try {
      var base = new URI(scheme + "://" + (host.equals(ANY_HOST) ? "any.invalid" : host) + path());
      if (reference.isEmpty()) {
        return Optional.of(this);
      }
      // URI.resolve cuts the last segment off where there is only a query.
      var resolved =
          base.resolve(new URI(reference.startsWith("?") ? path() + reference : reference));
      return origin(resolved).equals(origin(base)) && resolved.getRawPath() != null
          ? Optional.of(of(scheme, host, afterAuthority(resolved)))
          : Optional.empty();
    } catch (URISyntaxException | IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  private String path() {
    int query = pathAndQuery.indexOf('?');
    return query < 0 ? pathAndQuery : pathAndQuery.substring(0, query);
  }

  private static String afterAuthority(URI uri) {
    var path = uri.getRawPath().isEmpty() ? "/" : uri.getRawPath();
    return uri.getRawQuery() == null ? path : path + '?' + uri.getRawQuery();
  }

  private static String origin(URI uri) {
    var scheme = String.valueOf(uri.getScheme()).toLowerCase(Locale.ROOT);
    int standard = scheme.equals("https") ? 443 : 80;
    var host = String.valueOf(uri.getHost()).toLowerCase(Locale.ROOT);
    return scheme + "://" + host + ':' + (uri.getPort() < 0 ? standard : uri.getPort());
  }

  @Override
  public String toString() {
    return scheme + "://" + host + pathAndQuery;
  }
}
