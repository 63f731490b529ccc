package io.holdfast.resource;

import static io.holdfast.resource.GivenResponses.TARGET;
import static io.holdfast.resource.GivenResponses.URI;
import static io.holdfast.resource.GivenResponses.at;
import static io.holdfast.resource.GivenResponses.content;
import static io.holdfast.resource.GivenResponses.get;
import static io.holdfast.resource.GivenResponses.query;
import static io.holdfast.resource.GivenResponses.response;
import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.caching.CacheKey;
import io.holdfast.caching.CacheRequest;
import io.holdfast.caching.Purge;
import io.holdfast.caching.TargetUri;
import io.holdfast.resource.ServedCopies.Copy;
import io.holdfast.resource.ServedCopies.Rendered;
import io.holdfast.resource.ServedCopies.Vouched;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** The stored responses that a node has served. */
class ServedCopiesTest {
  private static final CacheKey KEY = CacheKey.get(URI);

  private final ServedCopies copies = new ServedCopies(1 << 20);
  private final PurgeLog purges = new PurgeLog();

  private static Copy copy(CacheRequest request, long id, Vouched vouched, String... more) {
    var fields = new java.util.ArrayList<>(List.of("Cache-Control", "max-age=60"));
    fields.addAll(List.of(more));
    var response = response(request, id, at(id), fields.toArray(String[]::new));
    return new Copy(request.key(), response, content(id), 0, vouched);
  }

  private List<Long> found(CacheKey key) {
    return copies.find(TARGET, key, purges).stream().map(it -> it.response().contentId()).toList();
  }

  private void purge(long number, boolean soft, Purge.Scope scope) {
    purges.learn(number - 1, List.of(new Purge(number, scope, soft)));
  }

  @Test
  void areFoundByTheirKey() {
    copies.keep(TARGET, copy(get(), 1, Vouched.NOT));
    assertThat(found(KEY)).containsExactly(1L);
    assertThat(found(query("q").key())).isEmpty();
    copies.keep(TARGET, copy(query("q"), 2, Vouched.NOT));
    assertThat(found(KEY)).containsExactly(1L);
    assertThat(found(query("q").key())).containsExactly(2L);
    assertThat(copies.content(TARGET, 2)).contains(content(2));
    assertThat(copies.content(TARGET, 3)).isEmpty();
  }

  @Test
  void countHitsOfATargetAlsoWhenCopiesAreReplaced() {
    copies.keep(TARGET, copy(get(), 1, Vouched.NOT));
    copies.find(TARGET, KEY, purges).get(0).hits().increment();
    copies.keep(TARGET, copy(get(), 2, Vouched.fromNow()));
    copies.find(TARGET, KEY, purges).get(0).hits().increment();
    copies.beginRenewal(TARGET, copies.find(TARGET, KEY, purges).get(0));
    copies.hit(TARGET);
    assertThat(copies.top(10)).containsExactly(new ServedCopies.Top(TARGET, 3));
  }

  @Test
  void tellTheTargetsWithTheMostHits() {
    for (int i = 1; i <= 20; i++) {
      var target = new StoredTarget("r", TargetUri.of("http", "h", "/" + i));
      copies.keep(target, copy(get(), i, Vouched.NOT));
      for (int hit = 0; hit < i % 7; hit++) {
        copies.hit(target);
      }
    }
    assertThat(copies.top(4)).extracting(ServedCopies.Top::hits).containsExactly(6L, 6L, 6L, 5L);
    assertThat(copies.top(3).get(0).target().uri().pathAndQuery()).isIn("/6", "/13", "/20");
    copies.hit(new StoredTarget("r", TargetUri.of("http", "h", "/none")));
    assertThat(copies.top(100)).hasSize(18).noneMatch(it -> it.hits() == 0);
  }

  @Test
  void takeThePlaceOfTheSameVariantOnly() {
    copies.keep(TARGET, copy(get("X", "a"), 1, Vouched.NOT, "Vary", "X"));
    copies.keep(TARGET, copy(get("X", "b"), 2, Vouched.NOT, "Vary", "X"));
    copies.keep(TARGET, copy(get("X", "a"), 3, Vouched.NOT, "Vary", "X"));
    assertThat(found(KEY)).containsExactlyInAnyOrder(2L, 3L);
  }

  @Test
  void ofOneTargetAreFew() {
    for (int i = 0; i < 100; i++) {
      copies.keep(TARGET, copy(get("X", "v" + i), i, Vouched.NOT, "Vary", "X"));
    }
    assertThat(found(KEY)).hasSize(16).contains(99L).doesNotContain(83L);
  }

  @Test
  void ofAllTargetsAreWithinTheirBytes() {
    var few = new ServedCopies(10 * 1024);
    for (int i = 0; i < 1000; i++) {
      few.keep(new StoredTarget("r" + i, URI), copy(get(), i, Vouched.NOT));
    }
    assertThat(few.size()).isBetween(1L, 10L);
    var fields = new String[] {"Cache-Control", "max-age=60", "X-Long", "x".repeat(20_000)};
    var tooMuch = response(get(), 1, at(0), fields);
    few.keep(TARGET, new Copy(KEY, tooMuch, content(1), 0, Vouched.NOT));
    assertThat(few.only(TARGET)).as("its fields alone are too much").isEmpty();
    var far = TargetUri.of("http", "example.com", "/" + "x".repeat(6000));
    var named = new Copy(CacheKey.get(far), response(get(), 1, at(0)), content(1), 0, Vouched.NOT);
    few.keep(new StoredTarget("r", far), named);
    assertThat(few.only(new StoredTarget("r", far))).as("and so is its name").isEmpty();
  }

  @Test
  void whatAPurgeHasReachedIsNotFound() {
    copies.keep(TARGET, copy(get(), 1, Vouched.NOT, "Cache-Groups", "\"g\""));
    purge(1, false, new Purge.Target(TargetUri.of("http", "example.com", "/b")));
    assertThat(found(KEY)).containsExactly(1L);
    purge(2, true, new Purge.Group("g", URI));
    assertThat(found(KEY)).as("stale, and so its owner's to judge").isEmpty();
  }

  @Test
  void whatIsOlderThanAllThatIsKnownOfPurgesIsNotFound() {
    copies.keep(TARGET, copy(get(), 1, Vouched.NOT));
    purges.forget(10);
    assertThat(found(KEY)).isEmpty();
  }

  @Test
  void areNotVouchedForWhenTheyAreTakenBack() {
    copies.keep(TARGET, copy(get(), 1, Vouched.fromNow()));
    assertThat(copies.only(TARGET).orElseThrow().vouched().holds()).isTrue();
    copies.recall(TARGET);
    assertThat(copies.only(TARGET).orElseThrow().vouched().holds()).isFalse();
    assertThat(found(KEY)).containsExactly(1L);
  }

  @Test
  void areGoneWhenTheirTargetHasChanged() {
    copies.keep(TARGET, copy(get(), 1, Vouched.fromNow()));
    copies.drop(TARGET);
    assertThat(found(KEY)).isEmpty();
    assertThat(copies.content(TARGET, 1)).isEmpty();
  }

  @Test
  void areGoneFromMemoryWhenAPurgeReachesThem() {
    var other = new StoredTarget("r", TargetUri.of("http", "example.com", "/b"));
    copies.keep(TARGET, copy(get(), 1, Vouched.NOT));
    copies.keep(other, copy(get(), 2, Vouched.NOT));
    copies.free(new Purge.Prefix(TargetUri.of("http", "*", "/b")));
    assertThat(copies.only(other)).isEmpty();
    assertThat(copies.only(TARGET)).isPresent();
  }

  @Test
  void theOnlyOneIsNoneOfSeveral() {
    assertThat(copies.only(TARGET)).isEmpty();
    copies.keep(TARGET, copy(get(), 1, Vouched.NOT));
    assertThat(copies.only(TARGET)).isPresent();
    copies.keep(TARGET, copy(query("q"), 2, Vouched.NOT));
    assertThat(copies.only(TARGET)).isEmpty();
  }

  // ---- for how long a word holds ----

  private static Vouched asked(long millisAgo, long wallMillisAgo) {
    return new Vouched(
        System.nanoTime() - millisAgo * 1_000_000,
        System.currentTimeMillis() - wallMillisAgo,
        true,
        false);
  }

  @Test
  void aWordHoldsUntilEitherClockSaysThatItsTimeIsOver() {
    assertThat(Vouched.NOT.holds()).isFalse();
    assertThat(asked(0, 0).holds()).isTrue();
    assertThat(asked(1000, 0).holds()).isFalse();
    assertThat(asked(0, 1000).holds()).as("the machine was suspended").isFalse();
    assertThat(asked(0, -1000).holds()).as("the clock was set").isFalse();
  }

  @Test
  void aWordIsAskedForAgainOnceAndBeforeItIsOver() {
    assertThat(asked(0, 0).isToBeRenewed()).isFalse();
    assertThat(asked(600, 600).isToBeRenewed()).isTrue();
    var copy = copy(get(), 1, asked(600, 600));
    assertThat(copy.beingRenewed().vouched().isToBeRenewed()).isFalse();
    assertThat(copy.beingRenewed().vouched().holds()).isTrue();
  }

  @Test
  void oneThatIsAskedForAgainIsMarkedSoWhereItIs() {
    var copy = copy(get(), 1, asked(600, 600));
    copies.keep(TARGET, copy);
    assertThat(copies.beginRenewal(TARGET, copy)).isTrue();
    assertThat(copies.only(TARGET).orElseThrow().vouched().renewing()).isTrue();
    assertThat(copies.beginRenewal(TARGET, copy)).as("somebody was first").isFalse();
  }

  @Test
  void oneThatWasTakenBackIsNotVouchedForAgainByBeingAskedFor() {
    var copy = copy(get(), 1, asked(600, 600));
    copies.keep(TARGET, copy);
    copies.recall(TARGET);
    assertThat(copies.beginRenewal(TARGET, copy)).isFalse();
    assertThat(copies.only(TARGET).orElseThrow().vouched().holds()).isFalse();
    copies.drop(TARGET);
    assertThat(copies.beginRenewal(TARGET, copy)).isFalse();
    assertThat(copies.only(TARGET)).isEmpty();
  }

  // ---- its head as bytes ----

  @Test
  void aHeadIsRenderedOnceForEachAge() {
    var rendered = new Rendered();
    var times = new AtomicInteger();
    for (long age : new long[] {0, 0, 0, 1, 1}) {
      assertThat(rendered.at(age, it -> content(it + times.getAndIncrement()))).isNotEmpty();
    }
    assertThat(times).hasValue(2);
  }
}
