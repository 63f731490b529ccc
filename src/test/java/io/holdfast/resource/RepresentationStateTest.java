package io.holdfast.resource;

import static io.holdfast.resource.GivenResponses.NOON;
import static io.holdfast.resource.GivenResponses.SETTINGS;
import static io.holdfast.resource.GivenResponses.URI;
import static io.holdfast.resource.GivenResponses.at;
import static io.holdfast.resource.GivenResponses.content;
import static io.holdfast.resource.GivenResponses.get;
import static io.holdfast.resource.GivenResponses.query;
import static io.holdfast.resource.GivenResponses.request;
import static io.holdfast.resource.GivenResponses.response;
import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.caching.CacheKey;
import io.holdfast.caching.CacheRequest;
import io.holdfast.caching.Generation;
import io.holdfast.caching.StoredResponse;
import io.holdfast.caching.UpdateDecision.Updated;
import io.holdfast.resource.RepresentationState.Asked;
import io.holdfast.resource.RepresentationState.Fetch;
import io.holdfast.resource.RepresentationState.Give;
import io.holdfast.resource.RepresentationState.Join;
import io.holdfast.resource.RepresentationState.Nothing;
import io.holdfast.resource.RepresentationState.Verdict;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the owner of a target decides. */
class RepresentationStateTest {
  private static final Duration PATIENCE = Duration.ofSeconds(10);
  private static final CacheKey KEY = CacheKey.get(URI);
  private static final RepresentationState EMPTY = RepresentationState.EMPTY;

  private static Asked ask(RepresentationState state, CacheRequest request, long n, Instant now) {
    return state.ask(request, n, n, PATIENCE, now);
  }

  private static RepresentationState stored(
      RepresentationState state, CacheRequest request, StoredResponse response) {
    return state.stored(request, response, content(response.contentId()), SETTINGS);
  }

  private static RepresentationState having(String control) {
    return stored(EMPTY, get(), response(get(), 1, control, NOON));
  }

  private static RepresentationState flying(CacheRequest request, long number) {
    return ask(EMPTY, request, number, NOON).next();
  }

  private static String word(Verdict verdict) {
    if (verdict instanceof Give give) {
      return "give " + give.use() + (give.refresh().isPresent() ? " and refresh" : "");
    } else if (verdict instanceof Fetch fetch) {
      return fetch.flight().isPresent() ? "fetch for all" : "fetch alone";
    } else if (verdict instanceof Join join) {
      return join.accepted() ? "join" : "wait";
    }
    return verdict instanceof Nothing ? "nothing" : "?";
  }

  // ---- verdicts ----

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          # a field of the request    | what is stored                         | s | verdict
          X: y                         | max-age=60                             | 9 | give FRESH
          X: y                         | max-age=5                              | 9 | fetch for all
          X: y                         | max-age=5, stale-while-revalidate=60   | 9 | give REVALIDATED and refresh
          Cache-Control: max-stale=9   | max-age=5                              | 9 | give STALE
          Cache-Control: no-cache      | max-age=60                             | 9 | fetch for all
          Cache-Control: max-age=0     | max-age=60                             | 9 | fetch for all
          Cache-Control: no-store      | max-age=60                             | 9 | fetch alone
          Cache-Control: only-if-cached| max-age=60                             | 9 | give FRESH
          Cache-Control: only-if-cached| max-age=5                              | 9 | nothing
          Cache-Control: only-if-cached|                                        | 9 | nothing
          X: y                         |                                        | 9 | fetch for all
          Authorization: a             |                                        | 9 | fetch alone
          Authorization: a             | max-age=60                             | 9 | give FRESH
          Authorization: a             | max-age=5                              | 9 | fetch alone
          Range: bytes=0-1             |                                        | 9 | fetch alone
          If-None-Match: "e"           |                                        | 9 | fetch for all
          """)
  void answersBy(String field, String control, int seconds, String verdict) {
    int colon = field.indexOf(':');
    var request = get(field.substring(0, colon), field.substring(colon + 1).strip());
    var state = control == null ? EMPTY : having(control);
    assertThat(word(ask(state, request, 1, at(seconds)).verdict())).isEqualTo(verdict);
  }

  @Test
  void answersHeadFromWhatGetHasStored() {
    assertThat(word(ask(having("max-age=60"), request("HEAD"), 1, at(1)).verdict()))
        .isEqualTo("give FRESH");
  }

  // ---- single flight ----

  @Test
  void letsOneFetchAndTheOthersWait() {
    var first = ask(EMPTY, get(), 1, NOON);
    assertThat(((Fetch) first.verdict()).flight().map(Flight::number)).contains(1L);
    assertThat(ask(first.next(), get(), 2, at(9)).verdict()).isEqualTo(new Join(1, true));
    assertThat(ask(first.next(), request("HEAD"), 3, at(9)).verdict()).isEqualTo(new Join(1, true));
  }

  @Test
  void nobodyWaitsForAFlightWhoseTimeIsOver() {
    var second = ask(flying(get(), 1), get(), 2, at(10));
    assertThat(((Fetch) second.verdict()).flight().map(Flight::number)).contains(2L);
    assertThat(ask(second.next(), get(), 3, at(10)).verdict()).isEqualTo(new Join(2, true));
  }

  @Test
  void nobodyWaitsForAFlightThatHasLanded() {
    var landed = flying(get(), 1).landed(KEY, 1);
    assertThat(word(ask(landed, get(), 2, NOON).verdict())).isEqualTo("fetch for all");
    assertThat(EMPTY.landed(KEY, 7)).isSameAs(EMPTY);
  }

  @Test
  void whoWantsTheServicesWordWaitsForTheNextFlightWithAllLikeIt() {
    var noCache = get("Cache-Control", "no-cache");
    var flying = flying(get(), 1);
    assertThat(ask(flying, noCache, 2, NOON).verdict()).isEqualTo(new Join(1, false));
    assertThat(ask(flying, noCache, 3, NOON).verdict()).isEqualTo(new Join(1, false));
    var next = flying.landed(KEY, 1).ask(noCache, 4, 2, PATIENCE, at(1));
    assertThat(((Fetch) next.verdict()).flight().map(Flight::number)).contains(4L);
    assertThat(next.next().ask(noCache, 5, 3, PATIENCE, at(1)).verdict())
        .isEqualTo(new Join(4, true));
    assertThat(ask(next.next(), get(), 6, at(1)).verdict()).isEqualTo(new Join(4, true));
  }

  @Test
  void differentVariantsAreFetchedAtTheSameTimeOnceItIsKnownWhatVaries() {
    var german = get("Accept-Language", "de");
    var french = get("Accept-Language", "fr");
    assertThat(ask(flying(german, 1), french, 2, NOON).verdict()).isEqualTo(new Join(1, true));
    var known =
        stored(
            EMPTY,
            german,
            response(german, 1, NOON, "Cache-Control", "max-age=5", "Vary", "Accept-Language"));
    var first = ask(known, german, 2, at(9));
    var second = ask(first.next(), french, 3, at(9));
    assertThat(word(second.verdict())).isEqualTo("fetch for all");
    assertThat(ask(second.next(), german, 4, at(9)).verdict()).isEqualTo(new Join(2, true));
    assertThat(ask(second.next(), french, 5, at(9)).verdict()).isEqualTo(new Join(3, true));
  }

  @Test
  void whatWasBroughtIsTheAnswerOnlyForThoseItMatches() {
    var german = get("Accept-Language", "de");
    var varied = response(german, 1, NOON, "Cache-Control", "max-age=5", "Vary", "Accept-Language");
    assertThat(RepresentationState.answers(varied, german)).isTrue();
    assertThat(RepresentationState.answers(varied, get("Accept-Language", "fr"))).isFalse();
    assertThat(RepresentationState.answers(varied, get())).isFalse();
  }

  @Test
  void oneRefreshAtATimeForWhatIsGivenStale() {
    var stale = having("max-age=5, stale-while-revalidate=60");
    var first = ask(stale, get(), 1, at(9));
    assertThat(word(first.verdict())).isEqualTo("give REVALIDATED and refresh");
    assertThat(word(ask(first.next(), get(), 2, at(9)).verdict())).isEqualTo("give REVALIDATED");
    var failed = first.next().landed(KEY, 1).failed(KEY, at(9), 0, Optional.empty());
    assertThat(word(ask(failed, get(), 3, at(9.5)).verdict())).isEqualTo("give REVALIDATED");
    assertThat(word(ask(failed, get(), 4, at(10.1)).verdict()))
        .isEqualTo("give REVALIDATED and refresh");
  }

  // ---- what is one client's alone ----

  @Test
  void nobodyWaitsForAnAnswerThatWillHardlyBeForAll() {
    var unshared = flying(get(), 1).landed(KEY, 1).unshared(KEY, NOON);
    assertThat(word(ask(unshared, get(), 2, at(1)).verdict())).isEqualTo("fetch alone");
    assertThat(word(ask(unshared, get(), 3, at(29.9)).verdict())).isEqualTo("fetch alone");
    assertThat(word(ask(unshared, get(), 4, at(30)).verdict())).isEqualTo("fetch for all");
  }

  @Test
  void oneThatIsForAllAfterAllIsWaitedForAgain() {
    var shared = stored(EMPTY.unshared(KEY, NOON), get(), response(get(), 1, "max-age=1", at(1)));
    assertThat(word(ask(shared, get(), 2, at(9)).verdict())).isEqualTo("fetch for all");
  }

  // ---- re-arming ----

  @Test
  void afterAFailedRefreshWhatIsStaleIsGivenForABackoffThatGrows() {
    var once = having("max-age=5").failed(KEY, at(9), 0, Optional.empty());
    assertThat(word(ask(once, get(), 1, at(9.9)).verdict())).isEqualTo("give REARMED");
    assertThat(word(ask(once, get(), 2, at(10)).verdict())).isEqualTo("fetch for all");
    var twice = once.failed(KEY, at(10), 0, Optional.empty());
    assertThat(word(ask(twice, get(), 3, at(11.9)).verdict())).isEqualTo("give REARMED");
    assertThat(word(ask(twice, get(), 4, at(12)).verdict())).isEqualTo("fetch for all");
  }

  @Test
  void theServiceMayAskForALongerBackoff() {
    var failed = having("max-age=5").failed(KEY, at(9), 0, Optional.of(Duration.ofSeconds(60)));
    assertThat(word(ask(failed, get(), 1, at(68)).verdict())).isEqualTo("give REARMED");
    assertThat(word(ask(failed, get(), 2, at(69)).verdict())).isEqualTo("fetch for all");
  }

  @Test
  void aBackoffEndsWithAnAnswer() {
    var failed = having("max-age=5").failed(KEY, at(9), 0, Optional.of(Duration.ofSeconds(60)));
    var answered = stored(failed, get(), response(get(), 2, "max-age=1", at(10)));
    assertThat(word(ask(answered, get(), 1, at(20)).verdict())).isEqualTo("fetch for all");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          max-age=5, must-revalidate   | no-transform | fetch for all
          max-age=5, stale-if-error=0  | no-transform | fetch for all
          max-age=5                    | no-cache   | fetch for all
          max-age=5                    | max-age=60 | fetch for all
          max-age=5                    | no-transform | give REARMED
          """)
  void aBackoffGivesNothingThatMayNotBeGivenStale(String stored, String asked, String verdict) {
    var failed = having(stored).failed(KEY, at(9), 0, Optional.empty());
    assertThat(word(ask(failed, get("Cache-Control", asked), 1, at(9.1)).verdict()))
        .isEqualTo(verdict);
  }

  @Test
  void withNothingStoredABackoffHoldsNobodyUp() {
    var failed = EMPTY.failed(KEY, NOON, 0, Optional.empty());
    assertThat(word(ask(failed, get(), 1, at(0.1)).verdict())).isEqualTo("fetch for all");
  }

  // ---- validation ----

  @Test
  void aConfirmationGivesWhatIsStoredNewFields() {
    var state = having("max-age=5");
    var old = state.entry(KEY).stored().get(0);
    var renewed = response(get(), 1, "max-age=60", at(9));
    var confirmed =
        state.updated(KEY, new Updated(renewed, List.of(renewed), List.of(old)), SETTINGS);
    assertThat(confirmed.entry(KEY).stored()).containsExactly(renewed);
    assertThat(confirmed.contents()).containsOnlyKeys(1L);
    assertThat(word(ask(confirmed, get(), 1, at(20)).verdict())).isEqualTo("give FRESH");
  }

  @Test
  void aConfirmationOfWhatIsNotHereAnyMoreStoresNothing() {
    var gone = response(get(), 7, "max-age=60", at(9));
    var confirmed = EMPTY.updated(KEY, new Updated(gone, List.of(gone), List.of(gone)), SETTINGS);
    assertThat(confirmed.entry(KEY).stored()).isEmpty();
  }

  @Test
  void whatAHeadHasShownToBeOutdatedIsStale() {
    var state = having("max-age=60");
    var outdated = state.outdated(KEY, state.entry(KEY).stored(), at(1));
    assertThat(word(ask(outdated, get(), 1, at(1.1)).verdict())).isEqualTo("fetch for all");
    assertThat(outdated.contents()).containsOnlyKeys(1L);
  }

  // ---- generations ----

  @Test
  void anInvalidationLeavesNothingOfAnyKeyAndNoFlight() {
    var state =
        stored(having("max-age=60"), query("q"), response(query("q"), 2, "max-age=9", NOON));
    var flying = ask(state, query("other"), 3, NOON).next();
    var invalidated = flying.invalidated();
    assertThat(invalidated.generation()).isEqualTo(new Generation(1, 0));
    assertThat(invalidated.entries()).isEmpty();
    assertThat(invalidated.contents()).isEmpty();
    assertThat(word(ask(invalidated, query("other"), 4, NOON).verdict()))
        .isEqualTo("fetch for all");
  }

  @Test
  void flightsCarryTheGenerationThatTheyBeganUnder() {
    var next = ask(EMPTY.invalidated(), get(), 1, NOON);
    assertThat(((Fetch) next.verdict()).flight().map(Flight::began)).contains(new Generation(1, 0));
  }

  private static final Function<StoredResponse, Optional<StoredResponse>> HARD =
      it -> Optional.empty();

  @Test
  void aHardPurgeRemovesWhatItReachesAndItsContent() {
    var purged = having("max-age=60").purged(5, HARD);
    assertThat(purged.generation().purge()).isEqualTo(5);
    assertThat(purged.contents()).isEmpty();
    assertThat(word(ask(purged, get(), 1, NOON).verdict())).isEqualTo("fetch for all");
  }

  @Test
  void aSoftPurgeLeavesItStale() {
    var purged = having("max-age=60").purged(5, it -> Optional.of(it.staled(at(1))));
    assertThat(word(ask(purged, get(), 1, at(1)).verdict())).isEqualTo("fetch for all");
    var failed = purged.failed(KEY, at(1), 0, Optional.empty());
    assertThat(word(ask(failed, get(), 2, at(1.5)).verdict())).isEqualTo("give REARMED");
  }

  @Test
  void nobodyWhoComesAfterAPurgeWaitsForAnEarlierFlight() {
    var purged = flying(get(), 1).purged(5, Optional::of);
    var next = ask(purged, get(), 2, NOON);
    assertThat(((Fetch) next.verdict()).flight().map(Flight::began)).contains(new Generation(0, 5));
  }

  @Test
  void aPurgeIsAppliedOnce() {
    var purged = EMPTY.purged(5, HARD);
    var later = stored(purged, get(), response(get(), 1, "max-age=60", NOON));
    assertThat(later.purged(5, HARD)).isSameAs(later);
    assertThat(later.purged(4, HARD)).isSameAs(later);
  }

  // ---- bounds ----

  @Test
  void tenThousandVariantsAreNoMoreThanTheFewThatMayBe() {
    var state = EMPTY;
    for (int i = 0; i < 10_000; i++) {
      var request = get("X", "v" + i);
      var varied = response(request, i, at(i / 1000.0), "Cache-Control", "max-age=60", "Vary", "X");
      state = stored(state, request, varied);
    }
    assertThat(state.responses()).isEqualTo(SETTINGS.variantsMax());
    assertThat(state.contents()).containsOnlyKeys(9996L, 9997L, 9998L, 9999L);
    assertThat(state.bytes()).isBetween(40L, 4000L);
    assertThat(state.entries()).hasSize(1);
  }

  @Test
  void queriesPushOutTheOneThatWasStoredFirst() {
    var state = EMPTY;
    for (int i = 0; i < 1000; i++) {
      var asked = query("q" + i);
      state = stored(state, asked, response(asked, i, "max-age=60", at(i)));
    }
    assertThat(state.entries()).hasSize(RepresentationState.KEYS_MAX);
    assertThat(state.contents()).hasSize(RepresentationState.KEYS_MAX).containsKey(999L);
    assertThat(state.entry(query("q999").key()).stored()).hasSize(1);
  }

  @Test
  void queriesThatHaveLandedAreSoonNoMoreThanMayBe() {
    var state = EMPTY;
    for (int i = 0; i < 500; i++) {
      state = ask(state, query("q" + i), i + 1, NOON).next();
    }
    assertThat(state.entries()).as("in flight").hasSize(500);
    for (int i = 0; i < 500; i++) {
      state = state.landed(query("q" + i).key(), i + 1);
    }
    assertThat(state.entries()).hasSizeLessThanOrEqualTo(RepresentationState.KEYS_MAX);
  }

  @Test
  void whatTakesTheSamePlaceLeavesNoContentBehind() {
    var state = having("max-age=60");
    var next = stored(state, get(), response(get(), 2, "max-age=60", at(1)));
    assertThat(next.contents()).containsOnlyKeys(2L);
  }
}
