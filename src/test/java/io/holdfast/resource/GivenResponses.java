package io.holdfast.resource;

import io.holdfast.caching.CacheKey;
import io.holdfast.caching.CacheRequest;
import io.holdfast.caching.CacheSettings;
import io.holdfast.caching.ResponseHead;
import io.holdfast.caching.StoredResponse;
import io.holdfast.caching.Storing;
import io.holdfast.caching.StoringDecision;
import io.holdfast.caching.TargetUri;
import io.holdfast.http.Fields;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;

/** Words for tests of stored responses, of one target. */
final class GivenResponses {
  static final Instant NOON = Instant.parse("2026-01-01T12:00:00Z");
  static final TargetUri URI = TargetUri.of("http", "example.com", "/a");
  static final StoredTarget TARGET = new StoredTarget("r", URI);
  static final CacheSettings SETTINGS =
      new CacheSettings(Duration.ofHours(1), Duration.ZERO, 1 << 20, 4);

  private GivenResponses() {}

  /** Names and values in turn. */
  static CacheRequest get(String... fields) {
    return request("GET", fields);
  }

  static CacheRequest request(String method, String... fields) {
    return new CacheRequest(method, CacheKey.get(URI), Fields.of(fields));
  }

  static CacheRequest query(String content) {
    return new CacheRequest("QUERY", CacheKey.query(URI, Fields.NONE, bytes(content)), Fields.NONE);
  }

  /** With one directive, or several: {@code max-age=60, public}. */
  static StoredResponse response(CacheRequest request, long id, String control, Instant at) {
    return response(request, id, at, "Cache-Control", control);
  }

  /** What the service has said at that time, in ten bytes that the id names. */
  static StoredResponse response(CacheRequest request, long id, Instant at, String... fields) {
    var head = new ResponseHead(200, Fields.of(fields));
    var asGet = request.wantsHead() ? get() : request;
    var decision = Storing.decide(asGet, head, at, at, SETTINGS);
    return ((StoringDecision.Store) decision).response().completed(10, id).orElseThrow();
  }

  static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  /** Ten of them. */
  static byte[] content(long id) {
    return bytes("%010d".formatted(id));
  }

  static Instant at(double seconds) {
    return NOON.plusMillis(Math.round(seconds * 1000));
  }
}
