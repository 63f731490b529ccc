package io.holdfast.route;

import io.holdfast.config.ConfigReader;
import java.time.Duration;
import java.util.List;
import java.util.regex.Pattern;

/**
 * What a route accepts to be carried out later.
 *
 * @param mode whether it does
 * @param attemptsMax after so many an operation has failed
 * @param backoff the bound of the wait before the second attempt; it doubles
 * @param backoffMax the bound never exceeds it
 * @param deadline from acceptance on; after that an operation has failed
 * @param retryOn which answers of the service call for another attempt; all others are results
 * @param contentBytesMax of a request that is kept
 * @param resultBytesMax of an answer that is kept
 * @param resultTruncated a longer answer is kept as far as that; else the operation fails
 * @param ordered operations on one path are carried out one after the other
 * @param waitingMax so many that are not final may there be
 * @param retain for so long a final one is kept
 */
public record RouteAsync(
    Mode mode,
    int attemptsMax,
    Duration backoff,
    Duration backoffMax,
    Duration deadline,
    List<String> retryOn,
    int contentBytesMax,
    int resultBytesMax,
    boolean resultTruncated,
    boolean ordered,
    int waitingMax,
    Duration retain) {

  /** Whether requests are accepted, and whether they always are. */
  public enum Mode {
    NEVER,
    ALLOWED,
    ALWAYS
  }

  private enum OrderBy {
    NONE,
    PATH
  }

  /** Nothing is accepted; all else is as it is by default. */
  public static final RouteAsync NEVER =
      new RouteAsync(
          Mode.NEVER,
          20,
          Duration.ofMillis(500),
          Duration.ofSeconds(60),
          Duration.ofHours(1),
          List.of("408", "425", "429", "5xx"),
          256 * 1024,
          1024 * 1024,
          false,
          false,
          1_000_000,
          Duration.ofHours(24));

  private static final int ATTEMPTS_MAX = 1_000_000;
  private static final int CONTENT_BYTES_MAX = 16 * 1024 * 1024;
  private static final int RESULT_BYTES_MAX = 16 * 1024 * 1024;
  private static final int WAITING_MAX = 100_000_000;
  private static final Duration DEADLINE_MAX = Duration.ofDays(365);
  private static final Pattern STATUS = Pattern.compile("[1-5]xx|[1-5][0-9][0-9]");

  /** Whether anything is. */
  public boolean isAllowed() {
    return mode != Mode.NEVER;
  }

  /** Whether an answer with that status is an operation's result. */
  public boolean isFinal(int status) {
    var exact = Integer.toString(status);
    var ofClass = status / 100 + "xx";
    return !retryOn.contains(exact) && !retryOn.contains(ofClass);
  }

  static RouteAsync read(ConfigReader async) {
    var read =
        new RouteAsync(
            async.choice("mode", Mode.class),
            async.integer("attempts-max", 1, ATTEMPTS_MAX),
            async.duration("backoff", Duration.ofMillis(1), Duration.ofDays(1)),
            async.duration("backoff-max", Duration.ofMillis(1), Duration.ofDays(30)),
            async.duration("deadline", Duration.ofSeconds(1), DEADLINE_MAX),
            async.strings("retry-on"),
            (int) async.bytes("content-max", 0, CONTENT_BYTES_MAX),
            (int) async.bytes("result-max", 0, RESULT_BYTES_MAX),
            async.flag("result-truncated"),
            async.choice("order-by", OrderBy.class) == OrderBy.PATH,
            async.integer("waiting-max", 1, WAITING_MAX),
            async.duration("retain", Duration.ofSeconds(1), DEADLINE_MAX));
    for (var status : read.retryOn()) {
      async.require(
          STATUS.matcher(status).matches(),
          "retry-on",
          "\"%s\" is no status; write one as in 503, or a class of them as in 5xx"
              .formatted(status));
    }
    async.require(
        !async.good("backoff", "backoff-max") || read.backoff().compareTo(read.backoffMax()) <= 0,
        "backoff-max",
        "must not be less than backoff; raise it, or lower that");
    return read;
  }
}
