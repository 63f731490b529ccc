package io.holdfast.telemetry;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What happened to this process lately, as its log tells it: the last lines of Holdfast's own
 * loggers, from INFO on. Whoever watches a failover reads the same lines as whoever reads the log.
 */
public final class Story {
  private static final int LINES_MAX = 500;
  private static final int TEXT_CHARS_MAX = 500;
  private static final String OWN_LOGGERS = "io.holdfast.";

  private final Deque<Line> lines = new ArrayDeque<>();
  private long last;

  /**
   * One of them.
   *
   * @param number grows from line to line, also over restarts of the process as long as its clock
   *     does not go back
   * @param atMillis since 1970, by the machine's clock
   * @param level {@code INFO}, {@code WARN} or {@code ERROR}
   * @param part the class that tells it
   * @param text one line, cut off after 500 characters
   */
  public record Line(long number, long atMillis, String level, String part, String text) {}

  private static final class OfThis {
    static final Story PROCESS = listening();
  }

  Story() {}

  /** That of the logging that is configured in {@code logback.xml}; begins with the first call. */
  public static Story ofThisProcess() {
    return OfThis.PROCESS;
  }

  private static Story listening() {
    var story = new Story();
    var loggers = (LoggerContext) LoggerFactory.getILoggerFactory();
    var appender =
        new AppenderBase<ILoggingEvent>() {
          @Override
          protected void append(ILoggingEvent event) {
            story.heard(event);
          }
        };
    appender.setContext(loggers);
    appender.setName("story");
    appender.start();
    loggers.getLogger(Logger.ROOT_LOGGER_NAME).addAppender(appender);
    return story;
  }

  private void heard(ILoggingEvent event) {
    var logger = event.getLoggerName();
    if (event.getLevel().isGreaterOrEqual(Level.INFO) && logger.startsWith(OWN_LOGGERS)) {
      tell(
          event.getTimeStamp(),
          event.getLevel().toString(),
          logger.substring(logger.lastIndexOf('.') + 1),
          event.getFormattedMessage());
    }
  }

  synchronized void tell(long atMillis, String level, String part, String text) {
    last = Math.max(last + 1, atMillis * 1000);
    lines.addLast(new Line(last, atMillis, level, part, oneLine(text)));
    if (lines.size() > LINES_MAX) {
      lines.removeFirst();
    }
  }

  private static String oneLine(String text) {
    var line = text.replaceAll("\\p{Cntrl}+", " ");
    return line.length() > TEXT_CHARS_MAX ? line.substring(0, TEXT_CHARS_MAX) + "..." : line;
  }

  /** The lines after that number, the oldest first; of more than {@code most} the newest. */
  public synchronized List<Line> after(long number, int most) {
    var later = lines.stream().filter(it -> it.number() > number).toList();
    return later.subList(Math.max(0, later.size() - most), later.size());
  }
}
