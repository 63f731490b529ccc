package io.holdfast.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.http.FieldLine;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RequestFieldsTest {
  private static String sent(String name, String client, String host, FieldLine... fields) {
    return RequestFields.rewrite(List.of(fields), client, host, true, 1, "us").stream()
        .filter(line -> line.is(name))
        .map(FieldLine::value)
        .reduce((one, other) -> one + " | " + other)
        .orElse("");
  }

  @Test
  void saysWhereARequestComesFromAsTheRfcQuotesIt() {
    assertThat(sent("Forwarded", "2001:db8::1", "shop.example"))
        .isEqualTo("for=\"[2001:db8::1]\";host=shop.example;proto=http");
    assertThat(sent("Forwarded", "10.0.0.9", "shop.example:8080"))
        .isEqualTo("for=10.0.0.9;host=\"shop.example:8080\";proto=http");
    assertThat(sent("Forwarded", "10.0.0.9", "")).isEqualTo("for=10.0.0.9;proto=http");
    assertThat(sent("Via", "10.0.0.9", "a", new FieldLine("via", "1.0 first")))
        .isEqualTo("1.0 first, 1.1 us");
  }

  /** Nobody may have the service see less than it needs by naming it in Connection. */
  @Test
  void whatConnectionNamesGoesNoFurtherButWhatMattersDoes() {
    var connection = new FieldLine("Connection", "X-Mine, Authorization, close, Idempotency-Key");
    assertThat(sent("X-Mine", "10.0.0.9", "a", connection, new FieldLine("x-mine", "1"))).isEmpty();
    assertThat(
            sent("Authorization", "10.0.0.9", "a", connection, new FieldLine("Authorization", "b")))
        .isEqualTo("b");
    assertThat(
            sent(
                "Idempotency-Key",
                "10.0.0.9",
                "a",
                connection,
                new FieldLine("Idempotency-Key", "k")))
        .isEqualTo("k");
    assertThat(sent("Connection", "10.0.0.9", "a", connection)).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "1.1 us, true",
    "'1.1 other, 1.0 US', true",
    "1.1 usa, false",
    "us, false",
    "'', false"
  })
  void knowsWhenARequestHasBeenHere(String via, boolean been) {
    assertThat(RequestFields.hasPassed(List.of(new FieldLine("Via", via)), "us")).isEqualTo(been);
  }
}
