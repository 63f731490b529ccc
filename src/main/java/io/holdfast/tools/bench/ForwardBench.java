package io.holdfast.tools.bench;

import io.holdfast.tools.OwnClusterOptions;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * What it costs to forward a GET of 1 KiB through one node, beside what it costs nginx in the same
 * run: three rounds, in turn, before one and the same service.
 */
final class ForwardBench {
  private static final int ROUNDS = 3;
  private static final int SERVICE_PORT = 500; // above the base port, where no node is
  private static final int PROXY_PORT = 501;
  private static final byte[] REQUEST =
      "GET /bench/a HTTP/1.1\r\nHost: h\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

  private final BenchCluster.Place place;
  private final int connections;
  private final int seconds;
  private final int warmUp;
  private final PrintWriter out;
  private long errors;

  ForwardBench(
      BenchCluster.Place place, int connections, int seconds, int warmUp, PrintWriter out) {
    this.place = place;
    this.connections = connections;
    this.seconds = seconds;
    this.warmUp = warmUp;
    this.out = out;
  }

  private record Round(double perSecond, double cpuPerThousand, double p50Millis) {}

  /** Returns how many errors there were. */
  long measure() throws IOException {
    int service = place.basePort() + SERVICE_PORT;
    int proxy = place.basePort() + PROXY_PORT;
    var apart = Files.createTempDirectory("holdfast-bench-nginx-");
    var config = apart.resolve("holdfast.conf");
    Files.writeString(
        config,
        ("holdfast { upstreams.bench { instances = [\"http://127.0.0.1:%d\"] }\n"
                + "routes.bench { path = \"/bench\", upstream = bench } }\n")
            .formatted(service));
    try (var instance = Nginx.service(apart.resolve("service"), service);
        var nginx = Nginx.proxy(apart.resolve("proxy"), proxy, service, connections);
        var cluster =
            BenchCluster.start(OwnClusterOptions.script(), place, 1, Optional.of(config), out)) {
      compare(BenchCluster.addresses(place.basePort(), 1), cluster.nodePids(), proxy, nginx);
    }
    return errors;
  }

  private void compare(List<InetSocketAddress> node, List<Long> pids, int proxyPort, Nginx nginx)
      throws IOException {
    var other = List.of(new InetSocketAddress(InetAddress.getLoopbackAddress(), proxyPort));
    var ours = new ArrayList<Round>();
    var theirs = new ArrayList<Round>();
    try (var here = new ClosedLoop(node, connections);
        var there = new ClosedLoop(other, connections)) {
      here.run(() -> REQUEST, warmUp, Long.MAX_VALUE);
      there.run(() -> REQUEST, Math.min(warmUp, 2), Long.MAX_VALUE);
      for (int round = 0; round < ROUNDS; round++) {
        ours.add(round("holdfast", here, pids));
        theirs.add(round("nginx", there, List.of(nginx.pid())));
      }
    }
    out.printf(
        "median of the rounds: holdfast needs %.2f times the processor time of nginx%n",
        median(ours) / median(theirs));
    out.flush();
  }

  private static double median(List<Round> rounds) {
    return rounds.stream()
        .map(Round::cpuPerThousand)
        .sorted(Comparator.naturalOrder())
        .toList()
        .get(rounds.size() / 2);
  }

  private Round round(String who, ClosedLoop loop, List<Long> pids) throws IOException {
    double before = Machine.cpuSeconds(pids);
    var result = loop.run(() -> REQUEST, seconds, Long.MAX_VALUE);
    double used = Machine.cpuSeconds(pids) - before;
    errors += result.errors();
    var round =
        new Round(
            result.perSecond(),
            used / Math.max(1, result.latencies().count()) * 1000,
            result.latencies().atShare(0.5) / 1e6);
    say(
        who,
        "%.0f/s, p50 %.2f ms, p99 %.2f ms, %.3f CPU seconds per 1,000, %d errors"
            .formatted(
                round.perSecond(),
                round.p50Millis(),
                result.latencies().atShare(0.99) / 1e6,
                round.cpuPerThousand(),
                result.errors()));
    return round;
  }

  private void say(String who, String what) {
    out.println(who + ": " + what);
    out.flush();
  }
}
