package io.holdfast.http;

import java.util.ArrayList;
import java.util.List;

/** Splits field values where a quoted string (RFC 9110, section 5.6.4) does not hide the border. */
public final class FieldText {
  private FieldText() {}

  /** The parts between separators, without surrounding white space; never none. */
  public static List<String> split(String text, char separator) {
    var parts = new ArrayList<String>(4);
    boolean quoted = false;
    int from = 0;
    for (int at = 0; at < text.length(); at++) {
      char c = text.charAt(at);
      if (quoted && c == '\\') {
        at++;
      } else if (c == '"') {
        quoted = !quoted;
      } else if (c == separator && !quoted) {
        parts.add(text.substring(from, at).strip());
        from = at + 1;
      }
    }
    parts.add(text.substring(from).strip());
    return parts;
  }

  /** A quoted string's content, or the text itself. */
  public static String unquoted(String text) {
    if (text.length() < 2 || text.charAt(0) != '"' || text.charAt(text.length() - 1) != '"') {
      return text;
    }
    return text.substring(1, text.length() - 1).replaceAll("\\\\(.)", "$1");
  }
}
