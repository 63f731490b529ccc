package io.holdfast.edge;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Where responses end (RFC 9112 section 6.3), fed whole and byte by byte. */
class ResponseFramingTest {
  private static final String OK = "HTTP/1.1 200 OK|";

  @ParameterizedTest(name = "{0}")
  @CsvSource({
    "a length, false, HTTP/1.1 200 OK|Content-Length: 5||hello",
    "length 0, false, HTTP/1.1 200 OK|content-length: 0||",
    "HEAD, true, HTTP/1.1 200 OK|Content-Length: 5||",
    "HEAD with chunks, true, HTTP/1.1 200 OK|Transfer-Encoding: chunked||",
    "204, false, HTTP/1.1 204 No Content|X: y||",
    "304, false, HTTP/1.1 304 Not Modified|Content-Length: 5||",
    "chunks, false, HTTP/1.1 200 OK|Transfer-Encoding: chunked||5|hello|a;x|0123456789|0||",
    "trailers, false, HTTP/1.1 200 OK|Transfer-Encoding: chunked||5|hello|0|X: y||",
    "no chunk, false, HTTP/1.1 200 OK|Transfer-Encoding: chunked||0||",
    "interim, false, HTTP/1.1 100 Continue||HTTP/1.1 200 OK|Content-Length: 2||hi",
  })
  void isCompleteExactlyWithTheLastByte(String name, boolean toHead, String lines) {
    byte[] bytes = lines.replace("|", "\r\n").getBytes(StandardCharsets.ISO_8859_1);
    ResponseFraming framing = new ResponseFraming();
    framing.begin(toHead);
    for (int i = 0; i < bytes.length; i++) {
      assertThat(framing.complete()).as("before byte %s", i).isFalse();
      framing.feed(bytes, i, i + 1);
    }
    assertThat(framing.complete()).isTrue();
    framing.begin(toHead);
    framing.feed(bytes, 0, bytes.length);
    assertThat(framing.complete()).isTrue();
  }

  @ParameterizedTest
  @CsvSource({
    "X: y, 1, false",
    "Connection: close, 1, true",
    "connection: Close, 1, true",
    "Connection: keep-alive, 1, false",
    "X: y, 0, true",
    "Connection: keep-alive, 0, false",
    "Connection: close, 0, true",
  })
  void saysWhetherTheConnectionEndsWithIt(String field, int minorVersion, boolean last) {
    ResponseFraming framing = feed(OK + field + "|Content-Length: 0||");
    assertThat(framing.last(minorVersion)).isEqualTo(last);
  }

  @ParameterizedTest
  @CsvSource({
    "HTTP/1.1 200 OK|X: y||abc, true, true",
    "HTTP/1.1 100 Continue||, false, false",
    "HTTP/1.1 200 OK|Content-Length: 9||abc, true, false",
    "HT, true, false",
  })
  void tellsWhatHasBegunAndWhatOnlyTheEndWillEnd(String lines, boolean begun, boolean untilEnd) {
    ResponseFraming framing = feed(lines);
    assertThat(framing.complete()).isFalse();
    assertThat(framing.begun()).isEqualTo(begun);
    assertThat(framing.endsWithConnection()).isEqualTo(untilEnd);
  }

  private static ResponseFraming feed(String lines) {
    byte[] bytes = lines.replace("|", "\r\n").getBytes(StandardCharsets.ISO_8859_1);
    ResponseFraming framing = new ResponseFraming();
    framing.begin(false);
    framing.feed(bytes, 0, bytes.length);
    return framing;
  }
}
