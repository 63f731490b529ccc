package io.holdfast.tools.bench;

import java.io.IOException;
import java.io.PrintWriter;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The same load on several servers in turn, three times, so that what else the machine does falls
 * on all of them; and what each needs of the processors.
 */
final class InTurns {
  private static final int ROUNDS = 3;

  /** A server, and the processes of which it consists. */
  record Contender(String name, InetSocketAddress address, List<Long> pids) {
    static Contender of(Neighbour neighbour) {
      return new Contender(neighbour.name(), neighbour.address(), neighbour.pids());
    }
  }

  private record Round(double perSecond, double cpuPerThousand) {}

  private final byte[] request;
  private final int connections;
  private final int seconds;
  private final PrintWriter out;
  private long errors;

  InTurns(String path, int connections, int seconds, PrintWriter out) {
    this.request =
        ("GET " + path + " HTTP/1.1\r\nHost: bench\r\n\r\n").getBytes(StandardCharsets.US_ASCII);
    this.connections = connections;
    this.seconds = seconds;
    this.out = out;
  }

  /**
   * @param warmUp seconds that the first gets before anything is measured; the others need less
   * @return how many errors there were
   */
  long compare(Contender ours, List<Contender> others, int warmUp) throws IOException {
    var all = new ArrayList<Contender>();
    all.add(ours);
    all.addAll(others);
    var loops = new LinkedHashMap<Contender, ClosedLoop>();
    var rounds = new LinkedHashMap<Contender, List<Round>>();
    try {
      for (var contender : all) {
        var loop = new ClosedLoop(List.of(contender.address()), connections);
        loops.put(contender, loop);
        rounds.put(contender, new ArrayList<>());
        loop.run(() -> request, contender == ours ? warmUp : Math.min(warmUp, 2), Long.MAX_VALUE);
      }
      for (int round = 0; round < ROUNDS; round++) {
        for (var contender : all) {
          rounds.get(contender).add(round(contender, loops.get(contender)));
        }
      }
    } finally {
      for (var loop : loops.values()) {
        loop.close();
      }
    }
    others.forEach(other -> sayRatio(other.name(), rounds.get(ours), rounds.get(other)));
    return errors;
  }

  private void sayRatio(String other, List<Round> ours, List<Round> theirs) {
    double here = median(ours);
    double there = median(theirs);
    out.printf(
        "median of the rounds: holdfast needs %.2f times the processor time of %s"
            + " (%.2f of its requests per CPU second)%n",
        here / there, other, there / here);
    out.flush();
  }

  private static double median(List<Round> rounds) {
    return rounds.stream()
        .map(Round::cpuPerThousand)
        .sorted(Comparator.naturalOrder())
        .toList()
        .get(rounds.size() / 2);
  }

  private Round round(Contender contender, ClosedLoop loop) throws IOException {
    double before = Machine.cpuSeconds(contender.pids());
    var result = loop.run(() -> request, seconds, Long.MAX_VALUE);
    double used = Machine.cpuSeconds(contender.pids()) - before;
    errors += result.errors();
    var round =
        new Round(result.perSecond(), used / Math.max(1, result.latencies().count()) * 1000);
    out.printf(
        "%s: %.0f/s, p50 %.2f ms, p99 %.2f ms, %.3f CPU seconds per 1,000, %d errors%n",
        contender.name(),
        round.perSecond(),
        result.latencies().atShare(0.5) / 1e6,
        result.latencies().atShare(0.99) / 1e6,
        round.cpuPerThousand(),
        result.errors());
    out.flush();
    return round;
  }

  /** Requests at a fixed rate, one after the other through each in turn: what ours adds. */
  void sayAdded(Map<String, InetSocketAddress> addresses, int perSecond) throws IOException {
    for (int round = 0; round < ROUNDS; round++) {
      for (var it : addresses.entrySet()) {
        try (var loop = new ClosedLoop(List.of(it.getValue()), 8)) {
          var latencies = loop.runAtRate(() -> request, seconds, perSecond).latencies();
          out.printf(
              "%s at %d/s: p50 %.3f ms, p99 %.3f ms%n",
              it.getKey(), perSecond, latencies.atShare(0.5) / 1e6, latencies.atShare(0.99) / 1e6);
          out.flush();
        }
      }
    }
  }
}
