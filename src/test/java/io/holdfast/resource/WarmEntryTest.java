package io.holdfast.resource;

import static io.holdfast.resource.GivenResponses.NOON;
import static io.holdfast.resource.GivenResponses.SETTINGS;
import static io.holdfast.resource.GivenResponses.TARGET;
import static io.holdfast.resource.GivenResponses.at;
import static io.holdfast.resource.GivenResponses.content;
import static io.holdfast.resource.GivenResponses.get;
import static io.holdfast.resource.GivenResponses.query;
import static io.holdfast.resource.GivenResponses.response;
import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.caching.Purge;
import io.holdfast.caching.StoredResponse;
import io.holdfast.caching.TargetUri;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class WarmEntryTest {
  private static final StoredResponse FRESH = response(get(), 1, "max-age=60", NOON);

  private final PurgeLog purges = new PurgeLog();

  private static RepresentationState storing(StoredResponse response) {
    return RepresentationState.EMPTY.stored(get(), response, content(1), SETTINGS);
  }

  private static WarmEntry entry(StoredResponse response) {
    return WarmEntry.of(TARGET, storing(response));
  }

  private List<StoredResponse> found(WarmEntry entry, RepresentationState before) {
    return entry.into(before, purges, at(5)).entry(get().key()).stored();
  }

  private void purge(long number, Purge.Scope scope, boolean soft) {
    purges.learn(number - 1, List.of(new Purge(number, scope, soft)));
  }

  @Test
  void anOwnerBeginsWithAllThatAnEarlierOneHad() {
    var state =
        storing(FRESH)
            .stored(query("q"), response(query("q"), 2, "max-age=9", NOON), content(2), SETTINGS);
    var begun = WarmEntry.of(TARGET, state).into(RepresentationState.EMPTY, purges, at(5));
    assertThat(begun.entry(get().key()).stored()).containsExactly(FRESH);
    assertThat(begun.entry(query("q").key()).stored()).hasSize(1);
    assertThat(begun.contents().get(1L)).isEqualTo(content(1));
    assertThat(begun.contents().get(2L)).isEqualTo(content(2));
  }

  @Test
  void whatIsStoredAlreadyIsNewer() {
    var newer = response(get(), 3, "max-age=60", at(4));
    assertThat(found(entry(FRESH), storing(newer))).containsExactly(newer);
  }

  @Test
  void whatAPurgeHasReachedSinceIsGoneOrStale() {
    var before = RepresentationState.EMPTY;
    var entry = entry(FRESH);
    purge(1, new Purge.Target(TargetUri.of("http", "example.com", "/other")), false);
    assertThat(found(entry, before)).containsExactly(FRESH);
    purge(2, new Purge.Route("r"), true);
    assertThat(found(entry, before)).singleElement().matches(it -> !it.isFresh(at(5)));
    purge(3, new Purge.Prefix(TargetUri.of("http", "example.com", "/")), false);
    assertThat(found(entry, before)).isEmpty();
    var later = WarmEntry.of(TARGET, storing(FRESH).purged(3, java.util.Optional::of));
    assertThat(found(later, before)).containsExactly(FRESH);
  }

  @Test
  void ofPurgesThatNobodyKnowsAnyMoreTheWorstIsSupposed() {
    purges.forget(7);
    assertThat(found(entry(FRESH), RepresentationState.EMPTY)).isEmpty();
  }

  @Test
  void whatIsOfATimeToComeIsOfAnotherClock() {
    var ahead = response(get(), 1, "max-age=60", at(11));
    assertThat(found(entry(ahead), RepresentationState.EMPTY)).isEmpty();
  }

  @Test
  void beyondTheBoundTheNewestAreKeptAndTheVeryNewestAlways() {
    var state = RepresentationState.EMPTY;
    for (int i = 1; i <= 4; i++) {
      var request = query("q" + i);
      var one = response(request, i, "max-age=9", at(i));
      state = state.stored(request, one, new byte[WarmEntry.BYTES_MAX / 2 - 10_000], SETTINGS);
    }
    var kept = WarmEntry.of(TARGET, state);
    assertThat(kept.stored()).containsOnlyKeys(query("q4").key(), query("q3").key());
    assertThat(kept.contents()).containsOnlyKeys(4L, 3L);
    assertThat(kept.bytes()).isBetween((long) WarmEntry.BYTES_MAX / 2, (long) WarmEntry.BYTES_MAX);
    var large = storing(FRESH).stored(get(), FRESH, new byte[2 * WarmEntry.BYTES_MAX], SETTINGS);
    assertThat(WarmEntry.of(TARGET, large).stored()).hasSize(1);
    assertThat(WarmEntry.of(TARGET, RepresentationState.EMPTY).isEmpty()).isTrue();
  }

  // ---- as bytes ----

  @Test
  void anEntryIsTheSameAfterItHasBeenARow() {
    var vary = response(get("A", "x"), 1, NOON, "Cache-Control", "max-age=9", "Vary", "A");
    var entry = WarmEntry.of(TARGET, storing(vary).purged(12, java.util.Optional::of));
    var read = WarmCodec.decode(TARGET, WarmCodec.encode(entry)).orElseThrow();
    assertThat(read.target()).isEqualTo(TARGET);
    assertThat(read.purge()).isEqualTo(12);
    assertThat(read.stored()).isEqualTo(entry.stored());
    assertThat(read.contents().get(1L)).isEqualTo(content(1));
  }

  @Test
  void aRowThatIsNotUnderstoodIsNone() {
    var row = WarmCodec.encode(entry(FRESH));
    var another = new StoredTarget("r", TargetUri.of("http", "example.com", "/b"));
    assertThat(WarmCodec.decode(another, row)).isEmpty();
    for (int length = 0; length < row.length; length++) {
      assertThat(WarmCodec.decode(TARGET, Arrays.copyOf(row, length))).isEmpty();
    }
    row[0] = 2;
    assertThat(WarmCodec.decode(TARGET, row)).isEmpty();
  }
}
