package io.holdfast.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.http.Preconditions.Outcome;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** RFC 9110, section 13. The target has the tag "2" and was modified at 12:00:00.7. */
class PreconditionsTest {
  private static final Optional<EntityTag> TAG = Optional.of(EntityTag.strong("2"));
  private static final Optional<Instant> MODIFIED =
      Optional.of(Instant.parse("2026-01-01T12:00:00.7Z"));
  private static final String EARLIER = "Thu, 01 Jan 2026 11:59:59 GMT";
  private static final String SAME = "Thu, 01 Jan 2026 12:00:00 GMT";
  private static final String LATER = "Thu, 01 Jan 2026 12:00:01 GMT";

  @ParameterizedTest(name = "If-Match: {0}, target there: {1}, safe: {2}: {3}")
  @CsvSource(
      quoteCharacter = '\'',
      value = {
        "'\"2\"',        true,  false, PROCEED",
        "'\"1\", \"2\"', true,  false, PROCEED",
        "'\"1\"',        true,  false, FAILED",
        "'W/\"2\"',      true,  false, FAILED",
        "'*',            true,  false, PROCEED",
        "'*',            false, false, FAILED",
        "'\"2\"',        false, false, FAILED",
        "'\"1\"',        true,  true,  FAILED",
        "'\"2\"',        true,  true,  PROCEED"
      })
  void section13_1_1IfMatch(String field, boolean there, boolean safe, Outcome outcome) {
    assertThat(evaluate(field, null, null, null, there, safe)).isEqualTo(outcome);
  }

  @ParameterizedTest(name = "If-None-Match: {0}, target there: {1}, safe: {2}: {3}")
  @CsvSource(
      quoteCharacter = '\'',
      value = {
        "'\"2\"',        true,  true,  NOT_MODIFIED",
        "'W/\"2\"',      true,  true,  NOT_MODIFIED",
        "'\"1\", \"2\"', true,  true,  NOT_MODIFIED",
        "'\"1\"',        true,  true,  PROCEED",
        "'*',            true,  true,  NOT_MODIFIED",
        "'*',            false, true,  PROCEED",
        "'\"2\"',        true,  false, FAILED",
        "'*',            true,  false, FAILED",
        "'*',            false, false, PROCEED",
        "'\"1\"',        true,  false, PROCEED",
        "'\"2\"',        false, false, PROCEED"
      })
  void section13_1_2IfNoneMatch(String field, boolean there, boolean safe, Outcome outcome) {
    assertThat(evaluate(null, field, null, null, there, safe)).isEqualTo(outcome);
  }

  @ParameterizedTest(name = "If-Modified-Since: {0}, target there: {1}, safe: {2}: {3}")
  @CsvSource(
      delimiter = ';',
      value = {
        EARLIER + ";     true;  true;  PROCEED",
        SAME + ";        true;  true;  NOT_MODIFIED",
        LATER + ";       true;  true;  NOT_MODIFIED",
        SAME + ";        true;  false; PROCEED",
        SAME + ";        false; true;  PROCEED",
        "yesterday;      true;  true;  PROCEED"
      })
  void section13_1_3IfModifiedSince(String field, boolean there, boolean safe, Outcome outcome) {
    assertThat(evaluate(null, null, field, null, there, safe)).isEqualTo(outcome);
  }

  @ParameterizedTest(name = "If-Unmodified-Since: {0}, target there: {1}, safe: {2}: {3}")
  @CsvSource(
      delimiter = ';',
      value = {
        EARLIER + "; true;  false; FAILED",
        SAME + ";    true;  false; PROCEED",
        LATER + ";   true;  false; PROCEED",
        EARLIER + "; true;  true;  FAILED",
        EARLIER + "; false; false; PROCEED",
        "yesterday;  true;  false; PROCEED"
      })
  void section13_1_4IfUnmodifiedSince(String field, boolean there, boolean safe, Outcome outcome) {
    assertThat(evaluate(null, null, null, field, there, safe)).isEqualTo(outcome);
  }

  @Test
  void section13_2_2TagsComeBeforeDates() {
    assertThat(evaluate("\"2\"", null, null, EARLIER, true, false)).isEqualTo(Outcome.PROCEED);
    assertThat(evaluate(null, "\"1\"", LATER, null, true, true)).isEqualTo(Outcome.PROCEED);
  }

  @Test
  void section13_2_2IfMatchComesBeforeIfNoneMatch() {
    assertThat(evaluate("\"1\"", "\"2\"", null, null, true, true)).isEqualTo(Outcome.FAILED);
    assertThat(evaluate("\"2\"", "\"2\"", null, null, true, true)).isEqualTo(Outcome.NOT_MODIFIED);
    assertThat(evaluate("\"2\"", null, LATER, null, true, true)).isEqualTo(Outcome.NOT_MODIFIED);
    assertThat(evaluate(null, null, LATER, EARLIER, true, true)).isEqualTo(Outcome.FAILED);
  }

  @Test
  void nothingAskedIsNothingRefused() {
    assertThat(evaluate(null, null, null, null, true, true)).isEqualTo(Outcome.PROCEED);
    assertThat(evaluate(null, null, null, null, false, false)).isEqualTo(Outcome.PROCEED);
  }

  @Test
  void malformedTagsAreNamedWithTheirField() {
    assertThat(Preconditions.fault(Optional.of("1"), Optional.empty()))
        .hasValueSatisfying(fault -> assertThat(fault).startsWith("If-Match "));
    assertThat(Preconditions.fault(Optional.of("*"), Optional.of("\"1")))
        .hasValueSatisfying(fault -> assertThat(fault).startsWith("If-None-Match "));
    assertThat(Preconditions.fault(Optional.of("*"), Optional.of("\"1\""))).isEmpty();
    assertThat(Preconditions.fault(Optional.empty(), Optional.empty())).isEmpty();
  }

  @Test
  void aMalformedConditionIsNeverTakenForNone() {
    assertThatThrownBy(() -> evaluate("1", null, null, null, true, false))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> evaluate(null, "\"", null, null, true, false))
        .isInstanceOf(IllegalArgumentException.class);
  }

  private static Outcome evaluate(
      String ifMatch,
      String ifNoneMatch,
      String ifModifiedSince,
      String ifUnmodifiedSince,
      boolean there,
      boolean safe) {
    return Preconditions.parse(
            Optional.ofNullable(ifMatch),
            Optional.ofNullable(ifNoneMatch),
            Optional.ofNullable(ifModifiedSince),
            Optional.ofNullable(ifUnmodifiedSince))
        .evaluate(there ? TAG : Optional.empty(), there ? MODIFIED : Optional.empty(), safe);
  }
}
