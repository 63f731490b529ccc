package io.holdfast.operation;

import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.ConfigFactory;
import java.time.Instant;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What lanes of two nodes tell each other comes over as it was, by the node's own settings. */
class LaneNewsTest {
  private static final ActorTestKit KIT =
      ActorTestKit.create(
          ConfigFactory.parseString("pekko.actor.provider = local")
              .withFallback(ConfigFactory.parseResources("holdfast-pekko.conf"))
              .withFallback(ConfigFactory.load())
              .resolve());

  @AfterAll
  static void stop() {
    KIT.shutdownTestKit();
  }

  private static Lane.Heard heard(boolean flag, Optional<Instant> dueAt) {
    var at = Instant.parse("2026-11-27T12:00:00.123Z");
    return new Lane.Heard(
        new Item(
            "i",
            3,
            "r",
            "PUT",
            "/ü?a=\"b\"",
            2,
            flag,
            !flag,
            1L << 40,
            7,
            dueAt,
            at,
            flag ? "key" : ""));
  }

  static Stream<Lane.News> news() {
    return Stream.of(
        heard(true, Optional.of(Instant.EPOCH)),
        heard(false, Optional.empty()),
        new Lane.More("a route"));
  }

  @Test
  void allOfThemAreTried() {
    assertThat(news().map(Object::getClass).distinct())
        .containsExactlyInAnyOrder(Lane.News.class.getPermittedSubclasses());
  }

  @ParameterizedTest
  @MethodSource("news")
  void comesOverAsItWas(Lane.News news) {
    KIT.serializationTestKit().verifySerialization(news, true);
    assertThat(news).isInstanceOf(Record.class); // so that it is compared by what is in it
  }
}
