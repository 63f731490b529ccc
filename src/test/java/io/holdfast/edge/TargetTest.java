package io.holdfast.edge;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.edge.Courier.Fate;
import io.holdfast.edge.Courier.Outcome;
import io.holdfast.resource.Document;
import io.holdfast.resource.DocumentVersion;
import io.holdfast.resource.Standing;
import io.holdfast.telemetry.RequestTrace;
import java.time.Instant;
import org.apache.pekko.http.javadsl.model.HttpRequest;
import org.junit.jupiter.api.Test;

/** What the access line and the trace tell of how a request got its answer. */
class TargetTest {
  private final RequestTrace trace = RequestTrace.none();
  private final Target target = new Target(HttpRequest.create(), null, "/docs/a", "", "a", trace);

  @Test
  void whoAnsweredAndAfterHowManyAttempts() {
    target.sent(1);
    target.sent(2);
    var reply = new Document.Absent(1, DocumentVersion.NONE, Standing.CURRENT, Instant.EPOCH, "n2");
    target.ended(new Outcome.Answered(reply, 2));
    assertThat(trace.attempts()).isEqualTo(2);
    assertThat(trace.owner()).isEqualTo("n2");
  }

  @Test
  void howOftenItWasSentInVain() {
    target.sent(3);
    target.ended(new Outcome.NotAnswered(Fate.UNKNOWN));
    assertThat(trace.attempts()).isEqualTo(3);
    assertThat(trace.owner()).isEmpty();
  }

  /** The command had been made by then. */
  @Test
  void thatItWasNeverSentIfThereWasNoRoom() {
    target.sent(1);
    target.ended(new Outcome.Shed());
    assertThat(trace.attempts()).isZero();
  }
}
