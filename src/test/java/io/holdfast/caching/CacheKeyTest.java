package io.holdfast.caching;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.http.Fields;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** RFC 9111, section 2; RFC 3986, section 6.2.2; RFC 10008 on the key of QUERY. */
class CacheKeyTest {

  @ParameterizedTest(name = "{0}: {1}")
  @CsvSource({
    "/a,                          /a",
    "/%61,                        /a",
    "/%7e%7E,                     /~~",
    "/%2f,                        /%2F",
    "/%2F,                        /%2F",
    "/a%2e%2e/b,                  /a../b",
    "/a/../b,                     /a/../b",
    "/a//b,                       /a//b",
    "/A,                          /A",
    "/%,                          /%",
    "/%4,                         /%4",
    "/%zz,                        /%zz",
    "/%c3%a4,                     /%C3%A4",
    "/a?b=%61&c=%2f,              /a?b=%61&c=%2f",
    "/a?b&c,                      /a?b&c",
    "/a?c&b,                      /a?c&b",
    "/a?,                         /a?",
    "/a#b,                        /a",
    "/a?b#c,                      /a?b",
    "http://other/a?b,            /a?b",
    "http://other,                /",
    "http://other?b,              /?b",
    "/http://other/a,             /http://other/a",
    "*,                           /"
  })
  void theTargetIsNormalisedInItsEscapesOnly(String sent, String pathAndQuery) {
    assertThat(TargetUri.of("HTTP", "Host:80", sent))
        .isEqualTo(new TargetUri("http", "Host:80", pathAndQuery));
  }

  @Test
  void aKeyIsWrittenAsItsTarget() {
    assertThat(CacheKey.get(Given.TARGET)).hasToString("http://example.com/a");
  }

  @Test
  void queryIsKeyedByItsContentAndWhatItIs() {
    var key = query("application/json", "", "{}");
    assertThat(query("application/json", "", "{}")).isEqualTo(key);
    assertThat(query("application/json", "", "{ }")).isNotEqualTo(key);
    assertThat(query("text/plain", "", "{}")).isNotEqualTo(key);
    assertThat(query("application/json", "gzip", "{}")).isNotEqualTo(key);
    assertThat(query("", "application/json", "{}")).isNotEqualTo(key);
    assertThat(key).isNotEqualTo(CacheKey.get(Given.TARGET));
    assertThat(key.target()).isEqualTo(Given.TARGET);
    assertThat(key.toString()).matches("QUERY http://example.com/a [-_0-9A-Za-z]{43}");
  }

  private static CacheKey query(String type, String coding, String content) {
    var request = Fields.of("Content-Type", type, "Content-Encoding", coding, "Other", content);
    return CacheKey.query(Given.TARGET, request, content.getBytes(UTF_8));
  }
}
