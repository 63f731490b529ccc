package io.holdfast.tools.bench;

import java.io.IOException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * What it costs that a change makes what is stored invalid: a GET of a target, which is stored, and
 * a POST to it, in turn, on a route that is kept warm and on one that is not, in the same run. On
 * the former each change removes a row of the database before it is answered.
 */
final class ChangeBench {
  private static final int TARGETS = 500;
  private static final String STORABLE = "add_header Cache-Control max-age=3600;";
  private static final String WARM_PATH = "/warm";
  private static final String WARM_ROUTE =
      "routes.warm { path = \"%s\", upstream = bench, cache.warm = true }".formatted(WARM_PATH);
  private static final Map<String, String> PATHS = new LinkedHashMap<>();

  static {
    PATHS.put("warm", WARM_PATH);
    PATHS.put("not warm", ServiceStage.PATH);
  }

  private final BenchCluster.Place place;
  private final int nodes;
  private final Load load;
  private final PrintWriter out;
  private long errors;

  ChangeBench(BenchCluster.Place place, int nodes, Load load, PrintWriter out) {
    this.place = place;
    this.nodes = nodes;
    this.load = load;
    this.out = out;
  }

  /** Returns how many errors there were. */
  long measure() throws IOException {
    try (var scratch = Scratch.create()) {
      var stage = new ServiceStage(place, scratch, out);
      try (var service = Neighbour.service(scratch.of("service"), stage.servicePort(), STORABLE);
          var cluster = stage.start(nodes, WARM_ROUTE)) {
        var turns = turns(stage.ours(cluster));
        out.println("a GET and a POST in turn, " + TARGETS + " targets, " + nodes + " nodes:");
        out.println(
            new Comparison("warm", turns.get("warm")).beside("not warm", turns.get("not warm")));
      }
    }
    return errors;
  }

  private Map<String, List<Turn>> turns(Contender ours) throws IOException {
    var turns = new LinkedHashMap<String, List<Turn>>();
    for (var route : PATHS.entrySet()) {
      turn(ours, route.getValue(), load.warmUpSeconds());
      turns.put(route.getKey(), new ArrayList<>());
    }
    for (int round = 1; round <= InTurns.ROUNDS; round++) {
      for (var route : PATHS.entrySet()) {
        turns.get(route.getKey()).add(turn(ours, route.getValue(), load.seconds()));
      }
    }
    return turns;
  }

  private Turn turn(Contender ours, String path, int seconds) throws IOException {
    var targets = IntStream.range(0, TARGETS).mapToObj(i -> path + "/" + i).toList();
    try (var loop = new ClosedLoop(List.of(ours.address()), load.connections())) {
      double before = Machine.cpuSeconds(ours.pids());
      var result = loop.run(Load.changes(targets), seconds, Long.MAX_VALUE);
      errors += result.errors();
      return Turn.of(result, Machine.cpuSeconds(ours.pids()) - before);
    }
  }
}
