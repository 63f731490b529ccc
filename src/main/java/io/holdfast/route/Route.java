package io.holdfast.route;

import io.holdfast.config.ConfigReader;
import java.time.Duration;
import java.util.regex.Pattern;

/**
 * Which targets a route takes, and who answers them.
 *
 * @param name its key in the configuration
 * @param path a prefix on segment borders, beginning with {@code /}
 * @param collection the collection of documents that answers
 * @param deadline for the whole request
 * @param idempotencyKeyRequired a write without {@code Idempotency-Key} gets 400
 */
public record Route(
    String name,
    String path,
    String collection,
    Duration deadline,
    boolean idempotencyKeyRequired) {
  private static final Pattern PATH =
      Pattern.compile("/|(/(?!\\.{1,2}(/|$))[A-Za-z0-9._~!$&'()*+,;=:@-]+)+");

  /** For longer than this, with time to spare, documents remember each write's key in any case. */
  private static final Duration DEADLINE_MAX = Duration.ofSeconds(30);

  private enum IdempotencyKey {
    OPTIONAL,
    REQUIRED
  }

  /** Reads one section of {@code holdfast.routes}. */
  public static Route read(String name, ConfigReader route) {
    var settings =
        new Route(
            name,
            route.string("path"),
            route.name("documents"),
            route.duration("deadline", Duration.ofMillis(100), DEADLINE_MAX),
            route.choice("idempotency-key", IdempotencyKey.class) == IdempotencyKey.REQUIRED);
    route.require(
        !route.good("path") || PATH.matcher(settings.path()).matches(),
        "path",
        "\"%s\" is not a path; write whole segments without a last /, as in \"/docs\""
            .formatted(settings.path()));
    return settings;
  }
}
