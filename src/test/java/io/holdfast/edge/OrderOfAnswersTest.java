package io.holdfast.edge;

import static io.holdfast.edge.TwoNodes.FRESH;
import static io.holdfast.edge.TwoNodes.status;
import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.caching.Degradation;
import io.holdfast.caching.Degradation.Situation;
import io.holdfast.caching.Degradation.Step;
import io.holdfast.testing.Origin;
import io.holdfast.testing.RawClient;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Promise G9: nodes, on real sockets, answer in the order of {@link Degradation}. */
@Timeout(60)
class OrderOfAnswersTest {
  @RegisterExtension static final ServiceKit services = new ServiceKit();

  private static final String FALLBACK =
      "fallback { status = 200, content-type = text/plain, content = sorry }";

  /** What is stored of the target when a request for it comes. */
  private enum Stored {
    NOTHING,
    STALE,
    /** And the service has just failed, and wants to be left alone. */
    REARMED,
    AT_OWNER,
    COPY_HERE
  }

  private record Row(Stored stored, boolean instance, boolean standby, boolean fallback) {
    Situation situation() {
      return new Situation(
          stored == Stored.COPY_HERE,
          stored == Stored.AT_OWNER,
          instance,
          standby,
          stored == Stored.STALE || stored == Stored.REARMED,
          stored == Stored.REARMED,
          fallback);
    }
  }

  static List<Row> rows() {
    var rows = new ArrayList<Row>();
    for (var stored : Stored.values()) {
      for (int bits = 0; bits < 8; bits++) {
        rows.add(new Row(stored, (bits & 1) > 0, (bits & 2) > 0, (bits & 4) > 0));
      }
    }
    return rows;
  }

  @ParameterizedTest
  @MethodSource("rows")
  void isKept(Row row) throws Exception {
    var two = two(row);
    var asked = row.stored() == Stored.AT_OWNER ? two.b() : two.a();
    store(row.stored(), two);
    if (!row.instance()) {
      openBreaker(asked, two.service());
    }
    two.service().does((request, it) -> it.text(200, "instance"));
    int before = two.service().requests().size();
    var answer = asked.get("/s");
    var step = Degradation.next(row.situation());
    assertIs(step, answer);
    assertThat(two.service().requests()).hasSize(before + (step == Step.INSTANCE ? 1 : 0));
  }

  private static TwoNodes two(Row row) {
    var standby = services.origin((request, it) -> it.text(200, "standby"));
    var service = "breaker { open = 60s, open-max = 60s }\n";
    return TwoNodes.of(
        services,
        row.standby() ? service + "standby = [\"" + standby.url() + "\"]" : service,
        row.fallback() ? FALLBACK : "",
        (request, it) -> it.text(200, "stored", FRESH));
  }

  private static void store(Stored stored, TwoNodes two) throws IOException {
    if (stored == Stored.NOTHING) {
      return;
    }
    if (stored == Stored.STALE || stored == Stored.REARMED) {
      two.service().does((request, it) -> it.text(200, "stored", "Cache-Control: max-age=0"));
    }
    two.a().get("/s");
    if (stored == Stored.REARMED) {
      two.service().does((request, it) -> it.text(503, "busy", "Retry-After: 300"));
      assertThat(two.a().get("/s").content()).isEqualTo("stored");
    }
  }

  /** By failures of another target, until one of them does not come through any more. */
  private static void openBreaker(ForwardingFixture node, Origin service) throws IOException {
    service.does((request, it) -> it.text(500, "sick", "Cache-Control: no-store"));
    int before;
    do {
      before = service.requests().size();
      node.get("/s/other");
    } while (service.requests().size() > before);
  }

  private static void assertIs(Step step, RawClient.Response answer) {
    var said = status(answer);
    switch (step) {
      case FRESH_COPY, FRESH_AT_OWNER -> {
        assertThat(answer.content()).isEqualTo("stored");
        assertThat(said).startsWith("holdfast; hit; ttl=").doesNotContain("detail=");
      }
      case INSTANCE -> assertThat(answer.content()).isEqualTo("instance");
      case STANDBY -> assertThat(answer.content()).isEqualTo("standby");
      case STALE -> {
        assertThat(answer.content()).isEqualTo("stored");
        assertThat(said)
            .matches("holdfast; (hit.*; detail=rearmed|fwd=stale.*; detail=breaker-open)");
      }
      case FALLBACK -> {
        assertThat(answer.content()).isEqualTo("sorry");
        assertThat(said).contains("detail=fallback");
      }
      case UNAVAILABLE -> {
        assertThat(answer.status()).isEqualTo(503);
        assertThat(answer.field("Retry-After")).isPresent();
        assertThat(said).contains("detail=breaker-open");
      }
    }
  }
}
