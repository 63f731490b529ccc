package io.holdfast.route;

import io.holdfast.config.ConfigReader;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Which targets a route takes, and who answers them.
 *
 * @param name its key in the configuration
 * @param path a prefix on segment borders, beginning with {@code /}
 * @param collection the collection of documents that answers; empty for a service
 * @param upstream the service that answers; empty for documents
 * @param deadline for the whole request; where it is forwarded, for the beginning of its answer
 * @param idempotencyKeyRequired a write without {@code Idempotency-Key} gets 400
 * @param keys limits of what a service is asked under one
 * @param stripPrefix the service does not see the route's path
 * @param preserveHost the service sees the host that the client asked for
 * @param priority of its requests, where there is not room for all
 * @param caching what is stored of the service's answers
 * @param fallback what is left when the service fails
 * @param async what is accepted to be carried out later
 */
public record Route(
    String name,
    String path,
    String collection,
    String upstream,
    Duration deadline,
    boolean idempotencyKeyRequired,
    Keys keys,
    boolean stripPrefix,
    boolean preserveHost,
    Priority priority,
    RouteCaching caching,
    Optional<Fallback> fallback,
    RouteAsync async) {
  private static final Pattern PATH =
      Pattern.compile("/|(/(?!\\.{1,2}(/|$))[A-Za-z0-9._~!$&'()*+,;=:@-]+)+");

  /** For longer than this, with time to spare, documents remember each write's key in any case. */
  private static final Duration DEADLINE_MAX = Duration.ofSeconds(30);

  private static final Duration FORWARDED_DEADLINE_MAX = Duration.ofHours(1);

  private static final List<String> FOR_SERVICES =
      List.of(
          "cache",
          "fallback",
          "strip-prefix",
          "preserve-host",
          "idempotency-content-max",
          "idempotency-answer-max",
          "idempotency-kept-max");

  /** What one row of the database takes. */
  private static final int ANSWER_BYTES_MAX = 1024 * 1024;

  private static final int CONTENT_BYTES_MAX = 16 * 1024 * 1024;
  private static final int KEPT_MAX = 10_000_000;

  /**
   * What a request to a service is held to when it has an {@code Idempotency-Key}.
   *
   * @param contentBytesMax of the request, beyond which it is refused
   * @param answerBytesMax of the answer, beyond which it is passed on and not kept
   * @param keptMax answers that are kept of one credential
   */
  public record Keys(int contentBytesMax, int answerBytesMax, int keptMax) {
    private static final Keys NONE = new Keys(0, 0, 0);

    private static Keys read(ConfigReader route) {
      return new Keys(
          (int) route.bytes("idempotency-content-max", 0, CONTENT_BYTES_MAX),
          (int) route.bytes("idempotency-answer-max", 0, ANSWER_BYTES_MAX),
          route.integer("idempotency-kept-max", 1, KEPT_MAX));
    }
  }

  /** Who goes first. */
  public enum Priority {
    CRITICAL,
    DEFAULT,
    SHEDDABLE
  }

  private enum IdempotencyKey {
    OPTIONAL,
    REQUIRED
  }

  /** A route to a collection of documents, with all else as it is by default. */
  public static Route toDocuments(
      String name, String path, String collection, Duration deadline, boolean keyRequired) {
    return new Route(
        name,
        path,
        collection,
        "",
        deadline,
        keyRequired,
        Keys.NONE,
        false,
        false,
        Priority.DEFAULT,
        RouteCaching.NONE,
        Optional.empty(),
        RouteAsync.NEVER);
  }

  /** The same, where nothing is accepted to be carried out later. */
  public Route atOnce() {
    return new Route(
        name,
        path,
        collection,
        upstream,
        deadline,
        idempotencyKeyRequired,
        keys,
        stripPrefix,
        preserveHost,
        priority,
        caching,
        fallback,
        RouteAsync.NEVER);
  }

  /** Whether a service answers. */
  public boolean isForwarded() {
    return !upstream.isEmpty();
  }

  /** Reads one section of {@code holdfast.routes}. */
  public static Route read(String name, ConfigReader route) {
    boolean forwarded = route.has("upstream");
    var keys = Keys.read(route);
    var caching = RouteCaching.read(route.section("cache"));
    var fallback = Fallback.read(route.section("fallback"));
    var settings =
        new Route(
            name,
            route.string("path"),
            forwarded ? "" : route.name("documents"),
            forwarded ? route.name("upstream") : "",
            route.duration(
                "deadline",
                Duration.ofMillis(100),
                forwarded ? FORWARDED_DEADLINE_MAX : DEADLINE_MAX),
            route.choice("idempotency-key", IdempotencyKey.class) == IdempotencyKey.REQUIRED,
            forwarded ? keys : Keys.NONE,
            route.flag("strip-prefix"),
            route.flag("preserve-host"),
            route.choice("priority", Priority.class),
            forwarded ? caching : RouteCaching.NONE,
            fallback,
            RouteAsync.read(route.section("async")));
    for (var key : forwarded ? List.<String>of() : FOR_SERVICES) {
      route.require(
          !route.isWritten(key),
          key,
          "is for services, and this route leads to documents; take it away");
    }
    if (forwarded && route.has("documents")) {
      route.fault("upstream", "the route has documents already; take away one of them");
      route.name("documents");
    }
    route.require(
        !route.good("path") || PATH.matcher(settings.path()).matches(),
        "path",
        "\"%s\" is not a path; write whole segments without a last /, as in \"/docs\""
            .formatted(settings.path()));
    return settings;
  }
}
