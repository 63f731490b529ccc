package io.holdfast.resource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.holdfast.resource.ChangeFeed.Watch;
import io.holdfast.testing.ChangesInMemory;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class ChangeFeedTest {
  private static final Duration SHORT = Duration.ofMillis(5);
  private static final Duration NEVER = Duration.ofHours(1);

  private final ChangesInMemory changes = new ChangesInMemory();
  private ChangeFeed feed =
      new ChangeFeed(changes, InstantSource.system(), new ChangeFeed.Pace(SHORT, NEVER, NEVER));

  @AfterEach
  void close() {
    changes.release();
    feed.close();
  }

  private void restart(Duration beat, Duration expire) {
    feed.close();
    feed =
        new ChangeFeed(changes, InstantSource.system(), new ChangeFeed.Pace(SHORT, beat, expire));
  }

  /** Remembers what it is told. */
  private static final class Seen implements ChangeFeed.Watcher {
    final List<News> news = new CopyOnWriteArrayList<>();
    final AtomicInteger beats = new AtomicInteger();
    volatile FeedPosition position = new FeedPosition(Instant.EPOCH, 0, Map.of());
    volatile boolean hasRoom = true;
    volatile boolean ended;
    volatile boolean broken;

    List<String> ids() {
      return news.stream().flatMap(it -> it.changes().stream()).map(News.Change::id).toList();
    }

    @Override
    public void changed(News told) {
      if (broken) {
        throw new IllegalStateException("as asked");
      }
      news.add(told);
      position = told.after();
    }

    @Override
    public boolean hasRoom() {
      return hasRoom;
    }

    @Override
    public void beat(FeedPosition now) {
      beats.incrementAndGet();
      position = now;
    }

    @Override
    public void ended() {
      ended = true;
    }
  }

  private Watch watch(FeedPosition since, Seen seen) throws Exception {
    return feed.watch("docs", Optional.of(since), seen).get(10, TimeUnit.SECONDS);
  }

  private Seen watching() throws Exception {
    var seen = new Seen();
    assertThat(feed.watch("docs", Optional.empty(), seen).get(10, TimeUnit.SECONDS))
        .isInstanceOf(Watch.Begun.class);
    await().until(() -> seen.position.at().isAfter(Instant.EPOCH)); // told after it has begun
    return seen;
  }

  private static FeedPosition at(Instant at) {
    return new FeedPosition(at, 0, Map.of());
  }

  static Stream<Throwable> failures() {
    return Stream.of(
        new SQLException("away"), new IllegalStateException("a mistake"), new StackOverflowError());
  }

  // ---- beginning ----

  @ParameterizedTest
  @ValueSource(strings = {"0", "8mpzf2iiinz", "1.a-1", "zzzzzzz"})
  void aPositionOfAnotherTimeIsTooOld(String text) throws Exception {
    assertThat(watch(FeedPosition.parse(text).orElseThrow(), new Seen()))
        .isInstanceOf(Watch.TooOld.class);
  }

  @Test
  void aPositionIsKeptForAnHourAndMayBeOfAClockThatIsALittleAhead() throws Exception {
    var now = Instant.now();
    assertThat(watch(at(now.minusSeconds(3590)), new Seen())).isInstanceOf(Watch.Begun.class);
    assertThat(watch(at(now.minusSeconds(3601)), new Seen())).isInstanceOf(Watch.TooOld.class);
    assertThat(watch(at(now.plusSeconds(590)), new Seen())).isInstanceOf(Watch.Begun.class);
    assertThat(watch(at(now.plusSeconds(660)), new Seen())).isInstanceOf(Watch.TooOld.class);
  }

  /** What it was told may never have happened: it has to list the collection. */
  @Test
  void whoWatchedInAnotherHistoryEndsAndCannotGoOnWhereItWas() throws Exception {
    changes.add(1, "docs", "a", "1");
    var seen = watching();
    changes.promote(7);
    await().until(() -> seen.ended);
    assertThat(watch(seen.position, new Seen())).isInstanceOf(Watch.TooOld.class);
    var anew = watching();
    assertThat(anew.position.generation()).isEqualTo(7);
    changes.add(2, "docs", "b", "1-7");
    await().until(() -> anew.ids().equals(List.of("b")));
    assertThat(watch(anew.position, new Seen())).isInstanceOf(Watch.Begun.class);
  }

  @ParameterizedTest
  @MethodSource("failures")
  void whateverFailsEndsTheWaitOfWhoBegins(Throwable failure) throws Exception {
    changes.fail(failure);
    var watch = feed.watch("docs", Optional.empty(), new Seen());
    assertThatThrownBy(() -> watch.get(10, TimeUnit.SECONDS)).hasCause(failure);
    changes.heal();
    watching();
  }

  @Test
  void allWhoComeTogetherBeginWithOneLook() throws Exception {
    changes.hold();
    var watches = new ArrayList<CompletableFuture<Watch>>();
    for (int i = 0; i < 100; i++) {
      watches.add(feed.watch("docs", Optional.empty(), new Seen()));
    }
    await().until(() -> changes.looks.get() == 1);
    changes.fail(new SQLException("away"));
    changes.release();
    for (var watch : watches) {
      assertThatThrownBy(() -> watch.get(10, TimeUnit.SECONDS)).hasMessageContaining("away");
    }
    assertThat(changes.looks.get()).isLessThanOrEqualTo(2);
  }

  @Test
  void whoHasGivenUpIsNotBegunFor() throws Exception {
    changes.hold();
    var early = new Seen();
    var watch = feed.watch("docs", Optional.empty(), early);
    await().until(() -> changes.looks.get() == 1);
    watch.cancel(false);
    changes.release();
    var other = watching();
    changes.add(1, "docs", "a", "1");
    await().until(() -> other.ids().equals(List.of("a")));
    assertThat(early.ids()).isEmpty();
    assertThat(early.beats).hasValue(0);
  }

  @Test
  void aFeedThatIsClosedSaysSoAndEndsWhoWatches() throws Exception {
    var seen = watching();
    feed.close();
    await().until(() -> seen.ended);
    assertThat(watch(at(Instant.now()), new Seen())).isInstanceOf(Watch.Closed.class);
  }

  @Test
  void whoWaitsToBeginWhenTheFeedClosesIsToldSo() throws Exception {
    changes.hold();
    var first = feed.watch("docs", Optional.empty(), new Seen());
    await().until(() -> changes.looks.get() == 1);
    feed.close();
    var late = feed.watch("docs", Optional.empty(), new Seen());
    changes.release();
    assertThat(first.get(10, TimeUnit.SECONDS)).isInstanceOf(Watch.Begun.class);
    assertThat(late.get(10, TimeUnit.SECONDS)).isInstanceOf(Watch.Closed.class);
  }

  // ---- what is new ----

  @Test
  void allWhoWatchACollectionAreToldTheSameAndNobodyElse() throws Exception {
    var first = watching();
    var second = watching();
    var other = new Seen();
    feed.watch("others", Optional.empty(), other).get(10, TimeUnit.SECONDS);
    for (int i = 0; i < 3; i++) {
      changes.add(i, "docs", "d" + i, "1");
    }
    changes.add(1, "others", "o", "1");
    await().until(() -> first.ids().size() == 3 && second.ids().size() == 3);
    await().until(() -> other.ids().equals(List.of("o")));
    for (int i = 0; i < first.news.size(); i++) {
      assertThat(first.news.get(i)).isSameAs(second.news.get(i));
    }
  }

  @Test
  void aDatabaseThatWasAwayIsReadOnFromWhereItStood() throws Exception {
    var seen = watching();
    changes.fail(new SQLException("away"));
    int looks = changes.looks.get();
    await().until(() -> changes.looks.get() > looks + 2);
    changes.add(1, "docs", "a", "1");
    changes.heal();
    await().until(() -> seen.ids().equals(List.of("a")));
    assertThat(seen.ended).isFalse();
  }

  @Test
  void nobodyIsToldForLongThatNothingHappenedWhileNothingCanBeRead() throws Exception {
    restart(Duration.ofMillis(100), NEVER);
    var seen = watching();
    changes.fail(new SQLException("away"));
    await().until(() -> seen.ended);
  }

  @Test
  void whoWatchedUntilWhatItMissedMayBeRemovedComesAgain() throws Exception {
    var now = new AtomicReference<>(Instant.now());
    feed.close();
    feed = new ChangeFeed(changes, now::get, new ChangeFeed.Pace(SHORT, NEVER, NEVER));
    var seen = watching();
    changes.fail(new SQLException("away"));
    now.set(now.get().plus(Duration.ofMinutes(90)));
    changes.heal();
    await().until(() -> seen.ended);
  }

  @Test
  void afterAMistakeWhoWatchesComesAgainAndHearsOfChanges() throws Exception {
    var first = watching();
    changes.fail(new IllegalStateException("a mistake"));
    await().until(() -> first.ended);
    changes.add(1, "docs", "a", "1");
    changes.heal();
    var second = new Seen();
    assertThat(watch(first.position, second)).isInstanceOf(Watch.Begun.class);
    changes.add(1, "docs", "b", "1");
    await().until(() -> second.ids().equals(List.of("a", "b")));
  }

  @Test
  void aWatcherThatFailsEndsAlone() throws Exception {
    var broken = watching();
    var other = watching();
    broken.broken = true;
    changes.add(1, "docs", "a", "1");
    await().until(() -> broken.ended && other.ids().equals(List.of("a")));
    changes.add(1, "docs", "b", "1");
    await().until(() -> other.ids().equals(List.of("a", "b")));
    assertThat(other.ended).isFalse();
  }

  @ParameterizedTest
  @MethodSource("failures")
  void beatsGoOnThoughSomethingFails(Throwable failure) throws Exception {
    restart(Duration.ofMillis(50), NEVER);
    watching();
    changes.fail(failure);
    int looks = changes.looks.get();
    await().until(() -> changes.looks.get() > looks);
    changes.heal();
    var seen = watching();
    await().until(() -> seen.beats.get() > 5);
  }

  @ParameterizedTest
  @MethodSource("failures")
  void oldChangesAreRemovedWhileALookWaitsAndThoughRemovingFails(Throwable failure) {
    restart(NEVER, SHORT);
    changes.hold();
    feed.watch("docs", Optional.empty(), new Seen());
    await().until(() -> changes.looks.get() == 1);
    changes.fail(failure);
    int expiries = changes.expiries.get();
    await().until(() -> changes.expiries.get() > expiries + 3);
  }

  // ---- what was missed ----

  @Test
  void whatWasMissedComesAsThereIsRoomThenWhatIsNew() throws Exception {
    var since = watching().position;
    var expected = new ArrayList<String>();
    for (int i = 0; i < 2500; i++) {
      expected.add("d" + i);
      changes.add(1, "docs", "d" + i, "1");
      changes.add(1, "others", "o" + i, "1");
    }
    var seen = new Seen();
    seen.hasRoom = false;
    assertThat(watch(since, seen)).isInstanceOf(Watch.Begun.class);
    expected.add("new");
    changes.add(2, "docs", "new", "1");
    var live = watching();
    changes.add(2, "docs", "newer", "1");
    expected.add("newer");
    await().until(() -> live.ids().contains("newer"));
    assertThat(seen.ids()).isEmpty();
    seen.hasRoom = true;
    await().until(() -> seen.ids().size() >= expected.size());
    assertThat(seen.ids()).isEqualTo(expected);
    assertThat(seen.news.get(0).after()).isEqualTo(since);
    assertThat(seen.position.positions()).isEqualTo(Map.of(1L, 5000L, 2L, 2L));
  }

  @Test
  void tooManyMissedChangesAreTooOldAndTooManyInMemoryAreFull() throws Exception {
    var since = watching().position;
    for (int i = 0; i < ChangeFeed.CATCH_UP_MAX; i++) {
      changes.add(1, "docs", "d", "1");
    }
    var slow = new Seen();
    slow.hasRoom = false;
    assertThat(watch(since, slow)).isInstanceOf(Watch.Begun.class);
    var second = new Seen();
    second.hasRoom = false;
    assertThat(watch(since, second)).isInstanceOf(Watch.Begun.class);
    assertThat(watch(since, new Seen())).isInstanceOf(Watch.Full.class);
    slow.hasRoom = true;
    await().until(() -> slow.ids().size() == ChangeFeed.CATCH_UP_MAX);
    assertThat(watch(since, new Seen())).isInstanceOf(Watch.Begun.class);
    changes.add(1, "docs", "one too many", "1");
    assertThat(watch(since, new Seen())).isInstanceOf(Watch.TooOld.class);
  }

  @Test
  void onlyChangesOfTheWatchedCollectionCountAsMissed() throws Exception {
    var since = watching().position;
    for (int i = 0; i <= ChangeFeed.CATCH_UP_MAX; i++) {
      changes.add(1, "others", "o", "1");
    }
    changes.add(1, "docs", "a", "1");
    var seen = new Seen();
    assertThat(watch(since, seen)).isInstanceOf(Watch.Begun.class);
    await().until(() -> seen.ids().equals(List.of("a")));
  }

  @Test
  void aBurstInOneCollectionEndsOnlyThoseWhoWatchIt() throws Exception {
    var docs = watching();
    var others = new Seen();
    feed.watch("others", Optional.empty(), others).get(10, TimeUnit.SECONDS);
    changes.fail(new SQLException("away"));
    for (int i = 0; i <= ChangeFeed.CATCH_UP_MAX; i++) {
      changes.add(1, "others", "o", "1");
    }
    changes.add(1, "docs", "a", "1");
    changes.heal();
    await().until(() -> docs.ids().equals(List.of("a")) && others.ended);
    assertThat(docs.ended).isFalse();
  }
}
