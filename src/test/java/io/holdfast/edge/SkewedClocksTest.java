package io.holdfast.edge;

import static io.holdfast.edge.TwoNodes.status;
import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.database.MachineClocks;
import io.holdfast.database.MachineClocks.Machine;
import io.holdfast.http.HttpDate;
import io.holdfast.testing.Origin;
import io.holdfast.testing.RawClient;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Two nodes on machines whose clocks are wrong, before one service. On real sockets. */
@Timeout(60)
class SkewedClocksTest {
  @RegisterExtension static final ServiceKit services = new ServiceKit();

  private static final Duration LIFETIME = Duration.ofSeconds(10);
  private static final Duration STEP = Duration.ofMillis(700);
  private static final Duration ROUND_TRIP = Duration.ofMillis(4);

  /** From this step on; what it said last gets older than it may while the test goes on. */
  private static final int FAILS_AT = 52;

  private final MachineClocks time = new MachineClocks();

  /** When the service has said what, by the true time. */
  private final Map<String, Instant> said = new HashMap<>();

  /** The greatest {@code Age} that anybody has seen with it. */
  private final Map<String, Long> ages = new HashMap<>();

  private boolean serviceFails;

  /** The tests' own requests come one after another: nothing here is used by two at a time. */
  private void answer(Origin.Request request, Origin.Exchange it) throws IOException {
    if (serviceFails) {
      it.text(503, "down");
      return;
    }
    var now = time.now();
    var content = "v" + said.size();
    said.put(content, now);
    it.text(
        200,
        content,
        "Cache-Control: max-age=" + LIFETIME.toSeconds(),
        "Date: " + HttpDate.format(now));
  }

  private static Machine asked(Machine machine) {
    machine.asks(ROUND_TRIP);
    return machine;
  }

  @ParameterizedTest
  @CsvSource({"0, 30", "30, 0", "-15, 15", "15, -15", "-30, 0", "0, -30"})
  void ageNeverRunsBackwardsAndNothingStaleIsTakenForFresh(int aheadA, int aheadB)
      throws Exception {
    var a = asked(time.machine(Duration.ofSeconds(aheadA)));
    var b = asked(time.machine(Duration.ofSeconds(aheadB)));
    var service = services.origin(this::answer);
    var owners = services.owners();
    var nodes =
        List.of(
            services.caching(owners, service, a.clock()),
            services.caching(owners, service, b.clock()));
    for (int step = 0; step < FAILS_AT + LIFETIME.dividedBy(STEP) + 3; step++) {
      happens(step, owners, a, b);
      look(nodes.get(step % 2));
      look(nodes.get((step + 1) % 2));
      time.pass(STEP.toMillis());
    }
    assertThat(said).as("in 36 s, with a lifetime of 10 s").hasSizeBetween(4, 6);
    assertThat(ages.values()).as("used to the end, and beyond").contains(9L).anyMatch(it -> it > 9);
  }

  /** The owner is on the first node, then on the other, which fetches anew, and back there. */
  private void happens(int step, LocalOwners owners, Machine a, Machine b) {
    if (step == 0 || step == 40) {
      owners.clock = a.clock();
    }
    if (step == 20) {
      owners.clock = b.clock();
    }
    if (step == 20 || step == 40) {
      owners.die();
    }
    if (step == 5) {
      a.set(Duration.ofSeconds(-90));
      b.set(Duration.ofSeconds(90));
    }
    if (step % 7 == 3) {
      a.asks(ROUND_TRIP);
      b.asks(ROUND_TRIP.multipliedBy(5));
    }
    serviceFails = step >= FAILS_AT;
  }

  private void look(ForwardingFixture node) throws IOException {
    var answer = node.get("/s");
    assertThat(answer.status()).isEqualTo(200);
    var trueAge = Duration.between(said.get(answer.content()), time.now());
    if (trueAge.compareTo(LIFETIME) >= 0) {
      assertThat(serviceFails).as("stale: " + status(answer)).isTrue();
      assertThat(status(answer)).containsAnyOf("fwd=stale", "detail=");
    }
    long age = age(answer);
    assertThat(age).as("after %s: %s", trueAge, status(answer)).isEqualTo(trueAge.toSeconds());
    assertThat(age).isGreaterThanOrEqualTo(ages.getOrDefault(answer.content(), 0L));
    ages.put(answer.content(), age);
  }

  /** What comes from the service itself has none. */
  private static long age(RawClient.Response answer) {
    return answer.field("Age").map(Long::parseLong).orElse(0L);
  }
}
