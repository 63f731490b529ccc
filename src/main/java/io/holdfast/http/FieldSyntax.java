package io.holdfast.http;

import java.util.regex.Pattern;

/** The characters of RFC 9110 section 5 and RFC 9112, as tables. */
public final class FieldSyntax {
  private static final Pattern PORT = Pattern.compile(":[0-9]{1,5}");
  private static final Pattern ADDRESS = Pattern.compile("[0-9A-Fa-f:.]+");

  private static final boolean[] TOKEN = new boolean[256];
  private static final boolean[] VALUE = new boolean[256];
  private static final boolean[] HOST = new boolean[256];

  static {
    mark(TOKEN, "!#$%&'*+-.^_`|~0123456789");
    mark(TOKEN, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");
    mark(HOST, "-._~%!$&'()*+;=0123456789");
    mark(HOST, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");
    for (int c = 0x20; c < 256; c++) {
      VALUE[c] = c != 0x7f;
    }
    VALUE['\t'] = true;
  }

  private FieldSyntax() {}

  private static void mark(boolean[] table, String characters) {
    characters.chars().forEach(c -> table[c] = true);
  }

  /** Whether the byte may be part of a token ({@code tchar}). */
  public static boolean isToken(byte b) {
    return TOKEN[b & 0xff];
  }

  /** Whether the run is a token: at least one {@code tchar} and nothing else. */
  public static boolean isToken(byte[] bytes, int from, int to) {
    for (int i = from; i < to; i++) {
      if (!TOKEN[bytes[i] & 0xff]) {
        return false;
      }
    }
    return from < to;
  }

  /** Whether the run has only visible characters, obs-text, SP and HTAB: no CR, NUL or control. */
  public static boolean isValue(byte[] bytes, int from, int to) {
    for (int i = from; i < to; i++) {
      if (!VALUE[bytes[i] & 0xff]) {
        return false;
      }
    }
    return true;
  }

  /** The index of the colon that ends a well-formed field name, or -1. */
  public static int nameEnd(byte[] bytes, int from, int to) {
    int i = from;
    while (i < to && TOKEN[bytes[i] & 0xff]) {
      i++;
    }
    return i > from && i < to && bytes[i] == ':' ? i : -1;
  }

  /** Compares without regard to the case of letters; the expected word is given in lower case. */
  public static boolean equalsIgnoreCase(byte[] bytes, int from, int to, String lowerCase) {
    if (to - from != lowerCase.length()) {
      return false;
    }
    for (int i = 0; i < lowerCase.length(); i++) {
      int c = bytes[from + i];
      if ((c >= 'A' && c <= 'Z' ? c + 32 : c) != lowerCase.charAt(i)) {
        return false;
      }
    }
    return true;
  }

  /**
   * Whether the value can name a host: a registered name or address with an optional port (RFC 3986
   * section 3.2). User information, a comma (two values folded into one) and emptiness are refused.
   */
  public static boolean isHost(String value) {
    int portAt;
    if (value.startsWith("[")) {
      int close = value.indexOf(']');
      if (close < 3 || !ADDRESS.matcher(value.substring(1, close)).matches()) {
        return false;
      }
      portAt = close + 1;
    } else {
      int colon = value.indexOf(':');
      portAt = colon < 0 ? value.length() : colon;
      if (portAt == 0 || !value.substring(0, portAt).chars().allMatch(c -> c < 256 && HOST[c])) {
        return false;
      }
    }
    return isPort(value.substring(portAt));
  }

  private static boolean isPort(String rest) {
    if (rest.isEmpty()) {
      return true;
    }
    return PORT.matcher(rest).matches() && Integer.parseInt(rest.substring(1)) <= 65535;
  }
}
