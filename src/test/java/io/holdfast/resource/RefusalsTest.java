package io.holdfast.resource;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.resource.DocumentState.Decision;
import io.holdfast.resource.DocumentState.Refusal;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class RefusalsTest {
  private static final Duration KEPT = Duration.ofSeconds(20);
  private static final Decision.Refused NOT_FOUND = new Decision.Refused(Refusal.NOT_FOUND, "");

  private final Refusals refusals = new Refusals();
  private int lastRequest;

  private WriteKey key(String value, String fingerprint) {
    return new WriteKey(value, true, fingerprint, "request " + ++lastRequest);
  }

  private static Write write(WriteKey key) {
    var rules = new Write.Rules(false, 1000, 10, KEPT);
    return new Write(Write.Action.DELETE, new byte[0], Conditions.NONE, rules, key);
  }

  @Test
  void theSameRequestIsRefusedAgainForAWhile() {
    refusals.keep(write(key("k", "f")), NOT_FOUND, 0);
    assertThat(refusals.of(key("k", "f"), KEPT.toNanos() - 1)).contains(NOT_FOUND);
    assertThat(refusals.of(key("k", "f"), KEPT.toNanos())).isEmpty();
    assertThat(refusals.of(key("l", "f"), 1)).isEmpty();
  }

  @Test
  void anotherRequestMayNotTakeItsKey() {
    refusals.keep(write(key("k", "f")), NOT_FOUND, 0);
    assertThat(refusals.of(key("k", "g"), 1).map(Decision.Refused::refusal))
        .contains(Refusal.KEY_REUSED);
  }

  @Test
  void aResendByTheEdgeIsNoOtherRequest() {
    var key = key("k", "f");
    refusals.keep(write(key), NOT_FOUND, 0);
    assertThat(refusals.of(key, 1)).isEmpty();
  }

  @Test
  void keysOfTheEdgeAreNotKept() {
    refusals.keep(write(new WriteKey("k", false, "f", "")), NOT_FOUND, 0);
    assertThat(refusals.of(key("k", "f"), 1)).isEmpty();
  }

  @Test
  void theOldestGiveWay() {
    for (int i = 0; i < 1000; i++) {
      refusals.keep(write(key("k" + i, "f")), NOT_FOUND, 0);
    }
    assertThat(refusals.of(key("k0", "f"), 1)).isEmpty();
    assertThat(refusals.of(key("k999", "f"), 1)).isPresent();
  }
}
