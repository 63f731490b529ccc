package io.holdfast.tools.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StoredTest {
  @ParameterizedTest
  @CsvSource({
    "holdfast; hit; ttl=3600, true",
    "holdfast; hit, true",
    "holdfast; fwd=uri-miss; stored, false",
    "other; hit, false",
    "'', false"
  })
  void knowsAHit(String cacheStatus, boolean hit) {
    var answer = new Probe.Answer("HTTP/1.1 200 OK\r\nCache-Status: " + cacheStatus, "");
    assertThat(Stored.isHit(answer)).isEqualTo(hit);
  }

  @Test
  void addsUpWhatANodeHasOfAllRoutes() throws Exception {
    var told = "{\"routes\":[{\"route\":\"a\",\"entries\":3},{\"route\":\"b\",\"entries\":4}]}";
    assertThat(Stored.entries(told)).isEqualTo(7);
  }

  @Test
  void saysWhatANodeAnswersThatStoresNothing() throws Exception {
    try (var store = new PlainStore()) {
      var node = new Contender("node", store.address(), List.of());
      assertThatThrownBy(() -> Stored.require(node, "/docs/a", 0))
          .isInstanceOf(BenchCluster.Failed.class)
          .hasMessage("/docs/a is not answered from what is stored: 404, Cache-Status: absent");
    }
  }
}
