package io.holdfast.resource;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.StreamWriteConstraints;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * Is this one JSON value (RFC 8259), in valid UTF-8, without names that come twice (RFC 7493), and
 * not nested too deep? Time and memory grow with the content's length only.
 */
public final class JsonContent {
  /** Parser messages may quote what was sent; a problem's detail does not carry all of it back. */
  private static final int REASON_LENGTH_MAX = 200;

  /**
   * No table of names is kept between contents: it would grow with what clients send, and refuse
   * names that collide in it. Limits on lengths are the content's own.
   */
  static final JsonFactory JSON =
      JsonFactory.builder()
          .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
          .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNumberLength(Integer.MAX_VALUE)
                  .maxStringLength(Integer.MAX_VALUE)
                  .maxNameLength(Integer.MAX_VALUE)
                  .maxNestingDepth(Integer.MAX_VALUE)
                  .build())
          .streamWriteConstraints(
              StreamWriteConstraints.builder().maxNestingDepth(Integer.MAX_VALUE).build())
          .build();

  private JsonContent() {}

  /**
   * What is wrong with it, in words, or nothing.
   *
   * @param depthMax how many arrays and objects may be inside each other
   */
  public static Optional<String> faultOf(byte[] content, int depthMax) {
    if (startsWithByteOrderMark(content)) {
      return Optional.of("The content begins with a byte order mark; send it without");
    }
    var text = decoded(content);
    if (text.isEmpty()) {
      return Optional.of("The content is not valid UTF-8");
    }
    // From text, not from bytes: of bytes Jackson would guess UTF-16 and UTF-32 as well.
    try (var parser = JSON.createParser(text.get())) {
      return faultOf(parser, depthMax, text.get().contains("\\u"));
    } catch (JsonProcessingException e) {
      return Optional.of(cut(e.getOriginalMessage()) + at(e.getLocation()));
    } catch (IOException e) {
      return Optional.of(cut(String.valueOf(e.getMessage())));
    }
  }

  /**
   * @param hasEscapes only an escape can make half of a surrogate pair, in valid UTF-8
   */
  private static Optional<String> faultOf(JsonParser parser, int depthMax, boolean hasEscapes)
      throws IOException {
    int depth = 0;
    boolean ended = false;
    for (var token = parser.nextToken(); token != null; token = parser.nextToken()) {
      if (ended) {
        return fault("There is more than one JSON value", parser);
      }
      if (token.isStructStart() && ++depth > depthMax) {
        return fault("Nested deeper than " + depthMax + " arrays and objects", parser);
      }
      if (token.isStructEnd()) {
        depth--;
      }
      if (hasEscapes && isText(token) && hasLoneSurrogate(parser)) {
        return fault("A string has half of a surrogate pair", parser);
      }
      ended = depth == 0;
    }
    return ended ? Optional.empty() : Optional.of("There is no JSON value");
  }

  private static boolean isText(JsonToken token) {
    return token == JsonToken.VALUE_STRING || token == JsonToken.FIELD_NAME;
  }

  private static boolean hasLoneSurrogate(JsonParser parser) throws IOException {
    char[] text = parser.getTextCharacters();
    int end = parser.getTextOffset() + parser.getTextLength();
    for (int at = parser.getTextOffset(); at < end; at++) {
      if (Character.isHighSurrogate(text[at])
          && at + 1 < end
          && Character.isLowSurrogate(text[at + 1])) {
        at++;
      } else if (Character.isSurrogate(text[at])) {
        return true;
      }
    }
    return false;
  }

  private static boolean startsWithByteOrderMark(byte[] content) {
    return content.length >= 3
        && content[0] == (byte) 0xef
        && content[1] == (byte) 0xbb
        && content[2] == (byte) 0xbf;
  }

  /** The JDK's decoder is strict: overlong forms and encoded surrogates are malformed to it. */
  private static Optional<String> decoded(byte[] content) {
    if (isAscii(content)) {
      return Optional.of(new String(content, StandardCharsets.ISO_8859_1));
    }
    try {
      var decoder = StandardCharsets.UTF_8.newDecoder().onMalformedInput(CodingErrorAction.REPORT);
      return Optional.of(decoder.decode(ByteBuffer.wrap(content)).toString());
    } catch (CharacterCodingException e) {
      return Optional.empty();
    }
  }

  private static boolean isAscii(byte[] content) {
    int bits = 0;
    for (byte b : content) {
      bits |= b;
    }
    return bits >= 0;
  }

  private static Optional<String> fault(String reason, JsonParser parser) {
    return Optional.of(reason + at(parser.currentTokenLocation()));
  }

  private static String cut(String reason) {
    return reason.length() <= REASON_LENGTH_MAX
        ? reason
        : reason.substring(0, REASON_LENGTH_MAX) + "...";
  }

  private static String at(JsonLocation location) {
    return location == null || location.getLineNr() < 1
        ? ""
        : " (line " + location.getLineNr() + ", column " + location.getColumnNr() + ")";
  }
}
