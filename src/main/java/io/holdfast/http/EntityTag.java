package io.holdfast.http;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * An entity tag (RFC 9110, section 8.8.3).
 *
 * @param weak it names equivalent, not equal, content
 * @param opaque what stands between the quotes
 */
public record EntityTag(boolean weak, String opaque) {

  /** What a list of tags in {@code If-Match} or {@code If-None-Match} says. */
  public record Tags(boolean any, List<EntityTag> tags) {}

  public static EntityTag strong(String opaque) {
    return new EntityTag(false, opaque);
  }

  /** One tag, or nothing if that is none. */
  public static Optional<EntityTag> parse(String text) {
    var tags = text.endsWith("\"") ? parseList(text) : Optional.<Tags>empty();
    return tags.filter(list -> list.tags().size() == 1).map(list -> list.tags().get(0));
  }

  /**
   * {@code *} or a list of tags (RFC 9110, section 13.1.1); empty list elements are skipped
   * (section 5.6.1.2). Nothing if it is malformed or has no tag.
   */
  public static Optional<Tags> parseList(String text) {
    if (text.strip().equals("*")) {
      return Optional.of(new Tags(true, List.of()));
    }
    var tags = new ArrayList<EntityTag>();
    int at = 0;
    boolean separated = true;
    while (true) {
      at = skipSpace(text, at);
      if (at == text.length()) {
        return tags.isEmpty() ? Optional.empty() : Optional.of(new Tags(false, tags));
      }
      if (text.charAt(at) == ',') {
        separated = true;
        at++;
        continue;
      }
      int end = separated ? endOfTag(text, at) : -1;
      if (end < 0) {
        return Optional.empty();
      }
      boolean weak = text.charAt(at) == 'W';
      tags.add(new EntityTag(weak, text.substring(at + (weak ? 3 : 1), end - 1)));
      at = end;
      separated = false;
    }
  }

  private static int skipSpace(String text, int from) {
    int at = from;
    while (at < text.length() && (text.charAt(at) == ' ' || text.charAt(at) == '\t')) {
      at++;
    }
    return at;
  }

  /** Behind the closing quote, or -1. */
  private static int endOfTag(String text, int from) {
    int quote = text.startsWith("W/", from) ? from + 2 : from;
    if (quote >= text.length() || text.charAt(quote) != '"') {
      return -1;
    }
    for (int at = quote + 1; at < text.length(); at++) {
      char c = text.charAt(at);
      if (c == '"') {
        return at + 1;
      }
      if (c < 0x21 || c == 0x7f) {
        return -1;
      }
    }
    return -1;
  }

  /** RFC 9110, section 8.8.3.2: both strong, and equal. */
  public boolean matchesStrongly(EntityTag other) {
    return !weak && !other.weak && opaque.equals(other.opaque);
  }

  /** RFC 9110, section 8.8.3.2: equal, weak or not. */
  public boolean matchesWeakly(EntityTag other) {
    return opaque.equals(other.opaque);
  }

  @Override
  public String toString() {
    return (weak ? "W/\"" : "\"") + opaque + '"';
  }
}
