package io.holdfast.tools.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class ClosedLoopTest {
  private static final int DOCUMENTS = 50;

  @Test
  void writesEachDocumentOnceAndReadsThemAll() throws Exception {
    try (var store = new PlainStore();
        var loop = new ClosedLoop(List.of(store.address()), 8)) {
      var requests = new Requests(DOCUMENTS);
      var written = loop.run(requests::fill, 60, DOCUMENTS);
      assertThat(written.errors()).isZero();
      assertThat(written.latencies().count()).isEqualTo(DOCUMENTS);
      assertThat(store.documents()).isEqualTo(DOCUMENTS);

      var read = loop.run(requests::get, 60, 200);
      assertThat(read.errors()).isZero();
      assertThat(read.latencies().count()).isEqualTo(200);
    }
  }

  @Test
  void countsRefusalsAsErrors() throws Exception {
    try (var store = new PlainStore();
        var loop = new ClosedLoop(List.of(store.address()), 4)) {
      var result = loop.run(new Requests(DOCUMENTS)::get, 60, 20);
      assertThat(result.errors()).isEqualTo(20);
      assertThat(result.latencies().count()).isZero();
    }
  }
}
