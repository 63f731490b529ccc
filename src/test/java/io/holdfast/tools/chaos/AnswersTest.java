package io.holdfast.tools.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class AnswersTest {
  @Test
  void readsTheVersionFromTheEntityTag() {
    assertThat(Answers.version("\"7\"")).hasValue(7);
    assertThat(Answers.version("")).isEmpty();
    assertThat(Answers.version("\"abc\"")).isEmpty();
    assertThat(Answers.version("W/\"7\"")).isEmpty();
    assertThat(Answers.version("\"99999999999999999999\"")).isEmpty();
  }

  @Test
  void takesALaterGenerationForGreater() {
    assertThat(Answers.version("\"1-1\"").getAsLong())
        .isGreaterThan(Answers.version("\"1000000\"").getAsLong());
  }

  @Test
  void makesTheSameEntityTagAgain() {
    assertThat(Answers.entityTag(Answers.version("\"7\"").getAsLong())).isEqualTo("\"7\"");
    var ofLaterHistory = "\"999999999-987654321\"";
    assertThat(Answers.entityTag(Answers.version(ofLaterHistory).getAsLong()))
        .isEqualTo(ofLaterHistory);
  }

  @Test
  void namesTheProblem() {
    assertThat(Answers.problem("{\"type\":\"https://holdfast.dev/problems/shed\",\"status\":503}"))
        .isEqualTo("shed");
    assertThat(Answers.problem("oops")).isEmpty();
  }
}
