package io.holdfast.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.cluster.FormationDecision.Sign;
import io.holdfast.cluster.NamesakeDecision.Action;
import io.holdfast.database.Incarnation;
import io.holdfast.database.Registry.Seen;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The truth table of a node whose name or address others had. */
class NamesakeDecisionTest {
  private static final Instant BEGAN = Instant.EPOCH;
  private final NamesakeDecision decision = NamesakeDecision.defaults();

  private static Duration seconds(double seconds) {
    return Duration.ofMillis(Math.round(seconds * 1000));
  }

  private static Seen other(long id, double silence) {
    var incarnation = new Incarnation(id, "n1", "h:1", "", "", "");
    return new Seen(incarnation, 1, seconds(silence), Optional.empty());
  }

  private static Map<Long, Sign> signs(String sign) {
    return switch (sign) {
      case "alive" -> Map.of(1L, new Sign.Alive());
      case "dead" -> Map.of(1L, new Sign.Dead());
      case "deaf" -> Map.of(1L, new Sign.Deaf(BEGAN));
      default -> Map.of();
    };
  }

  @ParameterizedTest(name = "lifeline {0}, silent for {1} s, {2} s after the first look: {3}")
  @CsvSource({
    "not asked, 0.5, 0.0, Wait",
    "not asked, 0.5, 0.5, Wait",
    "not asked, 0.4, 0.5, Refuse",
    "not asked, 3.0, 2.0, Wait",
    "not asked, 3.1, 0.0, Register",
    "not asked, 3.1, 9.0, Register",
    "deaf, 0.5, 0.0, Wait",
    "deaf, 0.4, 0.5, Refuse",
    "deaf, 3.1, 0.0, Register",
    "alive, 2.0, 0.0, Refuse",
    "alive, 3.1, 0.0, Refuse",
    "dead, 0.1, 0.0, Register",
    "dead, 0.1, 2.0, Register",
  })
  void whoGivesSignsOfLifeLives(String sign, double silence, double after, String action) {
    var decided =
        decision.decide(List.of(other(1, silence)), signs(sign), BEGAN, BEGAN.plus(seconds(after)));
    assertThat(decided.getClass().getSimpleName()).isEqualTo(action);
  }

  @Test
  void registersWhereNobodyWas() {
    assertThat(decision.decide(List.of(), Map.of(), BEGAN, BEGAN))
        .isEqualTo(new Action.Register(Set.of()));
  }

  @Test
  void registersOnlyOnceAllHaveEndedAndRefusesForOneThatLives() {
    var now = BEGAN.plus(seconds(1));
    assertThat(decision.decide(List.of(other(1, 9), other(2, 9)), Map.of(), BEGAN, now))
        .isEqualTo(new Action.Register(Set.of(1L, 2L)));
    assertThat(decision.decide(List.of(other(1, 9), other(2, 2)), Map.of(), BEGAN, now))
        .isEqualTo(new Action.Wait());
    assertThat(decision.decide(List.of(other(1, 2), other(2, 0.5)), Map.of(), BEGAN, now))
        .isEqualTo(new Action.Refuse(other(2, 0.5).incarnation()));
  }
}
