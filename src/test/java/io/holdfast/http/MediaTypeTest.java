package io.holdfast.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** RFC 9110, sections 8.3 and 12.5.1. */
class MediaTypeTest {

  @ParameterizedTest
  @ValueSource(
      strings = {
        "application/json",
        "Application/JSON",
        "application/json;charset=utf-8",
        "application/json ; Charset=\"UTF-8\"",
        "application/json; charset=utf-8; profile=\"a;b\"",
        "application/json;",
        "application/vnd.x.v1+json",
        "application/merge-patch+json; charset=utf-8",
        "text/a+json",
        "application/json; profile=\"charset=latin1\""
      })
  void section8_3TakesJson(String type) {
    assertThat(MediaType.isJson(type)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "json",
        "text/json",
        "text/plain",
        "application/jsonx",
        "application/xjson",
        "application/+json",
        "/+json",
        "application/x+json+xml",
        "application/json; charset=latin1",
        "application/json; charset=utf-16",
        "application/json; charset=utf-8; charset=latin1",
        "application/json; charset",
        "application/json; charset=",
        "application/json, application/json",
        "application/json x",
        "application/octet-stream"
      })
  void section8_3RefusesTheRest(String type) {
    assertThat(MediaType.isJson(type)).isFalse();
  }

  @ParameterizedTest(name = "Accept: {0}: {1}")
  @CsvSource(
      delimiter = '|',
      value = {
        "application/json                         | true",
        "APPLICATION/JSON                         | true",
        "application/json;charset=utf-8           | true",
        "*/*                                      | true",
        "application/*                            | true",
        "text/html, */*;q=0.1                     | true",
        "text/html                                | false",
        "text/*                                   | false",
        "application/xml                          | false",
        "application/json;q=0                     | false",
        "application/json;q=0.000, */*            | false",
        "application/json ; Q = 0, application/*  | false",
        "application/*;q=0, */*                   | false",
        "application/*;q=0, application/json;q=.1 | true",
        "application/json;q=0.001                 | true",
        "*/*;q=0                                  | false",
        "*/*;q=0, application/json                | true",
        "text/html;x=\"a, application/json\"      | false",
        "application/json;q=0, application/json   | true",
        ",                                        | false"
      })
  void section12_5_1TheMostSpecificRangeDecides(String accept, boolean accepted) {
    assertThat(MediaType.acceptsJson(Optional.of(accept))).isEqualTo(accepted);
  }

  @Test
  void section12_5_1NoFieldAcceptsAll() {
    assertThat(MediaType.acceptsJson(Optional.empty())).isTrue();
    assertThat(MediaType.acceptsJson(Optional.of(""))).isTrue();
  }

  @ParameterizedTest(name = "Accept: {0}: {1}")
  @CsvSource(
      delimiter = '|',
      value = {
        "text/event-stream                                    | true",
        "Text/Event-Stream;charset=utf-8                      | true",
        "text/event-stream;q=0                                | false",
        "text/event-stream;q=0.000, */*                       | false",
        "text/event-stream;q=0.001                            | true",
        "application/json, text/event-stream;q=0.1            | false",
        "application/json;q=0.1, text/event-stream            | true",
        "application/json;q=0.8, text/event-stream;q=0.80     | true",
        "application/json;q=0.801, text/event-stream;q=0.8    | false",
        "application/json, text/event-stream                  | true",
        "text/event-stream, application/json                  | true",
        "text/event-stream;q=0.5, */*                         | false",
        "text/event-stream, */*;q=0.1                         | true",
        "text/event-stream;q=0.5, application/*;q=0.6         | false",
        "text/event-stream;q=0.5, application/*, application/json;q=0.4 | true",
        "text/event-stream;q=0.2, application/json;q=0        | true",
        "text/event-stream;q=0.2, text/event-stream;q=0.9, application/json;q=0.5 | true",
        "text/event-stream;q=2, application/json              | true",
        "*/*                                                  | false",
        "text/*                                               | false",
        "text/*, application/json;q=0                         | false",
        "application/json                                     | false",
        "text/plain;x=\"a, text/event-stream\"                | false"
      })
  void section12_4_2AStreamGoesToWhoNamesItAndPrefersNothingElse(String accept, boolean preferred) {
    assertThat(MediaType.prefers(Optional.of(accept), "text/event-stream")).isEqualTo(preferred);
  }

  @Test
  void section12_5_1NoFieldAsksForNoStream() {
    assertThat(MediaType.prefers(Optional.empty(), "text/event-stream")).isFalse();
    assertThat(MediaType.prefers(Optional.of(""), "text/event-stream")).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "text/html",
        "Text/HTML;charset=utf-8",
        "text/html; charset=\"utf-8\" ;a=b",
        "a/b; c=\"d;e \\\" f\"",
        "image/svg+xml"
      })
  void section8_3_1TypeAndSubtypeMayHaveParameters(String type) {
    assertThat(MediaType.isWellFormed(type)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "json",
        "/json",
        "text/",
        "a/b/c",
        "text /html",
        "text/html;",
        "text/html; charset",
        "text/html; charset=",
        "text/html; a=\"b",
        "text/html; a=b\r\nSet-Cookie: c=d",
        "text/html; a=\"\r\nb\"",
        "text/html; a=\"ä\"",
        "text/html "
      })
  void section8_3_1NothingElseIsAMediaType(String type) {
    assertThat(MediaType.isWellFormed(type)).isFalse();
  }
}
