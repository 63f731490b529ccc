package io.holdfast.tools.bench;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * Answers of 1 KiB that are stored: from a copy on the node that is asked, beside what others
 * before the same service need for that in the same run; and from the memory of another node,
 * without copies.
 */
final class CacheBench {
  private static final String STORABLE = "add_header Cache-Control max-age=3600;";
  private static final String TARGET = ServiceStage.PATH + "/a";
  private static final String NO_COPIES = "cache.copies-max = 0KiB";

  private final BenchCluster.Place place;
  private final int nodes;
  private final Load load;
  private final PrintWriter out;

  /**
   * @param nodes of the cluster in which another node is asked; with one there is none
   */
  CacheBench(BenchCluster.Place place, int nodes, Load load, PrintWriter out) {
    this.place = place;
    this.nodes = nodes;
    this.load = load;
    this.out = out;
  }

  /** Returns how many errors there were. */
  long measure() throws IOException {
    long errors;
    try (var scratch = Scratch.create()) {
      errors = atTheEdge(scratch, new ServiceStage(place, scratch, out));
    }
    if (nodes < 2) {
      return errors;
    }
    try (var scratch = Scratch.create()) {
      return errors + atAnotherNode(scratch, new ServiceStage(place, scratch, out));
    }
  }

  private long atTheEdge(Scratch scratch, ServiceStage stage) throws IOException {
    int port = stage.servicePort();
    try (var service = Neighbour.service(scratch.of("service"), port, STORABLE);
        var others = new Others();
        var cluster = stage.start(1, "")) {
      others.with(
          Neighbour.cachingNginx(scratch.of("nginx"), stage.nginxPort(), port, load.connections()));
      others.with("varnish", Neighbour.varnish(scratch.of("varnish"), stage.otherPort(), port));
      others.with(load.beside());
      Stored.require(stage.ours(cluster), TARGET);
      var inTurns =
          new InTurns(Load.gets(List.of(TARGET)), load.connections(), load.seconds(), out);
      var turns =
          inTurns.measure(
              stage.all(cluster, others),
              load.warmUpSeconds(),
              AnsweredBy.STORE,
              new ServiceCount(service.address().getPort()));
      out.println("from a copy on the node that is asked:");
      out.println(others.compare(turns));
      return inTurns.errors() + profile(stage.ours(cluster), scratch.of("profile"));
    }
  }

  /** As long as all turns of ours were: samples are few. Nothing else is measured meanwhile. */
  private long profile(Contender ours, Path directory) throws IOException {
    try (var loop = new ClosedLoop(List.of(ours.address()), load.connections())) {
      var profile = Profile.begin(ours.pids().get(0), directory);
      var result =
          loop.run(Load.gets(List.of(TARGET)), InTurns.ROUNDS * load.seconds(), Long.MAX_VALUE);
      out.println("where it goes: " + profile.end());
      return result.errors();
    }
  }

  private long atAnotherNode(Scratch scratch, ServiceStage stage) throws IOException {
    int port = stage.servicePort();
    try (var service = Neighbour.service(scratch.of("service"), port, STORABLE);
        var cluster = stage.start(nodes, NO_COPIES)) {
      var ours = stage.ours(cluster);
      var targets = Stored.elsewhere(ours, cluster.adminPort(), ServiceStage.PATH);
      var inTurns = new InTurns(Load.gets(targets), load.connections(), load.seconds(), out);
      var turns =
          inTurns.measure(
              List.of(ours),
              load.warmUpSeconds(),
              AnsweredBy.STORE,
              new ServiceCount(service.address().getPort()));
      say(turns, targets.size());
      return inTurns.errors();
    }
  }

  private void say(Map<String, List<Turn>> turns, int targets) {
    out.printf("from the memory of other nodes, no copies: %d nodes, %d targets%n", nodes, targets);
    turns.forEach((name, its) -> out.println(new Comparison(name, its)));
  }
}
