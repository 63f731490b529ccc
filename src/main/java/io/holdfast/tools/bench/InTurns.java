package io.holdfast.tools.bench;

import java.io.IOException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/**
 * The same load on several servers in turn, several times, so that what else the machine does falls
 * on all of them; and what each needs of the processors. Each turn has connections of its own: a
 * server may close what is idle while others have theirs.
 */
final class InTurns {
  static final int ROUNDS = 5;
  private static final int SETTLE_SECONDS = 1;

  private final Supplier<byte[]> requests;
  private final int connections;
  private final int seconds;
  private final PrintWriter out;
  private long errors;

  InTurns(Supplier<byte[]> requests, int connections, int seconds, PrintWriter out) {
    this.requests = requests;
    this.connections = connections;
    this.seconds = seconds;
    this.out = out;
  }

  /**
   * The turns of each.
   *
   * @param warmUp seconds that each gets before anything is measured
   * @param count at the service, which is asked whether the answers come from where they should
   */
  Map<String, List<Turn>> measure(
      List<Contender> all, int warmUp, AnsweredBy answeredBy, ServiceCount count)
      throws IOException {
    var turns = new LinkedHashMap<String, List<Turn>>();
    for (var contender : all) {
      say("%s: warming up for %d s", contender.name(), warmUp);
      try (var loop = open(contender)) {
        loop.run(requests, warmUp, Long.MAX_VALUE);
      }
      turns.put(contender.name(), new ArrayList<>());
    }
    for (int round = 1; round <= ROUNDS; round++) {
      for (var contender : all) {
        count.more();
        var turn = turn(contender, answeredBy, count);
        say(
            "%d. %s: %.0f/s, p50 %.2f ms, p99 %.2f ms, %.4f CPU seconds per 1,000",
            round,
            contender.name(),
            turn.perSecond(),
            turn.p50Millis(),
            turn.p99Millis(),
            turn.cpuPerThousand());
        turns.get(contender.name()).add(turn);
      }
    }
    return turns;
  }

  /** Answers that were no success, and connections that broke, of all turns. */
  long errors() {
    return errors;
  }

  private ClosedLoop open(Contender contender) throws IOException {
    return new ClosedLoop(List.of(contender.address()), connections);
  }

  private Turn turn(Contender contender, AnsweredBy answeredBy, ServiceCount count)
      throws IOException {
    try (var loop = open(contender)) {
      var settled = loop.run(requests, SETTLE_SECONDS, Long.MAX_VALUE);
      double before = Machine.cpuSeconds(contender.pids());
      var result = loop.run(requests, seconds, Long.MAX_VALUE);
      double used = Machine.cpuSeconds(contender.pids()) - before;
      errors += settled.errors() + result.errors();
      if (result.errors() > 0) {
        say("%s: %d errors", contender.name(), result.errors());
      }
      long answers = settled.latencies().count() + result.latencies().count();
      long atService = count.more();
      if (!answeredBy.fits(answers, atService)) {
        throw new BenchCluster.Failed(
            1,
            "%s: %s: %d, and %d requests there"
                .formatted(contender.name(), answeredBy.otherwise(), answers, atService));
      }
      return Turn.of(result, used);
    }
  }

  private void say(String format, Object... values) {
    out.println(format.formatted(values));
    out.flush();
  }
}
