package io.holdfast.edge;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.edge.Framings.Transcript;
import io.holdfast.http.RequestHead;
import io.holdfast.http.RequestHead.Chunked;
import io.holdfast.http.RequestHead.Length;
import io.holdfast.http.RequestHead.None;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** RFC 9112 as truth tables: what passes, what is refused and with which status. */
class RequestFramingTest {
  private static final String HOST = "Host: a\r\n";

  static Stream<Arguments> refusedHeads() {
    return Stream.of(
        // section 2.2: message parsing
        refused(400, "bare LF after the request line", "GET / HTTP/1.1\nHost: a\r\n\r\n"),
        refused(400, "bare LF after a field", "GET / HTTP/1.1\r\nHost: a\n\r\n"),
        refused(400, "bare LF as end of the head", "GET / HTTP/1.1\r\nHost: a\r\n\n"),
        refused(400, "bare CR in a value", "GET / HTTP/1.1\r\nHost: a\r\nX: a\rb\r\n\r\n"),
        refused(400, "bare CR in the request line", "GET /\r HTTP/1.1\r\nHost: a\r\n\r\n"),
        refused(400, "two empty lines first", "\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"),
        refused(400, "space before the first field", "GET / HTTP/1.1\r\n Host: a\r\n\r\n"),
        refused(400, "a TLS handshake", "\u0016\u0003\u0001\u0002"),
        refused(400, "a space first", " GET / HTTP/1.1\r\n"),
        // section 3: request line
        refused(400, "no method", " / HTTP/1.1\r\nHost: a\r\n\r\n"),
        refused(400, "a method that is no token", "G(T / HTTP/1.1\r\nHost: a\r\n\r\n"),
        refused(400, "two spaces before the target", "GET  / HTTP/1.1\r\nHost: a\r\n\r\n"),
        refused(400, "two spaces before the version", "GET /  HTTP/1.1\r\nHost: a\r\n\r\n"),
        refused(400, "space after the version", "GET / HTTP/1.1 \r\nHost: a\r\n\r\n"),
        refused(400, "tab instead of a space", "GET\t/ HTTP/1.1\r\nHost: a\r\n\r\n"),
        refused(400, "HTTP/0.9", "GET /\r\n"),
        refused(400, "lower-case version", "GET / http/1.1\r\nHost: a\r\n\r\n"),
        refused(400, "version of two digits", "GET / HTTP/1.10\r\nHost: a\r\n\r\n"),
        refused(505, "HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
        refused(505, "HTTP/1.2", "GET / HTTP/1.2\r\nHost: a\r\n\r\n"),
        refused(505, "HTTP/3.0", "GET / HTTP/3.0\r\nHost: a\r\n\r\n"),
        refused(501, "a method beyond all lengths", "A".repeat(33) + " / HTTP/1.1\r\n\r\n"),
        refused(501, "CONNECT", "CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n"),
        refused(405, "TRACE", "TRACE / HTTP/1.1\r\nHost: a\r\n\r\n"),
        // section 3.2: request target
        refused(400, "asterisk for GET", "GET * HTTP/1.1\r\nHost: a\r\n\r\n"),
        refused(400, "authority-form for GET", "GET a:80 HTTP/1.1\r\nHost: a\r\n\r\n"),
        refused(400, "relative path", "GET docs/a HTTP/1.1\r\nHost: a\r\n\r\n"),
        refused(400, "other scheme", "GET ftp://a/ HTTP/1.1\r\nHost: a\r\n\r\n"),
        refused(400, "no authority", "GET http:///x HTTP/1.1\r\nHost: a\r\n\r\n"),
        refused(400, "user information", "GET http://u@a/x HTTP/1.1\r\nHost: a\r\n\r\n"),
        refused(400, "fragment", "GET /a#b HTTP/1.1\r\nHost: a\r\n\r\n"),
        refused(400, "NUL in the target", "GET /a\0b HTTP/1.1\r\nHost: a\r\n\r\n"),
        refused(400, "octet over 127 in the target", "GET /\u00e4 HTTP/1.1\r\nHost: a\r\n\r\n"),
        refused(414, "target over uri-max", "GET /" + "a".repeat(256) + " HTTP/1.1\r\n\r\n"),
        refused(414, "endless target", "GET /" + "a".repeat(400)),
        refused(414, "endless method", "G".repeat(400)),
        // section 3.2: Host
        refused(400, "no Host", "GET / HTTP/1.1\r\n\r\n"),
        refused(400, "two Hosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n"),
        refused(400, "two Hosts in HTTP/1.0", "GET / HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n"),
        refused(400, "empty Host", "GET / HTTP/1.1\r\nHost: \r\n\r\n"),
        refused(400, "Host with a path", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n"),
        refused(400, "Host with user information", "GET / HTTP/1.1\r\nHost: u@a\r\n\r\n"),
        refused(400, "Host that is a list", "GET / HTTP/1.1\r\nHost: a, b\r\n\r\n"),
        refused(400, "Host with a bad port", "GET / HTTP/1.1\r\nHost: a:8x\r\n\r\n"),
        refused(400, "Host with a port too high", "GET / HTTP/1.1\r\nHost: a:65536\r\n\r\n"),
        refused(400, "Host with an open bracket", "GET / HTTP/1.1\r\nHost: [::1\r\n\r\n"),
        // section 5: fields
        refused(400, "space before the colon", get("X : a")),
        refused(400, "tab before the colon", get("X\t: a")),
        refused(400, "obs-fold", get("X: a\r\n b")),
        refused(400, "obs-fold with a tab", get("X: a\r\n\tb")),
        refused(400, "no name", get(": a")),
        refused(400, "no colon", get("X")),
        refused(400, "name that is no token", get("X@Y: a")),
        refused(400, "name with an octet over 127", get("X\u00e4: a")),
        refused(400, "NUL in the name", get("X\0: a")),
        refused(400, "NUL in a value", get("X: a\0b")),
        refused(400, "control character in a value", get("X: a\u0001b")),
        refused(400, "DEL in a value", get("X: a\u007fb")),
        refused(400, "vertical tab in a value", get("X: a\u000bb")),
        refused(431, "too many field lines", get("X: a" + "\r\nX: a".repeat(16))),
        refused(431, "header section too large", get("X: " + "a".repeat(2048))),
        refused(431, "endless field", "GET / HTTP/1.1\r\nX: " + "a".repeat(2100)),
        // section 6: Content-Length
        refused(400, "two lengths", post("Content-Length: 5\r\nContent-Length: 6")),
        refused(400, "the same length twice", post("Content-Length: 5\r\nContent-Length: 5")),
        refused(400, "a list of lengths", post("Content-Length: 5, 6")),
        refused(400, "a list of one length twice", post("Content-Length: 5, 5")),
        refused(400, "no digits", post("Content-Length: ")),
        refused(400, "negative length", post("Content-Length: -1")),
        refused(400, "signed length", post("Content-Length: +1")),
        refused(400, "hexadecimal length", post("Content-Length: 0x5")),
        refused(400, "fraction", post("Content-Length: 5.0")),
        refused(400, "space in the length", post("Content-Length: 5 5")),
        refused(400, "other digits", post("Content-Length: \u00b2")),
        refused(400, "2^63", post("Content-Length: 9223372036854775808")),
        refused(400, "2^64 + 5", post("Content-Length: 18446744073709551621")),
        // section 6.1: Transfer-Encoding
        refused(400, "CL.TE", post("Content-Length: 6\r\nTransfer-Encoding: chunked")),
        refused(400, "TE.CL", post("Transfer-Encoding: chunked\r\nContent-Length: 6")),
        refused(400, "CL 0 with TE", post("Transfer-Encoding: chunked\r\nContent-Length: 0")),
        refused(400, "CL with an unknown TE", post("Content-Length: 6\r\nTransfer-Encoding: x")),
        refused(400, "TE twice", post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked")),
        refused(400, "TE.TE", post("Transfer-Encoding: chunked\r\nTransfer-Encoding: x")),
        refused(400, "chunked twice", post("Transfer-Encoding: chunked, chunked")),
        refused(400, "comma after", post("Transfer-Encoding: chunked,")),
        refused(400, "comma before", post("Transfer-Encoding: ,chunked")),
        refused(400, "empty", post("Transfer-Encoding:")),
        refused(400, "parameter", post("Transfer-Encoding: chunked;q=1")),
        refused(400, "quoted", post("Transfer-Encoding: \"chunked\"")),
        refused(400, "vertical tab", post("Transfer-Encoding:\u000bchunked")),
        refused(400, "tab before the colon", post("Transfer-Encoding\t: chunked")),
        refused(400, "space before the colon", post("Transfer-Encoding : chunked")),
        refused(400, "folded", post("Transfer-Encoding:\r\n chunked")),
        refused(400, "octet over 127", post("Transfer-Encoding: chunked\u00a0")),
        refused(501, "identity", post("Transfer-Encoding: identity")),
        refused(501, "gzip", post("Transfer-Encoding: gzip")),
        refused(501, "gzip, chunked", post("Transfer-Encoding: gzip, chunked")),
        refused(501, "chunked, identity", post("Transfer-Encoding: chunked, identity")),
        refused(501, "xchunked", post("Transfer-Encoding: xchunked")),
        Arguments.of(
            400,
            "TE in HTTP/1.0",
            "POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"));
  }

  private static Arguments refused(int status, String why, String bytes) {
    return Arguments.of(status, why, bytes);
  }

  private static String get(String fields) {
    return "GET / HTTP/1.1\r\n" + HOST + fields + "\r\n\r\n";
  }

  private static String post(String fields) {
    return "POST / HTTP/1.1\r\n" + HOST + fields + "\r\n\r\n0\r\n\r\n";
  }

  @ParameterizedTest(name = "{0} for {1}")
  @MethodSource("refusedHeads")
  void refusesWhatTwoReadersCouldUnderstandInTwoWays(int status, String why, String bytes) {
    assertRefused(status, why, Framings.transcript(bytes));
    assertRefused(status, why, Framings.byteByByte(bytes));
  }

  private static void assertRefused(int status, String why, Transcript transcript) {
    assertThat(transcript.refusal()).as(why).map(Refusal::status).contains(status);
    assertThat(transcript.said()).as(why).noneMatch(line -> line.startsWith("head"));
  }

  static Stream<Arguments> refusedChunks() {
    return Stream.of(
        refused(400, "no size", "\r\n"),
        refused(400, "no hexadecimal digit", "g\r\n"),
        refused(400, "signed size", "+5\r\nhello\r\n0\r\n\r\n"),
        refused(400, "0x", "0x5\r\nhello\r\n0\r\n\r\n"),
        refused(400, "space before the size", " 5\r\nhello\r\n0\r\n\r\n"),
        refused(400, "space after the size", "5 \r\nhello\r\n0\r\n\r\n"),
        refused(400, "size that overflows", "fffffffffffffffff\r\n"),
        refused(400, "size of 2^64 + 5", "10000000000000005\r\nhello\r\n0\r\n\r\n"),
        refused(400, "bare LF after the size", "5\nhello\r\n0\r\n\r\n"),
        refused(400, "bare LF in an extension", "5;a\nhello\r\n0\r\n\r\n"),
        refused(400, "bare CR in an extension", "5;a\rb\r\nhello\r\n0\r\n\r\n"),
        refused(400, "NUL in an extension", "5;a\0\r\nhello\r\n0\r\n\r\n"),
        refused(400, "endless extension", "5;" + "a".repeat(300)),
        refused(400, "many extensions", ("1;" + "a".repeat(255) + "\r\nx\r\n").repeat(80)),
        refused(400, "data longer than the size", "5\r\nhello!\r\n0\r\n\r\n"),
        refused(400, "bare LF after the data", "5\r\nhello\n0\r\n\r\n"),
        refused(400, "bare CR after the data", "5\r\nhello\r0\r\n\r\n"),
        refused(400, "bare LF after the last chunk", "0\n\r\n"),
        refused(400, "bare LF as end of the trailers", "0\r\n\n"),
        refused(400, "folded trailer", "0\r\nX: a\r\n b\r\n\r\n"),
        refused(400, "space before a trailer's colon", "0\r\nX : a\r\n\r\n"),
        refused(400, "NUL in a trailer", "0\r\nX: \0\r\n\r\n"),
        refused(400, "Content-Length as trailer", "0\r\nContent-Length: 5\r\n\r\n"),
        refused(400, "Transfer-Encoding as trailer", "0\r\ntransfer-encoding: x\r\n\r\n"),
        refused(400, "Host as trailer", "0\r\nHost: b\r\n\r\n"),
        refused(431, "too many trailers", "0\r\n" + "X: a\r\n".repeat(17) + "\r\n"),
        refused(431, "trailers too large", "0\r\nX: " + "a".repeat(2048) + "\r\n\r\n"));
  }

  @ParameterizedTest(name = "{0} for {1}")
  @MethodSource("refusedChunks")
  void refusesChunksThatAreNotWellFormed(int status, String why, String body) {
    String bytes = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + body;
    for (Transcript transcript : List.of(Framings.transcript(bytes), Framings.byteByByte(bytes))) {
      assertThat(transcript.refusal()).as(why).map(Refusal::status).contains(status);
      assertThat(transcript.said()).as(why).doesNotContain("end");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
        "\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
        "get / HTTP/1.1\r\nHost: a\r\n\r\n",
        "PURGE /x HTTP/1.1\r\nHost: a\r\n\r\n",
        "QUERY /x HTTP/1.1\r\nHost: a:8080\r\n\r\n",
        "OPTIONS * HTTP/1.1\r\nHost: [::1]:8080\r\n\r\n",
        "GET http://a/x?y HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET HTTPS://a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n",
        "GET //x HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET / HTTP/1.0\r\n\r\n",
        "GET / HTTP/1.1\r\nHost:a\r\nX:\r\nY: \t b\tc \t\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nX: \u00e4\u00ff\r\n\r\n",
        "GET / HTTP/1.1\r\nHOST: a\r\nConnection: a, b\r\n\r\n",
      })
  void passesWhatIsWellFormed(String bytes) {
    for (Transcript transcript : List.of(Framings.transcript(bytes), Framings.byteByByte(bytes))) {
      assertThat(transcript.refusal()).isEmpty();
      assertThat(transcript.said()).contains("head " + bytes.stripLeading(), "end");
      assertThat(transcript.unread()).isZero();
    }
  }

  @Test
  void readsHowTheContentIsFramed() {
    assertThat(head(post("Content-Length: 5")).content()).isEqualTo(new Length(5));
    assertThat(head(post("Content-Length: 0")).content()).isEqualTo(new None());
    assertThat(head(post("content-length:\t005 ")).content()).isEqualTo(new Length(5));
    assertThat(head(post("Transfer-Encoding: chunked")).content()).isEqualTo(new Chunked());
    assertThat(head(post("transfer-encoding:\t Chunked \t")).content()).isEqualTo(new Chunked());
    assertThat(head(post("X: y")).content()).isEqualTo(new None());
  }

  @Test
  void readsWhetherTheConnectionGoesOn() {
    assertThat(head(get("X: y")).persistent()).isTrue();
    assertThat(head(get("Connection: x,Close")).persistent()).isFalse();
    assertThat(head(get("Connection: keep-alive")).persistent()).isTrue();
    assertThat(head("GET / HTTP/1.0\r\n\r\n").persistent()).isFalse();
    assertThat(head("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n").persistent()).isTrue();
    assertThat(head("GET / HTTP/1.0\r\nConnection: keep-alive, close\r\n\r\n").persistent())
        .isFalse();
  }

  @Test
  void readsMethodTargetAndExpectation() {
    RequestHead head = head("PURGE /a?b HTTP/1.1\r\nHost: a\r\nExpect: 100-Continue\r\n\r\n");
    assertThat(head.method()).isEqualTo("PURGE");
    assertThat(head.methodIsKnown()).isFalse();
    assertThat(head.target()).isEqualTo("/a?b");
    assertThat(head.expectsContinue()).isTrue();
  }

  private static RequestHead head(String bytes) {
    RequestFraming framing = new RequestFraming(Framings.LIMITS);
    framing.feed(Framings.latin1(bytes));
    return framing.next() instanceof RequestFraming.Head head
        ? head.head()
        : org.assertj.core.api.Assertions.fail("no head in " + bytes);
  }

  @Test
  void dropsChunkExtensionsAndTrailers() {
    Transcript transcript =
        Framings.transcript(
            "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
                + "5;name=\"v\"\r\nhello\r\n00A;x\r\n, world...\r\n000;y\r\nX: trailer\r\n\r\n");
    assertThat(transcript.refusal()).isEmpty();
    assertThat(transcript.said()).contains("content hello, world...", "end");
  }

  @Test
  void tellsOneRequestFromTheNext() {
    Transcript transcript =
        Framings.transcript(
            "POST /1 HTTP/1.1\r\nHost: a\r\nContent-Length: 18\r\n\r\nGET /x HTTP/1.1\r\n\r"
                + "GET /2 HTTP/1.1\r\nHost: a\r\n\r\n");
    assertThat(transcript.said())
        .containsExactly(
            "head POST /1 HTTP/1.1\r\nHost: a\r\nContent-Length: 18\r\n\r\n",
            "content GET /x HTTP/1.1\r\n\r",
            "end",
            "head GET /2 HTTP/1.1\r\nHost: a\r\n\r\n",
            "content ",
            "end",
            "content so far ");
  }

  @Test
  void saysNothingMoreAfterARefusal() {
    RequestFraming framing = new RequestFraming(Framings.LIMITS);
    framing.feed(Framings.latin1("GET / HTTP/1.1\r\n\r\n"));
    RequestFraming.Step refused = framing.next();
    framing.feed(Framings.latin1("GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
    assertThat(framing.next()).isSameAs(refused).isInstanceOf(RequestFraming.Refused.class);
  }

  @Test
  void knowsWhetherAHeadHasBegun() {
    RequestFraming framing = new RequestFraming(Framings.LIMITS);
    assertThat(framing.headBegun()).isFalse();
    framing.feed(Framings.latin1("\r\n"));
    framing.next();
    assertThat(framing.headBegun()).isFalse();
    framing.feed(Framings.latin1("G"));
    framing.next();
    assertThat(framing.headBegun()).isTrue();
  }
}
