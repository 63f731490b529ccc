package io.holdfast.tools.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;

class TimelineTest {
  private final StringWriter printed = new StringWriter();
  private final Timeline timeline = new Timeline(new RunClock(), new PrintWriter(printed));

  @Test
  void tellsHowFarSomethingIsOnlyWhereNothingWasToldForTenSeconds() {
    timeline.tell(seconds(1), "begun");
    timeline.tellFar(seconds(10), 900, 4000, "steps");
    timeline.tellFar(seconds(11), 1000, 4000, "steps");
    timeline.tellFar(seconds(12), 1100, 4000, "steps");
    timeline.tell(seconds(20), "something else");
    timeline.tellFar(seconds(29), 2000, 4000, "steps");
    timeline.tellFar(seconds(31), 2500, 4000, "steps");

    assertThat(printed.toString().lines())
        .containsExactly(
            "    1.00 s  begun",
            "   11.00 s  1,000 of 4,000 steps",
            "   20.00 s  something else",
            "   31.00 s  2,500 of 4,000 steps");
  }

  private static long seconds(double seconds) {
    return RunClock.nanos(seconds);
  }
}
