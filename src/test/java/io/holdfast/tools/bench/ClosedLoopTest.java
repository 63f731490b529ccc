package io.holdfast.tools.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
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

  @Test
  void keepsToARate() throws Exception {
    try (var store = new PlainStore();
        var loop = new ClosedLoop(List.of(store.address()), 8)) {
      var requests = new Requests(DOCUMENTS);
      loop.run(requests::fill, 60, DOCUMENTS);

      var result = loop.runAtRate(requests::get, 0.5, 200);

      assertThat(result.errors()).isZero();
      assertThat(result.latencies().count()).isEqualTo(100);
      assertThat(result.seconds()).isGreaterThan(0.49);
    }
  }

  @Test
  void countsAtARateWhatIsNeverAnswered() throws Exception {
    try (var silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        var loop =
            new ClosedLoop(
                List.of(new InetSocketAddress(silent.getInetAddress(), silent.getLocalPort())),
                2,
                0.1)) {
      var result = loop.runAtRate(new Requests(DOCUMENTS)::get, 0.1, 100);

      assertThat(result.errors()).isEqualTo(10);
      assertThat(result.latencies().count()).isZero();
    }
  }
}
