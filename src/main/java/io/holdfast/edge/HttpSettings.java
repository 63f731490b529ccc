package io.holdfast.edge;

import io.holdfast.config.ConfigReader;
import java.time.Duration;
import java.util.List;

/**
 * Limits of the public port.
 *
 * @param headerBlockBytesMax the whole header section, beyond it 431
 * @param uriBytesMax the request target, beyond it 414
 * @param headerCountMax field lines, beyond it 431
 * @param requestHeadTimeout for a complete head, else 408 and close
 * @param idleTimeout a connection without traffic is closed after it
 * @param drainMax how long, after all requests have been read, a leaving node lets answers go on
 * @param trustedProxies addresses or CIDR blocks
 * @param connectionsMax open connections of this node, beyond it 503 {@code shed} and close
 * @param inFlightMax requests being answered by this node, beyond it 503 {@code shed}
 * @param heldMax requests that wait for an owner which does not answer, beyond it 503 {@code shed}
 */
public record HttpSettings(
    int headerBlockBytesMax,
    int uriBytesMax,
    int headerCountMax,
    Duration requestHeadTimeout,
    Duration idleTimeout,
    Duration drainMax,
    List<String> trustedProxies,
    int connectionsMax,
    int inFlightMax,
    int heldMax) {
  private static final int KIB = 1024;
  private static final int COUNT_MAX = 1_000_000;

  /** Reads {@code holdfast.http}. */
  public static HttpSettings read(ConfigReader http) {
    var settings =
        new HttpSettings(
            (int) http.bytes("header-block-max", KIB, 1024 * KIB),
            (int) http.bytes("uri-max", 256, 1024 * KIB),
            http.integer("header-count-max", 8, 10_000),
            http.duration("request-head-timeout", Duration.ofMillis(100), Duration.ofMinutes(10)),
            http.duration("idle-timeout", Duration.ofSeconds(1), Duration.ofHours(1)),
            http.duration("drain-max", Duration.ZERO, Duration.ofHours(1)),
            http.addressBlocks("trusted-proxies"),
            http.integer("connections-max", 1, COUNT_MAX),
            http.integer("in-flight-max", 1, COUNT_MAX),
            http.integer("held-max", 0, COUNT_MAX));
    settings.check(http);
    return settings;
  }

  public HttpSettings withConnectionsMax(int max) {
    return new HttpSettings(
        headerBlockBytesMax,
        uriBytesMax,
        headerCountMax,
        requestHeadTimeout,
        idleTimeout,
        drainMax,
        trustedProxies,
        max,
        inFlightMax,
        heldMax);
  }

  private void check(ConfigReader http) {
    http.require(
        !http.good("uri-max", "header-block-max") || uriBytesMax <= headerBlockBytesMax,
        "uri-max",
        "is more than header-block-max, which it is a part of; lower it, or raise that");
    http.require(
        !http.good("held-max", "in-flight-max") || heldMax <= inFlightMax,
        "held-max",
        "is more than in-flight-max; a held request is in flight: lower it, or raise that");
  }
}
