package io.holdfast.resource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.caching.Generation;
import io.holdfast.caching.Purge;
import io.holdfast.caching.TargetUri;
import io.holdfast.database.Purges;
import io.holdfast.resource.PurgeLog.Effect;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class PurgeLogTest {
  private static final TargetUri A = TargetUri.of("http", "shop.example", "/a?x=1");
  private static final TargetUri B = TargetUri.of("http", "shop.example", "/b");
  private static final TargetUri ANY = TargetUri.of("http", TargetUri.ANY_HOST, "/");
  private final PurgeLog log = new PurgeLog();

  private static Purge hard(long number, Purge.Scope scope) {
    return new Purge(number, scope, false);
  }

  private static Purge soft(long number, Purge.Scope scope) {
    return new Purge(number, scope, true);
  }

  private Effect effect(long stored, TargetUri target, String... groups) {
    return log.effect(stored, "catalog", target, Set.of(groups));
  }

  @Test
  void whatIsStoredUnderTheNewestNumberIsReachedByNothing() {
    assertThat(effect(0, A)).isEqualTo(Effect.NOTHING);
    log.learn(0, List.of(hard(1, new Purge.Route("catalog"))));
    assertThat(log.known()).isEqualTo(1);
    assertThat(effect(1, A)).isEqualTo(Effect.NOTHING);
    assertThat(effect(0, A)).isEqualTo(Effect.REMOVED);
  }

  @Test
  void onlyLaterPurgesReachWhatIsStored() {
    log.learn(
        0,
        List.of(
            hard(1, new Purge.Target(A)),
            soft(2, new Purge.Group("g", ANY)),
            hard(3, new Purge.Target(B)),
            soft(4, new Purge.Target(A))));
    assertThat(effect(0, A)).isEqualTo(Effect.REMOVED);
    assertThat(effect(1, A)).isEqualTo(Effect.STALED);
    assertThat(effect(4, A)).isEqualTo(Effect.NOTHING);
    assertThat(effect(1, B, "g")).as("first stale, then gone").isEqualTo(Effect.REMOVED);
    assertThat(effect(1, TargetUri.of("http", "x", "/c"), "g")).isEqualTo(Effect.STALED);
    assertThat(effect(2, TargetUri.of("http", "x", "/c"), "g")).isEqualTo(Effect.NOTHING);
    assertThat(effect(3, B, "g")).isEqualTo(Effect.NOTHING);
  }

  @Test
  void whatComesTwiceIsPassedOver() {
    var purges = List.of(hard(1, new Purge.Target(A)), hard(2, new Purge.Target(B)));
    log.learn(0, purges);
    log.learn(0, purges);
    log.learn(1, List.of(hard(2, new Purge.Target(B)), hard(3, new Purge.Target(A))));
    assertThat(log.known()).isEqualTo(3);
    assertThat(effect(1, B)).isEqualTo(Effect.REMOVED);
    assertThat(effect(2, B)).isEqualTo(Effect.NOTHING);
  }

  @Test
  void aGapIsNotTakenForNothing() {
    log.learn(0, List.of(hard(1, new Purge.Target(A))));
    assertThatThrownBy(() -> log.learn(2, List.of(hard(3, new Purge.Target(A)))))
        .hasMessageContaining("after 2");
    assertThatThrownBy(
            () ->
                log.learn(1, List.of(hard(3, new Purge.Route("r")), hard(2, new Purge.Route("r")))))
        .hasMessageContaining("purge 2 after 3");
    assertThat(log.known()).isEqualTo(1);
  }

  /** After a promotion numbers leap. */
  @Test
  void aLeapIsNoGap() {
    log.learn(0, List.of(hard(1, new Purge.Target(A))));
    log.learn(1, List.of(hard(500, new Purge.Target(B))));
    assertThat(effect(1, B)).isEqualTo(Effect.REMOVED);
    assertThat(effect(8, B)).as("stored under a number that was lost").isEqualTo(Effect.REMOVED);
    assertThat(effect(8, A)).isEqualTo(Effect.NOTHING);
  }

  @Test
  void whatIsOlderThanAllThatIsKnownCountsAsRemoved() {
    log.forget(99);
    assertThat(log.known()).isEqualTo(99);
    assertThat(effect(98, A)).isEqualTo(Effect.REMOVED);
    assertThat(effect(99, A)).isEqualTo(Effect.NOTHING);
    log.learn(99, List.of(hard(100, new Purge.Target(B))));
    assertThat(effect(99, A)).isEqualTo(Effect.NOTHING);
    log.forget(50);
    assertThat(effect(99, A)).as("it knows more already").isEqualTo(Effect.NOTHING);
  }

  @Test
  void theLastOnesAreKnownInDetailAndNoMore() {
    var many =
        LongStream.rangeClosed(1, PurgeLog.KEPT_MAX + 10L)
            .mapToObj(number -> hard(number, new Purge.Target(B)))
            .toList();
    log.learn(0, many);
    assertThat(effect(9, A)).isEqualTo(Effect.REMOVED);
    assertThat(effect(10, A)).isEqualTo(Effect.NOTHING);
    assertThat(effect(10, B)).isEqualTo(Effect.REMOVED);
  }

  @Test
  void whatBeganBeforeAPurgeThatReachesItIsNeitherStoredNorJoined() {
    log.learn(0, List.of(soft(1, new Purge.Target(A)), hard(2, new Purge.Target(B))));
    var today = new Generation(3, 2);
    assertThat(log.holds(new Generation(3, 0), today, "r", A, Set.of())).isFalse();
    assertThat(log.holds(new Generation(3, 1), today, "r", A, Set.of())).isTrue();
    assertThat(log.holds(new Generation(3, 1), today, "r", B, Set.of())).isFalse();
    assertThat(log.holds(new Generation(2, 2), today, "r", B, Set.of())).isFalse();
    log.forget(9);
    assertThat(log.holds(new Generation(3, 2), today, "r", A, Set.of())).isFalse();
  }

  /** One thread learns; whoever asks sees all up to the number that it saw. */
  @Test
  void aReaderThatSeesANumberSeesItsPurge() {
    var done = new AtomicBoolean();
    var reader =
        CompletableFuture.supplyAsync(
            () -> {
              long looks = 0;
              while (!done.get()) {
                long seen = log.known();
                if (seen > 0 && effect(seen - 1, A) != Effect.REMOVED) {
                  return -1L;
                }
                looks++;
              }
              return looks;
            });
    for (long number = 1; number <= 3000; number++) {
      log.learn(number - 1, List.of(hard(number, new Purge.Target(A))));
    }
    done.set(true);
    assertThat(reader.join()).isNotNegative();
  }

  @Test
  void everyScopeComesBackFromItsRow() {
    for (var scope :
        List.of(
            new Purge.Route("catalog"),
            new Purge.Target(A),
            new Purge.Prefix(A),
            new Purge.Group("g", TargetUri.of("https", "shop.example", "/")),
            new Purge.Target(new TargetUri("", TargetUri.ANY_HOST, "/b")))) {
      var row = PurgeRow.of(scope, true);
      assertThat(PurgeRow.purge(new Purges.Numbered(7, row))).isEqualTo(new Purge(7, scope, true));
    }
    assertThat(PurgeRow.of(new Purge.Target(TargetUri.of("http", TargetUri.ANY_HOST, "/b")), false))
        .isEqualTo(new Purges.Row("target", "", "*", "/b", false));
  }

  @Test
  void whatHasNoRoomInARowReachesMoreAndNeverLess() {
    var path = "/" + "p".repeat(9000);
    var far = TargetUri.of("http", "h".repeat(300), path + "?q");
    assertThat(PurgeRow.of(new Purge.Target(far), false))
        .isEqualTo(new Purges.Row("prefix", "", "*", path.substring(0, 8192), false));
    assertThat(PurgeRow.of(new Purge.Group("g", far), false).host()).isEqualTo("*");
  }

  /** From a node of a later build, while the nodes are replaced one by one. */
  @Test
  void aKindThatIsNotKnownReachesEverything() {
    var purge =
        PurgeRow.purge(new Purges.Numbered(7, new Purges.Row("weather", "", "x", "wet", true)));
    assertThat(purge.soft()).isFalse();
    assertThat(purge.scope().reaches("r", A, Set.of())).isTrue();
    assertThat(purge.scope().reaches("r", TargetUri.of("https", "*", "/"), Set.of())).isTrue();
  }
}
