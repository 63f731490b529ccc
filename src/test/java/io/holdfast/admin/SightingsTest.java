package io.holdfast.admin;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Map;
import java.util.Set;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

class SightingsTest {
  private static final ActorTestKit kit = ActorTestKit.create();
  private final TestProbe<Pulses.Sighted> asker = kit.createTestProbe();
  private final Sightings sightings = new Sightings();

  @AfterAll
  static void end() {
    kit.shutdownTestKit();
  }

  private void saw(long question, String node) {
    sightings.saw(new Pulses.Saw(question, node + ":1", node, "{}"));
  }

  @Test
  void aQuestionIsAnsweredOnceAllHaveSpoken() {
    long question = sightings.begin(Set.of("n1:1", "n2:1"), asker.ref()).orElseThrow();
    saw(question, "n1");
    saw(question, "n1");
    saw(question + 1, "n2");
    asker.expectNoMessage(Duration.ofMillis(20));
    saw(question, "n2");
    asker.expectMessage(new Pulses.Sighted(Map.of("n1", "{}", "n2", "{}"), 0));
    sightings.over(question);
    saw(question, "n2");
    asker.expectNoMessage(Duration.ofMillis(20));
  }

  @Test
  void whoeverIsSilentIsCounted() {
    long question = sightings.begin(Set.of("n1:1", "n2:1", "n3:1"), asker.ref()).orElseThrow();
    saw(question, "n2");
    sightings.over(question);
    asker.expectMessage(new Pulses.Sighted(Map.of("n2", "{}"), 2));
  }

  @Test
  void ofQuestionsOnlySoManyAreOpen() {
    long first = sightings.begin(Set.of("n1:1"), asker.ref()).orElseThrow();
    for (int i = 1; i < 100; i++) {
      assertThat(sightings.begin(Set.of("n1:1"), asker.ref())).isPresent();
    }
    assertThat(sightings.begin(Set.of("n1:1"), asker.ref())).isEmpty();
    saw(first, "n1");
    assertThat(sightings.begin(Set.of("n1:1"), asker.ref())).isPresent();
  }
}
