package io.holdfast.resource;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Optional;

/**
 * A JSON value that does not change, with the digits of its numbers and the order of its members as
 * they were written. Changed trees share what they have in common, so a copy costs nothing.
 */
sealed interface JsonTree extends Row.Item
    permits JsonTree.Literal, JsonNumber, JsonTree.Text, JsonTree.Container {
  /** What it is, for a reason. */
  String kind();

  /** Equal as a JSON Patch's test takes it (RFC 6902, section 4.6). */
  boolean isSameAs(JsonTree other);

  void write(JsonGenerator generator) throws IOException;

  /** An array or an object: what a pointer can lead into. */
  sealed interface Container extends JsonTree permits JsonArray, JsonObject {
    Optional<JsonTree> child(String token);

    /** With the value of a child that is there changed, at its place. */
    Container withChild(String token, JsonTree value);

    /**
     * As a patch's add does it: into an array, or as the value of a member, or nothing if there can
     * be no such child.
     */
    Optional<Container> added(String token, JsonTree value);

    /** Without a child that is there. */
    Container removed(String token);
  }

  /** true, false or null. */
  enum Literal implements JsonTree {
    TRUE("true"),
    FALSE("false"),
    NULL("null");

    private final String text;

    Literal(String text) {
      this.text = text;
    }

    @Override
    public long size() {
      return text.length();
    }

    @Override
    public int depth() {
      return 0;
    }

    @Override
    public String kind() {
      return text;
    }

    @Override
    public boolean isSameAs(JsonTree other) {
      return this == other;
    }

    @Override
    public void write(JsonGenerator generator) throws IOException {
      generator.writeRawValue(text);
    }
  }

  /**
   * A string.
   *
   * @param size with its quotation marks and escapes
   */
  record Text(String text, long size) implements JsonTree {
    static Text of(String text) {
      return new Text(text, JsonTree.quotedSize(text));
    }

    @Override
    public int depth() {
      return 0;
    }

    @Override
    public String kind() {
      return "a string";
    }

    @Override
    public boolean isSameAs(JsonTree other) {
      return other instanceof Text string && text.equals(string.text);
    }

    @Override
    public void write(JsonGenerator generator) throws IOException {
      generator.writeString(text);
    }
  }

  /**
   * @param content which {@link JsonContent} has found to be JSON
   * @return nothing if it is nested too deep
   * @throws IllegalArgumentException if it is not JSON
   */
  static Optional<JsonTree> parse(byte[] content, int depthMax) {
    var text = new String(content, StandardCharsets.UTF_8);
    try (var parser = JsonContent.JSON.createParser(text)) {
      parser.nextToken();
      return Optional.ofNullable(value(parser, depthMax));
    } catch (IOException e) {
      throw new IllegalArgumentException("Not JSON, which it was taken for", e);
    }
  }

  /** In UTF-8, without whitespace, and only with escapes that must be; as long as its size says. */
  default byte[] toBytes() {
    var text = new StringWriter();
    try (var generator = JsonContent.JSON.createGenerator(text)) {
      write(generator);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return text.toString().getBytes(StandardCharsets.UTF_8);
  }

  /** How many bytes a string has when it is written. */
  static long quotedSize(String text) {
    long size = 2;
    for (int at = 0; at < text.length(); at++) {
      char c = text.charAt(at);
      if (c < ' ') {
        size += "\b\t\n\f\r".indexOf(c) >= 0 ? 2 : 6;
      } else if (c == '"' || c == '\\') {
        size += 2;
      } else {
        // Each half of a surrogate pair is two of its four bytes.
        size += c < 0x80 ? 1 : c < 0x800 || Character.isSurrogate(c) ? 2 : 3;
      }
    }
    return size;
  }

  /** The value that begins with the current token; null if it is deeper than that. */
  private static JsonTree value(JsonParser parser, int depthMax) throws IOException {
    var token = parser.currentToken();
    if (token == null) {
      throw new IOException("There is no value");
    }
    return switch (token) {
      case START_OBJECT -> depthMax > 0 ? object(parser, depthMax - 1) : null;
      case START_ARRAY -> depthMax > 0 ? array(parser, depthMax - 1) : null;
      case VALUE_STRING -> Text.of(parser.getText());
      case VALUE_TRUE -> Literal.TRUE;
      case VALUE_FALSE -> Literal.FALSE;
      case VALUE_NULL -> Literal.NULL;
      default -> new JsonNumber(parser.getText());
    };
  }

  private static JsonTree array(JsonParser parser, int depthMax) throws IOException {
    var elements = new ArrayList<JsonTree>();
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      var element = value(parser, depthMax);
      if (element == null) {
        return null;
      }
      elements.add(element);
    }
    return new JsonArray(Row.of(elements));
  }

  private static JsonTree object(JsonParser parser, int depthMax) throws IOException {
    var members = new ArrayList<JsonObject.Member>();
    while (parser.nextToken() != JsonToken.END_OBJECT) {
      var name = parser.currentName();
      parser.nextToken();
      var value = value(parser, depthMax);
      if (value == null) {
        return null;
      }
      members.add(JsonObject.Member.of(name, members.size(), value));
    }
    return JsonObject.of(members);
  }
}
