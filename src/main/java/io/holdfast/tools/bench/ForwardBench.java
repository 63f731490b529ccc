package io.holdfast.tools.bench;

import io.holdfast.tools.OwnClusterOptions;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;

/**
 * What it costs to send a GET of 1 KiB through one node, beside what it costs others in the same
 * run, before one and the same service: forwarded, or answered from what is stored.
 */
final class ForwardBench {
  // Above the base port, where no node is.
  private static final int SERVICE_PORT = 500;
  private static final int NGINX_PORT = 501;
  private static final int OTHER_PORT = 502;
  private static final int PER_SECOND = 1000;
  private static final String PATH = "/bench/a";

  private final BenchCluster.Place place;
  private final int connections;
  private final int seconds;
  private final int warmUp;
  private final PrintWriter out;

  ForwardBench(
      BenchCluster.Place place, int connections, int seconds, int warmUp, PrintWriter out) {
    this.place = place;
    this.connections = connections;
    this.seconds = seconds;
    this.warmUp = warmUp;
    this.out = out;
  }

  /** Beside nginx, and Caddy if it is there. Returns how many errors there were. */
  long measureForwarding() throws IOException {
    int service = place.basePort() + SERVICE_PORT;
    var apart = Files.createTempDirectory("holdfast-bench-");
    try (var instance = Neighbour.service(apart.resolve("service"), service, "");
        var nginx =
            Neighbour.nginx(
                apart.resolve("nginx"), place.basePort() + NGINX_PORT, service, connections);
        var others = new Others(nginx);
        var cluster = start(service, "off")) {
      others.add(
          "caddy", Neighbour.caddy(apart.resolve("caddy"), place.basePort() + OTHER_PORT, service));
      var turns = new InTurns(PATH, connections, seconds, out);
      long errors = turns.compare(ours(cluster), others.contenders(), warmUp);
      var addresses = new LinkedHashMap<String, InetSocketAddress>();
      addresses.put("the service itself", instance.address());
      addresses.put("through holdfast", ours(cluster).address());
      turns.sayAdded(addresses, PER_SECOND);
      return errors;
    }
  }

  /** Beside nginx, and Varnish if it is there. Returns how many errors there were. */
  long measureHits() throws IOException {
    int service = place.basePort() + SERVICE_PORT;
    var apart = Files.createTempDirectory("holdfast-bench-");
    try (var instance =
            Neighbour.service(
                apart.resolve("service"), service, "add_header Cache-Control max-age=3600;");
        var nginx =
            Neighbour.cachingNginx(
                apart.resolve("nginx"), place.basePort() + NGINX_PORT, service, connections);
        var others = new Others(nginx);
        var cluster = start(service, "on")) {
      others.add(
          "varnish",
          Neighbour.varnish(apart.resolve("varnish"), place.basePort() + OTHER_PORT, service));
      var turns = new InTurns(PATH, connections, seconds, out);
      return turns.compare(ours(cluster), others.contenders(), warmUp);
    }
  }

  private BenchCluster start(int service, String cacheMode) throws IOException {
    var config = Files.createTempDirectory("holdfast-bench-").resolve("holdfast.conf");
    Files.writeString(
        config,
        ("holdfast { upstreams.bench { instances = [\"http://127.0.0.1:%d\"] }\n"
                + "routes.bench { path = \"/bench\", upstream = bench, cache.mode = %s } }\n")
            .formatted(service, cacheMode));
    return BenchCluster.start(OwnClusterOptions.script(), place, 1, Optional.of(config), out);
  }

  private InTurns.Contender ours(BenchCluster cluster) {
    var address = BenchCluster.addresses(place.basePort(), 1).get(0);
    return new InTurns.Contender("holdfast", address, cluster.nodePids());
  }

  /** Those beside whom it is measured; ended together. */
  private final class Others implements AutoCloseable {
    private final List<Neighbour> all = new ArrayList<>();

    Others(Neighbour first) {
      all.add(first);
    }

    void add(String name, Optional<Neighbour> other) {
      other.ifPresentOrElse(
          all::add, () -> out.printf("%s is not there: apt-get install %s%n", name, name));
    }

    List<InTurns.Contender> contenders() {
      return all.stream().map(InTurns.Contender::of).toList();
    }

    @Override
    public void close() {
      all.forEach(Neighbour::close);
    }
  }
}
