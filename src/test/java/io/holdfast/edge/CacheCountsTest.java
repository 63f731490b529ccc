package io.holdfast.edge;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.http.CacheStatus;
import io.holdfast.http.CacheStatus.Forward;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class CacheCountsTest {
  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
  private final CacheCounts counts = new CacheCounts(meters);

  static Stream<Arguments> answers() {
    var stale = CacheStatus.forwarded(Forward.STALE);
    return Stream.of(
        Arguments.of(CacheStatus.hit().withTtl(5), "hit", ""),
        Arguments.of(CacheStatus.hit().withTtl(5).because("owner-moving"), "hit", ""),
        Arguments.of(CacheStatus.hit().withTtl(-5), "stale", "allowed"),
        Arguments.of(CacheStatus.hit().withTtl(-5).because("rearmed"), "stale", "rearmed"),
        Arguments.of(stale.withForwardedStatus(500).withTtl(-5), "stale", "service-error"),
        Arguments.of(stale.because("breaker-open").withTtl(-5), "stale", "breaker-open"),
        Arguments.of(stale.withForwardedStatus(304).withTtl(-1), "forwarded", ""),
        Arguments.of(stale.withTtl(-1).asStored(), "forwarded", ""),
        Arguments.of(CacheStatus.forwarded(Forward.URI_MISS), "forwarded", ""),
        Arguments.of(CacheStatus.forwarded(Forward.MISS).asCollapsed(), "collapsed", ""));
  }

  @ParameterizedTest
  @MethodSource("answers")
  void anAnswerIsCountedOnceByWhatItIsAndStaleOnesByWhy(
      CacheStatus status, String result, String reason) {
    counts.given("r", status);
    var counted =
        meters
            .get("holdfast.cache.requests")
            .tags("route", "r", "result", result, "reason", reason)
            .counter();
    assertThat(counted.count()).isEqualTo(1);
    assertThat(
            meters.get("holdfast.cache.requests").counters().stream()
                .mapToDouble(Counter::count)
                .sum())
        .isEqualTo(1);
  }

  @Test
  void whatIsStaleIsAHitToo() {
    counts.given("r", CacheStatus.hit().withTtl(5));
    counts.given("r", CacheStatus.hit().withTtl(-5));
    counts.given("r", CacheStatus.forwarded(Forward.MISS));
    assertThat(counts.of("r").hits()).isEqualTo(2);
    assertThat(counts.of("r").misses()).isEqualTo(1);
  }
}
