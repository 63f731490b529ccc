package io.holdfast.resource;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * Is this one JSON value (RFC 8259), in valid UTF-8, without names that come twice (RFC 7493), and
 * not nested too deep?
 */
public final class JsonContent {
  private static final JsonFactory JSON =
      JsonFactory.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNumberLength(Integer.MAX_VALUE)
                  .maxStringLength(Integer.MAX_VALUE)
                  .maxNameLength(Integer.MAX_VALUE)
                  .maxNestingDepth(Integer.MAX_VALUE)
                  .build())
          .build();

  private JsonContent() {}

  /**
   * What is wrong with it, in words, or nothing.
   *
   * @param depthMax how many arrays and objects may be inside each other
   */
  public static Optional<String> faultOf(byte[] content, int depthMax) {
    if (content.length >= 3 && content[0] == (byte) 0xef && content[1] == (byte) 0xbb) {
      return Optional.of("The content begins with a byte order mark; send it without");
    }
    if (!isUtf8(content)) {
      return Optional.of("The content is not valid UTF-8");
    }
    // A string reader: Jackson would guess UTF-16 and UTF-32 from bytes.
    try (var parser = JSON.createParser(new String(content, StandardCharsets.UTF_8))) {
      return faultOf(parser, depthMax);
    } catch (JsonProcessingException e) {
      return Optional.of(e.getOriginalMessage() + at(e));
    } catch (IOException e) {
      return Optional.of(e.getMessage());
    }
  }

  private static Optional<String> faultOf(JsonParser parser, int depthMax) throws IOException {
    int depth = 0;
    boolean ended = false;
    for (var token = parser.nextToken(); token != null; token = parser.nextToken()) {
      if (ended) {
        return Optional.of("There is more than one JSON value");
      }
      if (token.isStructStart() && ++depth > depthMax) {
        return Optional.of("Nested deeper than " + depthMax + " arrays and objects");
      }
      if (token.isStructEnd()) {
        depth--;
      }
      if (hasLoneSurrogate(parser, token)) {
        return Optional.of("A string has half of a surrogate pair");
      }
      ended = depth == 0;
    }
    return ended ? Optional.empty() : Optional.of("There is no JSON value");
  }

  private static boolean hasLoneSurrogate(
      JsonParser parser, com.fasterxml.jackson.core.JsonToken token) throws IOException {
    if (token != com.fasterxml.jackson.core.JsonToken.VALUE_STRING
        && token != com.fasterxml.jackson.core.JsonToken.FIELD_NAME) {
      return false;
    }
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

  private static boolean isUtf8(byte[] content) {
    try {
      StandardCharsets.UTF_8
          .newDecoder()
          .onMalformedInput(CodingErrorAction.REPORT)
          .decode(ByteBuffer.wrap(content));
      return true;
    } catch (CharacterCodingException e) {
      return false;
    }
  }

  private static String at(JsonProcessingException e) {
    var location = e.getLocation();
    return location == null
        ? ""
        : " (line " + location.getLineNr() + ", column " + location.getColumnNr() + ")";
  }
}
