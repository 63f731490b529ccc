package io.holdfast.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.cluster.ClusterSettings.CertainDeath;
import io.holdfast.cluster.LifelineDecision.Action.Dead;
import io.holdfast.cluster.LifelineDecision.Action.Hold;
import io.holdfast.cluster.LifelineDecision.Action.Reconnect;
import io.holdfast.cluster.LifelineDecision.Proof;
import java.net.InetSocketAddress;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class LifelineDecisionTest {
  private static final Duration LONG = Duration.ofMinutes(1);

  @Test
  void reconnectsAtOnceWhenALineBreaks() {
    assertThat(LifelineDecision.fresh(true).broken(LONG).action())
        .isEqualTo(new Reconnect(Duration.ZERO));
  }

  @Test
  void theFourthRefusalInARowIsAProof() {
    var decision = LifelineDecision.fresh(true);
    for (int refusal = 1; refusal < LifelineDecision.REFUSALS_FOR_PROOF; refusal++) {
      assertThat(decision.refused().action())
          .isEqualTo(new Reconnect(LifelineDecision.PROBE_AGAIN));
      decision = decision.refused().next();
    }
    assertThat(decision.refused().action()).isEqualTo(new Dead(Proof.REFUSED));
  }

  @Test
  void anythingElseThanARefusalBeginsTheCountAnew() {
    var nearly = new LifelineDecision(true, LifelineDecision.REFUSALS_FOR_PROOF - 1, 3);
    assertThat(nearly.unanswered().next().refusals()).isZero();
    assertThat(nearly.reset().next().refusals()).isZero();
    assertThat(nearly.greeted(true).next().refusals()).isZero();
  }

  @Test
  void anotherIncarnationsAnswerIsAProof() {
    assertThat(LifelineDecision.fresh(true).greeted(false).action())
        .isEqualTo(new Dead(Proof.ANSWERED_BY_ANOTHER));
    assertThat(LifelineDecision.fresh(true).greeted(true).action()).isEqualTo(new Hold());
  }

  @Test
  void nothingIsAProofWhereThePolicyForbidsIt() {
    var decision = LifelineDecision.fresh(false);
    for (int refusal = 0; refusal < 20; refusal++) {
      assertThat(decision.refused().action()).isInstanceOf(Reconnect.class);
      assertThat(decision.greeted(false).action()).isInstanceOf(Reconnect.class);
      decision = decision.refused().next();
    }
  }

  @Test
  void timeOutsAndResetsAreNeverAProofAndAreRetriedEverMoreSlowly() {
    var decision = LifelineDecision.fresh(true);
    for (int failure = 0; failure < 20; failure++) {
      assertThat(decision.unanswered().action()).isInstanceOf(Reconnect.class);
      assertThat(decision.reset().action()).isInstanceOf(Reconnect.class);
      decision = decision.reset().next();
    }
    assertThat(decision.reset().action()).isEqualTo(new Reconnect(Duration.ofSeconds(1)));
  }

  @Test
  void aLineThatBreaksAtOnceAgainAndAgainIsNotRetriedInABusyLoop() {
    var decision = LifelineDecision.fresh(true);
    for (int failure = 0; failure < 10; failure++) {
      decision = decision.broken(Duration.ofMillis(1)).next();
    }
    assertThat(decision.broken(Duration.ofMillis(1)).action())
        .isEqualTo(new Reconnect(Duration.ofSeconds(1)));
  }

  @Test
  void thePolicyLoopbackTrustsOnlyTheMachineItself() {
    var here = new InetSocketAddress("127.0.0.1", 1);
    var hereToo = new InetSocketAddress("::1", 1);
    var there = new InetSocketAddress("192.0.2.1", 1);
    assertThat(Lifeline.isProof(CertainDeath.LOOPBACK, here)).isTrue();
    assertThat(Lifeline.isProof(CertainDeath.LOOPBACK, hereToo)).isTrue();
    assertThat(Lifeline.isProof(CertainDeath.LOOPBACK, there)).isFalse();
    assertThat(Lifeline.isProof(CertainDeath.ON, there)).isTrue();
    assertThat(Lifeline.isProof(CertainDeath.OFF, here)).isFalse();
  }

  @Test
  void onlyAWellFormedGreetingIsOne() {
    var greeting = new Greeting("holdfast", -42);
    assertThat(new String(greeting.octets())).isEqualTo("holdfast-lifeline 1 holdfast -42\n");
    assertThat(Greeting.parse(new String(greeting.octets()))).contains(greeting);
    for (var garbage :
        new String[] {
          "",
          "\n",
          "holdfast-lifeline 1 holdfast 42",
          "holdfast-lifeline 2 holdfast 42\n",
          "holdfast-lifeline 1 holdfast x\n",
          "holdfast-lifeline 1 holdfast 9999999999999999999\n",
          "HTTP/1.1 400 Bad Request\r\n"
        }) {
      assertThat(Greeting.parse(garbage)).isEmpty();
    }
  }
}
