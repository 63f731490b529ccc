package io.holdfast.tools.bench;

import io.holdfast.tools.OwnClusterOptions;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A service that answers with 1 KiB, a cluster with a route to it, and where others may stand that
 * are before the same service.
 */
final class ServiceStage {
  // Above the base port, where no node is.
  private static final int SERVICE_PORT = 500;
  private static final int NGINX_PORT = 501;
  private static final int OTHER_PORT = 502;

  /** What the route to the service begins with. */
  static final String PATH = "/bench";

  private final BenchCluster.Place place;
  private final Scratch scratch;
  private final PrintWriter out;

  ServiceStage(BenchCluster.Place place, Scratch scratch, PrintWriter out) {
    this.place = place;
    this.scratch = scratch;
    this.out = out;
  }

  int servicePort() {
    return place.basePort() + SERVICE_PORT;
  }

  int nginxPort() {
    return place.basePort() + NGINX_PORT;
  }

  int otherPort() {
    return place.basePort() + OTHER_PORT;
  }

  /**
   * @param more configuration, beside the route {@code bench}
   */
  BenchCluster start(int nodes, String more) throws IOException {
    return start(nodes, "", more);
  }

  /**
   * @param first configuration that stands before ours
   */
  BenchCluster start(int nodes, String first, String more) throws IOException {
    var config = scratch.of("cluster").resolve("holdfast.conf");
    Files.writeString(
        config,
        """
        %s
        holdfast {
          upstreams.bench.instances = ["http://127.0.0.1:%d"]
          routes.bench { path = "%s", upstream = bench }
          %s
        }
        """
            .formatted(first, servicePort(), PATH, more));
    return BenchCluster.start(OwnClusterOptions.script(), place, nodes, Optional.of(config), out);
  }

  /** The cluster as seen through its first node: what all its nodes use counts. */
  Contender ours(BenchCluster cluster) {
    return new Contender(
        "holdfast", BenchCluster.addresses(place.basePort(), 1).get(0), cluster.nodePids());
  }

  /** Ours first. */
  List<Contender> all(BenchCluster cluster, Others others) {
    var all = new ArrayList<Contender>();
    all.add(ours(cluster));
    all.addAll(others.contenders());
    return all;
  }
}
