package io.holdfast.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.http.Prefer.Return;
import java.util.Optional;
import java.util.OptionalInt;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PreferTest {
  private static Prefer parse(String field) {
    return Prefer.parse(Optional.of(field));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "return=minimal | MINIMAL",
        "return=representation | REPRESENTATION",
        "Return = \"minimal\" | MINIMAL",
        "RETURN=Representation; foo=\"some, thing\" | REPRESENTATION",
        "respond-async, wait=10, return=minimal | MINIMAL",
        "return=minimal, return=representation | MINIMAL"
      })
  void readsWhatAnAnswerShouldCarry(String field, Return expected) {
    assertThat(parse(field).representation()).contains(expected);
    assertThat(parse(field).prefers(expected)).isTrue();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "wait=0 | 0",
        "wait=30 | 30",
        "respond-async, WAIT=\"5\" | 5",
        "wait=5, wait=9 | 5",
        "wait=99999999999999999999 | 2147483647"
      })
  void readsForHowLongToWait(String field, int expected) {
    assertThat(parse(field).waitSeconds()).isEqualTo(OptionalInt.of(expected));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        ",",
        "=",
        "return",
        "return=",
        "return=all",
        "wait",
        "wait=-1",
        "wait=1.5",
        "wait=x",
        "wait=\u0661",
        "x-return=minimal",
        "foo=\"return=minimal\""
      })
  void ignoresWhatItDoesNotKnow(String field) {
    assertThat(parse(field)).isEqualTo(Prefer.NOTHING);
  }

  @Test
  void nothingIsNoPreference() {
    assertThat(Prefer.parse(Optional.empty())).isEqualTo(Prefer.NOTHING);
  }

  @Property
  void noTextMakesItFail(@ForAll String field) {
    assertThat(parse(field)).isNotNull();
  }
}
