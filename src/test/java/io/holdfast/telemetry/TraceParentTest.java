package io.holdfast.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TraceParentTest {
  private static final String TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
  private static final String SPAN = "00f067aa0ba902b7";

  @Test
  void hasATraceASpanAndFlags() {
    var sent = TraceParent.parse("00-" + TRACE + "-" + SPAN + "-01").orElseThrow();
    assertThat(sent.traceId()).isEqualTo(TRACE);
    assertThat(sent.spanId()).isEqualTo(SPAN);
    assertThat(sent.isSampled()).isTrue();
    assertThat(sent.isNone()).isFalse();
  }

  @ParameterizedTest
  @CsvSource({"00, false", "01, true", "02, false", "03, true", "ff, true"})
  void isKeptIfItsLastBitSaysSo(String flags, boolean sampled) {
    var sent = TraceParent.parse("00-" + TRACE + "-" + SPAN + "-" + flags).orElseThrow();
    assertThat(sent.isSampled()).isEqualTo(sampled);
  }

  /** W3C Trace Context, section 3.2.2.2 and 4.3. */
  @Test
  void ofALaterVersionOnlyWhatIsKnownGoesOn() {
    assertThat(TraceParent.parse("cc-" + TRACE + "-" + SPAN + "-01-more"))
        .hasValue(new TraceParent("00-" + TRACE + "-" + SPAN + "-01"));
    assertThat(TraceParent.parse("cc-" + TRACE + "-" + SPAN + "-01"))
        .hasValue(new TraceParent("00-" + TRACE + "-" + SPAN + "-01"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "-",
        "00-" + TRACE + "-" + SPAN,
        "00-" + TRACE + "-" + SPAN + "-0",
        "00-" + TRACE + "-" + SPAN + "-0g",
        "00-" + TRACE + "-" + SPAN + "-01-more",
        "00-" + TRACE + "-" + SPAN + "-01, 00-" + TRACE + "-" + SPAN + "-01",
        "cc-" + TRACE + "-" + SPAN + "-01more",
        "ff-" + TRACE + "-" + SPAN + "-01",
        "00-00000000000000000000000000000000-" + SPAN + "-01",
        "00-" + TRACE + "-0000000000000000-01",
        "00-4BF92F3577B34DA6A3CE929D0E0E4736-" + SPAN + "-01",
        "00-4bf92f3577b34da6a3ce929d0e0e473-" + SPAN + "-01",
        "00_" + TRACE + "-" + SPAN + "-01",
        "00-" + TRACE + "-" + SPAN + "-01\r\nX: y"
      })
  void whatIsMalformedIsNone(String sent) {
    assertThat(TraceParent.parse(sent)).isEmpty();
  }

  @Test
  void oneThatBeginsIsOneThatIsUnderstoodAndNoneIsLikeAnother() {
    var one = TraceParent.begin();
    assertThat(TraceParent.parse(one.text())).hasValue(one);
    assertThat(one.isSampled()).isFalse();
    assertThat(TraceParent.begin()).isNotEqualTo(one);
    assertThat(TraceParent.NONE.traceId()).isEmpty();
  }
}
