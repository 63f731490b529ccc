package io.holdfast.resource;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.time.Duration;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class JsonNumberTest {
  private static final Duration SOON = Duration.ofSeconds(10);

  @ParameterizedTest(name = "{0} = {1}: {2}")
  @CsvSource({
    "1, 1, true",
    "1, 1.0, true",
    "1, 1e0, true",
    "1, 1E+0, true",
    "1, 10e-1, true",
    "1, 0.1e1, true",
    "1, 0.001e3, true",
    "150, 1.50e2, true",
    "150, 0.15E+3, true",
    "1e5, 100000, true",
    "1e05, 1e5, true",
    "1e-0, 1, true",
    "0, -0, true",
    "0, 0.000, true",
    "0, 0e999999999999999999999, true",
    "-0.0e-5, 0, true",
    "-1, -1.0, true",
    "0.1, 1e-1, true",
    "123456789012345678901234567890, 123456789012345678901234567890.0, true",
    "0.1, 0.10000000000000000000, true",
    "1e999999999, 1e999999999, true",
    "1e999999999, 10e999999998, true",
    "1e999999999999999999999, 10e999999999999999999998, true",
    "10e999999999999999999999, 1e1000000000000000000000, true",
    "0.1e1000000000000000000000, 1e999999999999999999999, true",
    "1e-999999999999999999999, 0.1e-999999999999999999998, true",
    "0.1e-999999999999999999999, 1e-1000000000000000000000, true",
    "10e999999999999999999, 1e1000000000000000000, true",
    "0.1e1000000000000000000, 1e999999999999999999, true",
    "1, 2, false",
    "1, -1, false",
    "1, 10, false",
    "1, 1.01, false",
    "1, 1e1, false",
    "0.1, 0.10000000000000000001, false",
    "9007199254740993, 9007199254740992, false",
    "1e400, 1e401, false",
    "1e999999999, 1e999999998, false",
    "1e999999999999999999999, 1e-999999999999999999999, false",
    "1e999999999999999999999, 1e999999999999999999998, false",
    "1e999999999, 0, false"
  })
  void comparesByValue(String left, String right, boolean same) {
    assertThat(new JsonNumber(left).isSameAs(new JsonNumber(right))).isEqualTo(same);
    assertThat(new JsonNumber(right).isSameAs(new JsonNumber(left))).isEqualTo(same);
  }

  @ParameterizedTest
  @CsvSource({"150, 15e1", "-1.50e2, -15e1", "0.00, 0", "1E400, 1e400", "0.5, 5e-1"})
  void theValueIsNoLongerThanTheText(String text, String value) {
    assertThat(new JsonNumber(text).value()).isEqualTo(value);
  }

  @Test
  void isNoOtherValue() {
    assertThat(new JsonNumber("1").isSameAs(JsonTree.Text.of("1"))).isFalse();
    assertThat(new JsonNumber("0").isSameAs(JsonTree.Literal.NULL)).isFalse();
  }

  @Property
  void agreesWithTheExactDecimals(@ForAll("numbers") String left, @ForAll("numbers") String right) {
    boolean same = new BigDecimal(left).compareTo(new BigDecimal(right)) == 0;
    assertThat(new JsonNumber(left).isSameAs(new JsonNumber(right))).isEqualTo(same);
  }

  @Property
  void aShiftedPointIsTheSameValue(@ForAll("numbers") String text) {
    var number = new BigDecimal(text);
    var shifted = number.unscaledValue() + "0e" + (-1L - number.scale());
    assertThat(new JsonNumber(text).isSameAs(new JsonNumber(shifted))).isTrue();
  }

  @Test
  void longNumbersAreComparedSoon() {
    var zeros = "0".repeat(1_000_000);
    var nines = "9".repeat(1_000_000);
    Assertions.assertTimeout(
        SOON,
        () -> {
          assertSame("1" + zeros, "1e1000000");
          assertSame("0." + zeros + "1", "1e-1000001");
          assertSame("10e" + nines, "1e1" + zeros);
          assertSame("0.1e1" + zeros, "1e" + nines);
          assertSame("1e" + zeros + "1", "10");
          var often = new JsonNumber("1" + zeros);
          for (int i = 0; i < 100_000; i++) {
            assertThat(often.isSameAs(new JsonNumber("1e1000000"))).isTrue();
          }
        });
  }

  private static void assertSame(String left, String right) {
    assertThat(new JsonNumber(left).isSameAs(new JsonNumber(right))).isTrue();
  }

  @Provide
  Arbitrary<String> numbers() {
    return Combinators.combine(
            Arbitraries.of("", "-"),
            Arbitraries.of("0", "1", "10", "100", "12", "120", "999"),
            Arbitraries.of("", ".0", ".1", ".10", ".01", ".999"),
            Arbitraries.of("", "e0", "E1", "e-1", "e+2", "e-02", "E15"))
        .as((sign, whole, decimals, exponent) -> sign + whole + decimals + exponent);
  }
}
