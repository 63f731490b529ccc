package io.holdfast.caching;

import io.holdfast.caching.StoringDecision.Reason;
import io.holdfast.caching.StoringDecision.Refused;
import io.holdfast.caching.StoringDecision.Store;
import io.holdfast.http.FieldLine;
import io.holdfast.http.Fields;
import io.holdfast.http.HttpDate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Words for tests. Fields are written {@code Name: value | Name: value}; in values {@code @-60} is
 * the date one minute before noon. All responses are asked for and come at noon, and are of ten
 * bytes.
 */
final class Given {
  static final Instant NOON = Instant.parse("2026-01-01T12:00:00Z");
  static final TargetUri TARGET = TargetUri.of("http", "example.com", "/a");
  static final long LENGTH = 10;
  private static final Pattern DATE = Pattern.compile("@(-?\\d+)");

  private Given() {}

  static Fields fields(String text) {
    var lines = new ArrayList<FieldLine>();
    for (var line : text == null || text.isBlank() ? new String[0] : text.split(" \\| ")) {
      int colon = line.indexOf(':');
      var value = DATE.matcher(line.substring(colon + 1).strip()).replaceAll(Given::date);
      lines.add(new FieldLine(line.substring(0, colon).strip(), value));
    }
    return new Fields(lines);
  }

  private static String date(MatchResult match) {
    return Matcher.quoteReplacement(date(Long.parseLong(match.group(1))));
  }

  static String date(long seconds) {
    return HttpDate.format(NOON.plusSeconds(seconds));
  }

  static Instant at(double seconds) {
    return NOON.plusMillis(Math.round(seconds * 1000));
  }

  static CacheRequest get(String fields) {
    return request("GET", fields);
  }

  static CacheRequest request(String method, String fields) {
    return new CacheRequest(method, CacheKey.get(TARGET), fields(fields));
  }

  /** With a {@code Date} of noon, if none is given; {@code Date: -} for none. */
  static ResponseHead response(int status, String text) {
    var fields = fields(text);
    if (!fields.has("Date")) {
      fields = fields.with("Date", date(0));
    }
    return new ResponseHead(
        status, fields.first("Date").get().equals("-") ? fields.without(Set.of("date")) : fields);
  }

  static ResponseHead ok(String fields) {
    return response(200, fields);
  }

  static StoringDecision storing(CacheRequest request, ResponseHead response) {
    return Storing.decide(request, response, NOON, NOON, CacheSettings.DEFAULTS);
  }

  static Optional<Reason> refusal(CacheRequest request, ResponseHead response) {
    return storing(request, response) instanceof Refused refused
        ? Optional.of(refused.reason())
        : Optional.empty();
  }

  static StoredResponse stored(CacheRequest request, ResponseHead response) {
    return stored(request, response, CacheSettings.DEFAULTS);
  }

  static StoredResponse stored(
      CacheRequest request, ResponseHead response, CacheSettings settings) {
    var decision = Storing.decide(request, response, NOON, NOON, settings);
    if (decision instanceof Store store) {
      var part = store.response().part();
      return store
          .response()
          .completed(part.map(p -> p.range().length()).orElse(LENGTH), 0)
          .orElseThrow();
    }
    throw new AssertionError(decision);
  }

  static StoredResponse stored(String responseFields) {
    return stored(get(""), ok(responseFields));
  }

  static CacheSettings settings(long staleIfError, long staleWhileRevalidate) {
    return new CacheSettings(
        Duration.ofSeconds(staleIfError), Duration.ofSeconds(staleWhileRevalidate), 1 << 20, 4);
  }

  static ReuseDecision reuse(CacheRequest request, double seconds, StoredResponse... stored) {
    return Reuse.decide(request, List.of(stored), at(seconds));
  }

  /** The decision's name, such as {@code Fresh}. */
  static String word(ReuseDecision decision) {
    return decision.getClass().getSimpleName();
  }

  static Optional<StaleOnError> onError(ReuseDecision decision) {
    if (decision instanceof ReuseDecision.Validate validate) {
      return validate.onError();
    }
    return decision instanceof ReuseDecision.Miss miss ? miss.onError() : Optional.empty();
  }

  static Fields forwarded(ReuseDecision decision) {
    if (decision instanceof ReuseDecision.Validate validate) {
      return validate.forwarded();
    }
    if (decision instanceof ReuseDecision.StaleWhileRevalidate stale) {
      return stale.validation().forwarded();
    }
    return ((ReuseDecision.Miss) decision).forwarded();
  }
}
