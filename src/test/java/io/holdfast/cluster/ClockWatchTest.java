package io.holdfast.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class ClockWatchTest {
  private final Logger logger = (Logger) LoggerFactory.getLogger(ClockWatch.class);
  private final ListAppender<ILoggingEvent> lines = new ListAppender<>();
  private final ClockWatch watch = new ClockWatch("n7");
  private Instant now = Instant.EPOCH;

  @BeforeEach
  void listen() {
    lines.start();
    logger.addAppender(lines);
  }

  @AfterEach
  void endListening() {
    logger.detachAppender(lines);
  }

  private void look(long aheadSeconds) {
    now = now.plusSeconds(1);
    watch.look(Duration.ofSeconds(aheadSeconds), now);
  }

  @Test
  void warnsOfAClockThatIsAnHourOffOnceAndAgainLater() {
    look(3600);
    look(3600);
    look(-3600);
    assertThat(lines.list).extracting(ILoggingEvent::getLevel).containsExactly(Level.WARN);
    assertThat(lines.list.get(0).getFormattedMessage())
        .contains("n7's machine is 3600 s ahead of the database's");
    now = now.plus(Duration.ofMinutes(10));
    look(-3600);
    assertThat(lines.list.get(1).getFormattedMessage()).contains("3600 s behind the database's");
  }

  @Test
  void saysNothingOfAFewSeconds() {
    look(5);
    look(-5);
    assertThat(lines.list).isEmpty();
  }

  @Test
  void saysThatItIsRightAgainAndWarnsAtOnceWhenItIsWrongAgain() {
    look(6);
    look(0);
    look(0);
    look(6);
    assertThat(lines.list)
        .extracting(ILoggingEvent::getLevel)
        .containsExactly(Level.WARN, Level.INFO, Level.WARN);
  }
}
