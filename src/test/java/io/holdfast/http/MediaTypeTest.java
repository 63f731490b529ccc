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
}
