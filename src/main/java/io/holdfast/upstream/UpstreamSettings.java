package io.holdfast.upstream;

import io.holdfast.config.ConfigReader;
import io.holdfast.resilience.BreakerSettings;
import io.holdfast.resilience.EjectionSettings;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * One service behind Holdfast.
 *
 * @param name its key in the configuration
 * @param instances those that are used
 * @param standby those that are used when no instance can be
 * @param slowStart how long an instance that comes back takes to its full share
 * @param connectTimeout for a connection
 * @param firstByteTimeout from when the request has been sent to the first byte of the answer
 * @param attemptTimeout for an attempt up to the head of its answer, and for any silence after it
 * @param retriesMax after the first attempt
 * @param retryBudget share of the requests of the last seconds that may be repeated
 * @param honoursKeys the service itself deduplicates by {@code Idempotency-Key}
 * @param observersMin how many nodes must have seen trouble before the breaker opens on all
 */
public record UpstreamSettings(
    String name,
    List<InstanceAddress> instances,
    List<InstanceAddress> standby,
    Balance balance,
    Duration slowStart,
    Duration connectTimeout,
    Duration firstByteTimeout,
    Duration attemptTimeout,
    int retriesMax,
    double retryBudget,
    boolean honoursKeys,
    Health health,
    EjectionSettings ejection,
    BreakerSettings breaker,
    int observersMin,
    Concurrency concurrency) {
  private static final Duration TIMEOUT_MIN = Duration.ofMillis(10);
  private static final Duration TIMEOUT_MAX = Duration.ofMinutes(10);
  private static final int PORT_MAX = 65535;

  /** How an instance is chosen. */
  public enum BalanceKind {
    LEAST_REQUESTS,
    ROUND_ROBIN,
    HASH
  }

  /**
   * @param on what is hashed: {@code path}, {@code client}, or {@code header:Name}
   */
  public record Balance(BalanceKind kind, String on) {}

  /**
   * Active checks.
   *
   * @param path empty: no checks
   * @param rise so many successes in a row make an instance healthy again
   * @param fall so many failures in a row make it unhealthy
   * @param expect a status, or a class of them as in {@code 2xx}
   */
  public record Health(
      String path, Duration interval, Duration timeout, int rise, int fall, String expect) {
    public boolean isOn() {
      return !path.isEmpty();
    }

    boolean expects(int status) {
      return expect.endsWith("xx")
          ? status / 100 == expect.charAt(0) - '0'
          : status == Integer.parseInt(expect);
    }
  }

  /** Whether the limit of calls in flight moves. */
  public enum LimitMode {
    ADAPTIVE,
    FIXED,
    OFF
  }

  /**
   * @param max the limit itself where it is fixed
   * @param queueMax how many may wait for room
   * @param queueTimeout how long one waits
   */
  public record Concurrency(
      LimitMode mode, int min, int max, int queueMax, Duration queueTimeout) {}

  private enum IdempotencyKey {
    IGNORED,
    HONOURED
  }

  /** Reads one section of {@code holdfast.upstreams}. */
  public static UpstreamSettings read(String name, ConfigReader upstream) {
    var attempt = upstream.duration("attempt-timeout", TIMEOUT_MIN, TIMEOUT_MAX);
    var settings =
        new UpstreamSettings(
            name,
            addresses(upstream, "instances"),
            addresses(upstream, "standby"),
            new Balance(upstream.choice("balance", BalanceKind.class), upstream.string("hash-on")),
            upstream.duration("slow-start", Duration.ZERO, Duration.ofHours(1)),
            upstream.duration("connect-timeout", TIMEOUT_MIN, TIMEOUT_MAX),
            upstream.duration("first-byte-timeout", TIMEOUT_MIN, TIMEOUT_MAX),
            attempt,
            upstream.integer("retries-max", 0, 10),
            upstream.percent("retry-budget"),
            upstream.choice("idempotency-key", IdempotencyKey.class) == IdempotencyKey.HONOURED,
            health(upstream.section("health")),
            ejection(upstream.section("ejection")),
            breaker(upstream.section("breaker"), attempt),
            upstream.section("breaker").integer("observers-min", 1, 100),
            concurrency(upstream.section("concurrency")));
    settings.check(upstream);
    return settings;
  }

  private static List<InstanceAddress> addresses(ConfigReader upstream, String key) {
    var addresses = new ArrayList<InstanceAddress>();
    for (var it : upstream.weightedUrls(key)) {
      upstream.require(
          it.url().getScheme().equalsIgnoreCase("http"),
          key,
          "%s: instances are asked over http; write http://".formatted(it.url()));
      upstream.require(
          isHostAndPort(it.url()),
          key,
          "there is more than a host and a port for %s; write http://host:port"
              .formatted(it.url().getHost()));
      upstream.require(
          it.url().getPort() == -1 || it.url().getPort() >= 1 && it.url().getPort() <= PORT_MAX,
          key,
          "%s has no port that can be connected to; write one from 1 to 65535"
              .formatted(it.url().getHost()));
      addresses.add(InstanceAddress.of(it.url(), it.weight()));
    }
    return addresses;
  }

  /** A password or a query would be left out without a word. */
  private static boolean isHostAndPort(URI url) {
    return (url.getPath().isEmpty() || url.getPath().equals("/"))
        && url.getRawUserInfo() == null
        && url.getRawQuery() == null
        && url.getRawFragment() == null;
  }

  private static Health health(ConfigReader health) {
    var settings =
        new Health(
            health.string("path"),
            health.duration("interval", Duration.ofMillis(100), Duration.ofHours(1)),
            health.duration("timeout", TIMEOUT_MIN, TIMEOUT_MAX),
            health.integer("rise", 1, 100),
            health.integer("fall", 1, 100),
            health.string("expect"));
    health.require(
        settings.path().isEmpty() || settings.path().startsWith("/"),
        "path",
        "\"%s\" does not begin with /; write the path of a check".formatted(settings.path()));
    health.require(
        isPath(settings.path()),
        "path",
        "\"%s\" is no path of a URL; write %%20 for a blank, and %%25 for a percent sign"
            .formatted(settings.path()));
    health.require(
        settings.expect().matches("[1-5]([0-9]{2}|xx)"),
        "expect",
        "\"%s\" is no status; write 200, or 2xx for all of a class".formatted(settings.expect()));
    return settings;
  }

  private static boolean isPath(String text) {
    try {
      return new URI("http://host" + text).getHost() != null;
    } catch (URISyntaxException e) {
      return false;
    }
  }

  private static EjectionSettings ejection(ConfigReader ejection) {
    var settings =
        new EjectionSettings(
            ejection.integer("consecutive-failures", 1, 1000),
            ejection.percent("failure-rate"),
            ejection.duration("base", Duration.ofMillis(100), Duration.ofHours(1)),
            ejection.duration("max", Duration.ofMillis(100), Duration.ofHours(24)),
            ejection.percent("share-max"));
    ejection.require(
        !ejection.good("base", "max") || settings.base().compareTo(settings.max()) <= 0,
        "base",
        "is more than max; lower it, or raise that");
    return settings;
  }

  private static BreakerSettings breaker(ConfigReader breaker, Duration attempt) {
    var slow = breaker.string("slow-call");
    var settings =
        new BreakerSettings(
            breaker.duration("window", Duration.ofSeconds(1), Duration.ofMinutes(10)),
            breaker.integer("calls-min", 1, 100_000),
            breaker.percent("failure-rate"),
            breaker.percent("slow-rate"),
            slow.equals("auto")
                ? attempt.dividedBy(2)
                : breaker.duration("slow-call", Duration.ofMillis(1), TIMEOUT_MAX),
            breaker.duration("open", TIMEOUT_MIN, TIMEOUT_MAX),
            breaker.duration("open-max", TIMEOUT_MIN, TIMEOUT_MAX));
    breaker.require(
        !breaker.good("open", "open-max") || settings.open().compareTo(settings.openMax()) <= 0,
        "open",
        "is more than open-max; lower it, or raise that");
    return settings;
  }

  private static Concurrency concurrency(ConfigReader concurrency) {
    var settings =
        new Concurrency(
            concurrency.choice("mode", LimitMode.class),
            concurrency.integer("min", 1, 1_000_000),
            concurrency.integer("max", 1, 1_000_000),
            concurrency.integer("queue-max", 0, 1_000_000),
            concurrency.duration("queue-timeout", Duration.ofMillis(1), TIMEOUT_MAX));
    concurrency.require(
        settings.mode() != LimitMode.ADAPTIVE
            || !concurrency.good("min", "max")
            || settings.min() <= settings.max(),
        "min",
        "is more than max; lower it, or raise that");
    return settings;
  }

  private void check(ConfigReader upstream) {
    upstream.require(
        !instances.isEmpty() || !upstream.good("instances"),
        "instances",
        "there is none; write instances = [\"http://host:port\"]");
    var names = new ArrayList<String>();
    for (var list : List.of(instances, standby)) {
      for (var address : list) {
        upstream.require(
            !names.contains(address.name()),
            list == instances ? "instances" : "standby",
            "%s is there twice; name each instance once".formatted(address.name()));
        names.add(address.name());
      }
    }
    upstream.require(
        balance.kind() != BalanceKind.HASH
            || balance.on().equals("path")
            || balance.on().equals("client")
            || balance.on().matches("header:[A-Za-z0-9-]+"),
        "hash-on",
        "\"%s\" is none of path, client, header:Name; write one of them".formatted(balance.on()));
  }
}
