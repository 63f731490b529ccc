package io.holdfast.edge;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.http.FieldLine;
import io.holdfast.http.ProblemType;
import io.holdfast.operation.AttemptPolicy.Outcome;
import io.holdfast.operation.Attempts.Ended;
import io.holdfast.operation.Attempts.Request;
import io.holdfast.operation.Message;
import io.holdfast.resource.Standing;
import io.holdfast.route.Route;
import io.holdfast.telemetry.Tracing;
import io.holdfast.testing.Origin;
import io.holdfast.testing.Services;
import io.holdfast.upstream.Consequences;
import io.holdfast.upstream.ResponseHead;
import io.holdfast.upstream.Upstreams;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Whatever goes wrong in an attempt, its lane hears that it is over. */
@Timeout(30)
class OperationAttemptsTest {
  private final Origin service = Origin.start((request, it) -> it.text(201, "made"));
  private Upstreams upstreams;

  @AfterEach
  void stop() {
    upstreams.close();
    service.close();
  }

  private Ended attempt(OperationAttempts.Changes changes, String target) throws Exception {
    var settings =
        Services.settings(
            """
            upstreams.s.instances = ["%s"]
            routes.s { path = "/far/away", strip-prefix = true, upstream = s, async.mode = allowed }
            """
                .formatted(service.url()));
    upstreams = new Upstreams(settings.upstreams(), ForwardingFixture.PROXY);
    var attempts =
        new OperationAttempts(
            upstreams,
            upstreams.forwarder(),
            new DocumentAttempts(Map.of(), null),
            changes,
            () -> Standing.CURRENT,
            InstantSource.system(),
            Tracing.OFF);
    Route route = settings.routes().get(0);
    var fields = "Host: h\r\n".getBytes(StandardCharsets.ISO_8859_1);
    var ended = new CompletableFuture<Ended>();
    attempts.begin(
        new Request("id", route, "POST", target, 1, new Message("", fields, new byte[] {'x'})),
        ended::complete);
    return ended.get(20, TimeUnit.SECONDS);
  }

  private static OperationAttempts.Changes changes(Consequences consequences) {
    return (route, method, target, host, request) -> consequences;
  }

  @Test
  void whatTheServiceSaysIsTold() throws Exception {
    var ended = attempt(changes(Consequences.NONE), "/far/away/x");
    assertThat(ended.answer().orElseThrow().status()).isEqualTo(201);
    assertThat(service.requests().get(0).line()).isEqualTo("POST /x HTTP/1.1");
  }

  /** The route was changed after it was accepted, so that the target is not below it. */
  @Test
  void oneThatCannotBeMadeWasNotMade() throws Exception {
    var outcome = (Outcome.Unanswered) attempt(changes(Consequences.NONE), "/far").outcome();
    assertThat(outcome.type()).isEqualTo(ProblemType.INTERNAL);
    assertThat(outcome.mayHaveBeenDone()).isFalse();
    assertThat(service.requests()).isEmpty();
  }

  private enum Failing implements Consequences {
    AT_ONCE,
    LATER;

    private void fail(Consumer<List<FieldLine>> then) {
      if (this == AT_ONCE) {
        throw new IllegalStateException("for the test");
      }
      new Thread(() -> then.accept(null)).start();
    }

    @Override
    public void ofAnswer(ResponseHead head, Consumer<List<FieldLine>> then) {
      fail(then);
    }

    @Override
    public void ofSilence(Consumer<List<FieldLine>> then) {
      fail(then);
    }
  }

  @ParameterizedTest
  @EnumSource
  void oneThatFailsAfterItWasSentMayHaveBeenCarriedOut(Failing failing) throws Exception {
    var outcome = (Outcome.Unanswered) attempt(changes(failing), "/far/away/x").outcome();
    assertThat(outcome.type()).isEqualTo(ProblemType.INTERNAL);
    assertThat(outcome.mayHaveBeenDone()).isTrue();
  }
}
