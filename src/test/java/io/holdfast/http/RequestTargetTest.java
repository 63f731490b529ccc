package io.holdfast.http;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RequestTargetTest {
  @ParameterizedTest
  @CsvSource({
    "/, /, ''",
    "/docs/a, /docs/a, ''",
    "/docs/a?, /docs/a, ''",
    "/docs?limit=1&after=b, /docs, limit=1&after=b",
    "/docs?a?b/../c, /docs, a?b/../c",
    "/docs?u=http://b/c, /docs, u=http://b/c",
    "/docs/a#b?c, /docs/a, ''",
    "/docs?a#b, /docs, a",
    "*, *, ''",
  })
  void endsThePathAtTheFirstQuestionMark(String sent, String path, String query) {
    assertThat(RequestTarget.parse(sent)).isEqualTo(new RequestTarget(path, query));
  }

  @ParameterizedTest
  @CsvSource({
    "/docs/..",
    "/docs/%2E%2e",
    "/docs/a/../b",
    "/x/./../docs/a",
    "//docs/a",
    "/docs//a",
    "/docs/a%2Fb",
    "/docs/%61",
    "/http://b/c"
  })
  void leavesThePathAsItWasSent(String sent) {
    assertThat(RequestTarget.parse(sent).path()).isEqualTo(sent);
  }

  @ParameterizedTest
  @CsvSource({
    "http://a/docs/b, /docs/b, ''",
    "HTTP://a:80/docs/../b?c=/d, /docs/../b, c=/d",
    "https://a//b, //b, ''",
    "http://a, /, ''",
    "http://a?b=/c, /, b=/c",
    "http://a/?b, /, b",
  })
  void leavesOutSchemeAndAuthority(String sent, String path, String query) {
    assertThat(RequestTarget.parse(sent)).isEqualTo(new RequestTarget(path, query));
  }
}
