package io.holdfast.http;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Structured fields (RFC 9651): reads lists and dictionaries strictly. Whoever gets nothing ignores
 * the whole field, as section 4.2 asks.
 */
public final class StructuredField {
  private static final int INTEGER_DIGITS_MAX = 15;
  private static final int DECIMAL_DIGITS_MAX = 12;
  private static final int FRACTION_DIGITS_MAX = 3;

  private final String text;
  private int at;

  private StructuredField(String text) {
    this.text = text;
  }

  /** A value without its parameters (section 3.3), or an inner list (section 3.1.1). */
  public sealed interface Value {}

  /** An integer of up to 15 digits. */
  public record Whole(long number) implements Value {}

  /** A number with up to three digits behind the point. */
  public record Decimal(BigDecimal number) implements Value {}

  /** A string. */
  public record Text(String text) implements Value {}

  /** A token. */
  public record Token(String text) implements Value {}

  /** A byte sequence, as its characters in base 64. */
  public record Binary(String base64) implements Value {}

  /** A boolean; what a dictionary's member without a value is. */
  public record Flag(boolean isTrue) implements Value {}

  /** A date, in seconds since 1970. */
  public record Date(long seconds) implements Value {}

  /** A display string, percent-encoded as sent. */
  public record Display(String encoded) implements Value {}

  /** Items in brackets. */
  public record Inner(List<Item> items) implements Value {}

  /** A value with its parameters. */
  public record Item(Value value, Map<String, Value> parameters) {}

  private static final class Malformed extends RuntimeException {
    private static final long serialVersionUID = 1;

    Malformed() {
      super("not a structured field", null, false, false);
    }
  }

  /** The members of a dictionary (section 4.2.2); of a key that comes twice the last counts. */
  public static Optional<Map<String, Item>> dictionary(String text) {
    try {
      return Optional.of(new StructuredField(text).members());
    } catch (Malformed e) {
      return Optional.empty();
    }
  }

  /** The members of a list (section 4.2.1). */
  public static Optional<List<Item>> list(String text) {
    try {
      return Optional.of(new StructuredField(text).items());
    } catch (Malformed e) {
      return Optional.empty();
    }
  }

  /** As a string of section 4.1.6; what a string cannot hold is left out. */
  public static String quoted(String text) {
    var quoted = new StringBuilder("\"");
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '"' || c == '\\') {
        quoted.append('\\');
      }
      if (c >= 0x20 && c < 0x7f) {
        quoted.append(c);
      }
    }
    return quoted.append('"').toString();
  }

  private Map<String, Item> members() {
    var members = new LinkedHashMap<String, Item>();
    skip(" ");
    while (at < text.length()) {
      var key = key();
      Item member = take('=') ? member() : new Item(new Flag(true), parameters());
      members.remove(key);
      members.put(key, member);
      separator();
    }
    return members;
  }

  private List<Item> items() {
    var items = new ArrayList<Item>();
    skip(" ");
    while (at < text.length()) {
      items.add(member());
      separator();
    }
    return items;
  }

  /** Behind a member: the end, or a comma and another member. */
  private void separator() {
    skip(" \t");
    if (at == text.length()) {
      return;
    }
    need(',');
    skip(" \t");
    require(at < text.length());
  }

  private Item member() {
    return peek() == '(' ? inner() : item();
  }

  private Item inner() {
    need('(');
    var items = new ArrayList<Item>();
    while (true) {
      skip(" ");
      if (take(')')) {
        return new Item(new Inner(List.copyOf(items)), parameters());
      }
      items.add(item());
      require(peek() == ' ' || peek() == ')');
    }
  }

  private Item item() {
    return new Item(bare(), parameters());
  }

  private Map<String, Value> parameters() {
    var parameters = new LinkedHashMap<String, Value>();
    while (take(';')) {
      skip(" ");
      var key = key();
      parameters.put(key, take('=') ? bare() : new Flag(true));
    }
    return parameters;
  }

  private String key() {
    int from = at;
    require(isLower(peek()) || peek() == '*');
    while (isLower(peek()) || isDigit(peek()) || "_-.*".indexOf(peek()) >= 0) {
      at++;
    }
    return text.substring(from, at);
  }

  private Value bare() {
    char c = peek();
    if (c == '-' || isDigit(c)) {
      return number();
    }
    if (c == '"') {
      return new Text(string());
    }
    if (c == '*' || isAlpha(c)) {
      return new Token(token());
    }
    at++;
    return switch (c) {
      case ':' -> new Binary(base64());
      case '?' -> new Flag(flag());
      case '@' -> new Date(date());
      case '%' -> new Display(string());
      default -> throw new Malformed();
    };
  }

  private Value number() {
    int from = at;
    take('-');
    int digits = digits();
    require(digits > 0);
    if (peek() != '.') {
      require(digits <= INTEGER_DIGITS_MAX);
      return new Whole(Long.parseLong(text.substring(from, at)));
    }
    at++;
    int fraction = digits();
    require(digits <= DECIMAL_DIGITS_MAX && fraction > 0 && fraction <= FRACTION_DIGITS_MAX);
    return new Decimal(new BigDecimal(text.substring(from, at)));
  }

  private int digits() {
    int from = at;
    while (isDigit(peek())) {
      at++;
    }
    return at - from;
  }

  private String string() {
    need('"');
    var value = new StringBuilder();
    while (true) {
      char c = peek();
      require(c >= 0x20 && c < 0x7f);
      at++;
      if (c == '"') {
        return value.toString();
      }
      if (c == '\\') {
        c = peek();
        require(c == '"' || c == '\\');
        at++;
      }
      value.append(c);
    }
  }

  private String token() {
    int from = at;
    while (peek() == ':' || peek() == '/' || peek() != 0 && FieldSyntax.isToken((byte) peek())) {
      at++;
    }
    return text.substring(from, at);
  }

  private String base64() {
    int end = text.indexOf(':', at);
    require(end >= 0);
    var encoded = text.substring(at, end);
    try {
      Base64.getDecoder().decode(encoded);
    } catch (IllegalArgumentException e) {
      throw new Malformed();
    }
    at = end + 1;
    return encoded;
  }

  private boolean flag() {
    char c = peek();
    require(c == '0' || c == '1');
    at++;
    return c == '1';
  }

  private long date() {
    var seconds = number();
    if (seconds instanceof Whole whole) {
      return whole.number();
    }
    throw new Malformed();
  }

  /** The character here; 0 at the end, and for what no structured field may have. */
  private char peek() {
    char c = at < text.length() ? text.charAt(at) : 0;
    return c < 0x80 ? c : 0;
  }

  private boolean take(char c) {
    boolean here = peek() == c;
    at += here ? 1 : 0;
    return here;
  }

  private void need(char c) {
    require(take(c));
  }

  private void skip(String characters) {
    while (peek() != 0 && characters.indexOf(peek()) >= 0) {
      at++;
    }
  }

  private static void require(boolean wellFormed) {
    if (!wellFormed) {
      throw new Malformed();
    }
  }

  private static boolean isLower(char c) {
    return c >= 'a' && c <= 'z';
  }

  private static boolean isAlpha(char c) {
    return isLower(c) || c >= 'A' && c <= 'Z';
  }

  private static boolean isDigit(char c) {
    return c >= '0' && c <= '9';
  }
}
