package io.holdfast.upstream;

import static io.holdfast.upstream.KeyedRow.State.ANSWERED;
import static io.holdfast.upstream.KeyedRow.State.NOT_KEPT;
import static io.holdfast.upstream.KeyedRow.State.RUNNING;
import static io.holdfast.upstream.KeyedRow.State.UNKNOWN;
import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.upstream.KeyedDecision.Claim;
import io.holdfast.upstream.KeyedDecision.NotKept;
import io.holdfast.upstream.KeyedDecision.Replay;
import io.holdfast.upstream.KeyedDecision.Reused;
import io.holdfast.upstream.KeyedDecision.Run;
import io.holdfast.upstream.KeyedDecision.TakeOver;
import io.holdfast.upstream.KeyedDecision.Unknown;
import io.holdfast.upstream.KeyedDecision.Wait;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class KeyedDecisionTest {
  private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
  private static final Instant LATER = NOW.plusMillis(1);
  private static final StoredAnswer ANSWER = new StoredAnswer(201, "", List.of(), new byte[0]);

  /** The row is of token {@code other} and fingerprint {@code same}. */
  static Stream<Arguments> table() {
    return Stream.of(
        // state, runs until, runner gone, repeatable: decision
        row(RUNNING, LATER, false, false, new Wait()),
        row(RUNNING, LATER, false, true, new Wait()),
        row(RUNNING, NOW, false, false, new Unknown()),
        row(RUNNING, NOW, false, true, new TakeOver("other")),
        row(RUNNING, LATER, true, false, new Unknown()),
        row(RUNNING, LATER, true, true, new TakeOver("other")),
        row(UNKNOWN, LATER, false, false, new Unknown()),
        row(UNKNOWN, NOW, true, false, new Unknown()),
        row(UNKNOWN, LATER, false, true, new TakeOver("other")),
        row(ANSWERED, LATER, false, false, new Replay(ANSWER)),
        row(ANSWERED, NOW, true, true, new Replay(ANSWER)),
        row(NOT_KEPT, LATER, false, false, new NotKept()),
        row(NOT_KEPT, NOW, true, true, new NotKept()));
  }

  private static Arguments row(
      KeyedRow.State state, Instant until, boolean gone, boolean repeatable, KeyedDecision then) {
    return Arguments.of(found(state, "other", until, gone), repeatable, then);
  }

  private static KeyedRow found(KeyedRow.State state, String token, Instant until, boolean gone) {
    var answer = state == ANSWERED ? Optional.of(ANSWER) : Optional.<StoredAnswer>empty();
    return new KeyedRow("same", state, token, until, gone, answer);
  }

  @ParameterizedTest
  @MethodSource("table")
  void decidesByTheRow(KeyedRow row, boolean repeatable, KeyedDecision then) {
    assertThat(decided(row, "same", repeatable)).isEqualTo(then);
  }

  @ParameterizedTest
  @MethodSource("table")
  void anotherRequestUnderTheKeyIsRefusedWhateverBecameOfTheFirst(
      KeyedRow row, boolean repeatable, KeyedDecision then) {
    assertThat(decided(row, "another", repeatable)).isEqualTo(new Reused());
  }

  private static KeyedDecision decided(KeyedRow row, String fingerprint, boolean repeatable) {
    var asker = new KeyedDecision.Asker("mine", fingerprint, repeatable);
    return KeyedDecision.of(Optional.of(row), asker, NOW);
  }

  @Test
  void withoutARowOneIsMade() {
    var asker = new KeyedDecision.Asker("mine", "same", false);
    assertThat(KeyedDecision.of(Optional.empty(), asker, NOW)).isEqualTo(new Claim());
  }

  @Test
  void whoHasTheRowCarriesTheRequestOut() {
    assertThat(decided(found(RUNNING, "mine", LATER, false), "same", false)).isEqualTo(new Run());
  }
}
