package io.holdfast.caching;

import static io.holdfast.caching.Given.NOON;
import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.caching.ReuseDecision.Fresh;
import io.holdfast.caching.StoringDecision.Store;
import io.holdfast.http.DeltaSeconds;
import io.holdfast.http.Fields;
import java.util.List;
import java.util.Optional;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.AlphaChars;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import net.jqwik.api.constraints.NumericChars;
import net.jqwik.api.constraints.StringLength;

/** What holds of ages and lifetimes whatever a service says and clocks show. */
class CachePropertiesTest {
  private static final long MANY = 1L << 40;

  private static Optional<StoredResponse> stored(
      CacheRequest request, ResponseHead head, long delaySeconds) {
    var decision =
        Storing.decide(
            request, head, NOON.minusSeconds(delaySeconds), NOON, CacheSettings.DEFAULTS);
    return decision instanceof Store store ? store.response().completed(10, 1) : Optional.empty();
  }

  private static StoredResponse stored(String fields, long delaySeconds) {
    return stored(Given.get(""), Given.ok(fields), delaySeconds).orElseThrow();
  }

  @Property
  void anAgeIsNeverNegativeAndNeverFalls(
      @ForAll @LongRange(min = 0, max = MANY) long age,
      @ForAll @LongRange(min = -MANY / 100, max = MANY / 100) long date,
      @ForAll @LongRange(min = -MANY, max = MANY) long delay,
      @ForAll @LongRange(min = -MANY, max = MANY) long earlier,
      @ForAll @LongRange(min = 0, max = MANY) long later) {
    var response =
        stored("Cache-Control: max-age=60 | Age: " + age + " | Date: @" + date % 9999999, delay);
    long before = response.age(NOON.plusMillis(earlier));
    long after = response.age(NOON.plusMillis(earlier + later));
    assertThat(before).isBetween(0L, DeltaSeconds.MAX);
    assertThat(after).isBetween(before, DeltaSeconds.MAX);
    assertThat(before).isGreaterThanOrEqualTo(Math.min(age, DeltaSeconds.MAX));
  }

  @Property
  void whatIsStaleStaysStale(
      @ForAll @LongRange(min = 0, max = MANY) long lifetime,
      @ForAll @LongRange(min = 0, max = MANY) long age,
      @ForAll @LongRange(min = 0, max = MANY) long earlier,
      @ForAll @LongRange(min = 0, max = MANY) long later) {
    var response = stored("Cache-Control: max-age=" + lifetime + " | Age: " + age, 0);
    boolean before = response.isFresh(NOON.plusMillis(earlier));
    boolean after = response.isFresh(NOON.plusMillis(earlier + later));
    assertThat(before || !after).isTrue();
    assertThat(response.isFresh(NOON.plusMillis(earlier)))
        .isEqualTo(response.ttl(NOON.plusMillis(earlier)) > 0);
  }

  @Property
  void nothingIsReusedBeyondItsLifetime(
      @ForAll @LongRange(min = 0, max = 100000) long lifetime,
      @ForAll @LongRange(min = 0, max = 1000) long age,
      @ForAll @LongRange(min = 0, max = 200000) long seconds) {
    var response = stored("Cache-Control: max-age=" + lifetime + " | Age: " + age, 0);
    var decision = Reuse.decide(Given.get(""), List.of(response), NOON.plusSeconds(seconds));
    assertThat(decision instanceof Fresh).isEqualTo(age + seconds < lifetime);
    boolean onError = Given.onError(decision).isPresent();
    boolean bridged = age + seconds < lifetime + 3600 && age + seconds >= lifetime;
    assertThat(onError).isEqualTo(bridged);
  }

  @Property
  void aRequestNeverGetsAnOlderResponseThanItAllows(
      @ForAll @LongRange(min = 0, max = 100) long maxAge,
      @ForAll @LongRange(min = 0, max = 100) long minFresh,
      @ForAll @LongRange(min = 0, max = 200) long lifetime,
      @ForAll @LongRange(min = 0, max = 200) long seconds) {
    var request = Given.get("Cache-Control: max-age=%d, min-fresh=%d".formatted(maxAge, minFresh));
    var response = stored("Cache-Control: max-age=" + lifetime, 0);
    if (Reuse.decide(request, List.of(response), NOON.plusSeconds(seconds)) instanceof Fresh) {
      assertThat(seconds).isLessThanOrEqualTo(maxAge).isLessThanOrEqualTo(lifetime - minFresh);
    }
  }

  @Property
  void whateverDirectivesSayNothingForbiddenIsStored(
      @ForAll @IntRange(min = 0, max = 255) int chosen) {
    var words =
        List.of(
            "no-store",
            "private",
            "public",
            "max-age=9",
            "s-maxage=9",
            "no-cache",
            "must-revalidate",
            "stale-if-error=99");
    var control = new StringBuilder("x");
    for (int i = 0; i < words.size(); i++) {
      if ((chosen >> i & 1) == 1) {
        control.append(", ").append(words.get(i));
      }
    }
    var head = Given.ok("ETag: \"1\" | Cache-Control: " + control);
    boolean forbidden = (chosen & 3) != 0;
    assertThat(stored(Given.get(""), head, 0).isPresent()).isEqualTo(!forbidden);
    boolean authorized = !forbidden && (chosen & (4 | 16 | 64)) != 0;
    assertThat(stored(Given.get("Authorization: x"), head, 0).isPresent()).isEqualTo(authorized);
    stored(Given.get(""), head, 0)
        .ifPresent(
            response -> {
              boolean strict = (chosen & (16 | 32 | 64)) != 0;
              var late = Reuse.decide(Given.get(""), List.of(response), NOON.plusSeconds(9));
              assertThat(Given.onError(late).isEmpty()).isEqualTo(strict);
            });
  }

  @Property
  void noTextInFieldsMakesADecisionFail(@ForAll @StringLength(max = 40) String text) {
    var value = text.chars().filter(c -> c >= 0x20 && c < 0x7f || c > 0xa0 && c < 0x100);
    var clean =
        value
            .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
            .toString();
    var names =
        new String[] {
          "Cache-Control",
          "CDN-Cache-Control",
          "Expires",
          "Age",
          "Date",
          "Vary",
          "ETag",
          "Last-Modified",
          "Content-Range",
          "Content-Length",
          "Content-Location",
          "Location",
          "Connection",
          "Pragma",
          "Range",
          "If-Range",
          "If-None-Match",
          "If-Modified-Since",
          "Cache-Groups",
          "Cache-Group-Invalidation",
          "Accept-Language",
          "Content-Language"
        };
    for (var name : names) {
      var fields = Fields.of(name, clean, "Accept-Language", "de", "Foo", clean);
      var request = new CacheRequest("GET", CacheKey.get(Given.TARGET), fields);
      var post = new CacheRequest("POST", CacheKey.get(Given.TARGET), fields);
      var head = new ResponseHead(200, fields);
      assertThat(Invalidation.by(post, head).targets()).isNotEmpty();
      stored(post, head, 0);
      stored(request, new ResponseHead(206, fields), 0);
      var response = stored(request, head, 0);
      response.ifPresent(
          r -> {
            assertThat(Reuse.decide(request, List.of(r), NOON)).isNotNull();
            assertThat(Answer.to(request, r, NOON)).isNotNull();
            Updating.notModified(
                request,
                List.of(r),
                new ResponseHead(304, fields),
                NOON,
                NOON,
                CacheSettings.DEFAULTS);
          });
    }
  }

  @Property
  void aResponseAlwaysMatchesTheRequestThatItAnswered(
      @ForAll @AlphaChars @NumericChars @StringLength(max = 30) String value) {
    var request =
        Given.get("Foo: " + value + " | Accept-Language: " + value + " | Accept: " + value);
    var response =
        stored(
            request, Given.ok("Cache-Control: max-age=9 | Vary: Foo, Accept, Accept-Language"), 0);
    assertThat(response.orElseThrow().vary().matches(request.fields())).isTrue();
  }
}
