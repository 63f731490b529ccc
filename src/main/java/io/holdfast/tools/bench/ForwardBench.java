package io.holdfast.tools.bench;

import java.io.IOException;
import java.io.PrintWriter;
import java.util.List;

/**
 * What it costs to forward a GET of 1 KiB through one node, beside what it costs others before the
 * same service in the same run; and how much longer the answer takes.
 */
final class ForwardBench {
  private static final int PER_SECOND = 1000;
  private static final String TARGET = ServiceStage.PATH + "/a";

  private final BenchCluster.Place place;
  private final Load load;
  private final PrintWriter out;

  ForwardBench(BenchCluster.Place place, Load load, PrintWriter out) {
    this.place = place;
    this.load = load;
    this.out = out;
  }

  /** Returns how many errors there were. */
  long measure() throws IOException {
    try (var scratch = Scratch.create()) {
      return measure(scratch, new ServiceStage(place, scratch, out));
    }
  }

  private long measure(Scratch scratch, ServiceStage stage) throws IOException {
    int port = stage.servicePort();
    try (var service = Neighbour.service(scratch.of("service"), port, "");
        var others = new Others();
        var cluster = stage.start(1, "routes.bench.cache.mode = off")) {
      others.with(
          Neighbour.nginx(scratch.of("nginx"), stage.nginxPort(), port, load.connections()));
      others.with(
          "caddy",
          Neighbour.caddy(scratch.of("caddy"), stage.otherPort(), port, load.connections()));
      others.with(load.beside());
      var requests = Load.gets(List.of(TARGET));
      var inTurns = new InTurns(requests, load.connections(), load.seconds(), out);
      var turns =
          inTurns.measure(
              stage.all(cluster, others),
              load.warmUpSeconds(),
              AnsweredBy.SERVICE,
              new ServiceCount(port));
      var added = new AddedLatency(requests, PER_SECOND, load.seconds(), out);
      long errors = added.measure(service.address(), stage.ours(cluster).address());
      out.println(others.compare(turns));
      return inTurns.errors() + errors;
    }
  }
}
