package io.holdfast.tools.bench;

import java.io.IOException;
import java.io.PrintWriter;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/**
 * What a node adds to the time that an answer takes: requests at a fixed rate, sent whether or not
 * those before are answered, straight to the service and through the node in turns.
 */
final class AddedLatency {
  private static final int CONNECTIONS = 64;
  private static final double SETTLE_SECONDS = 2;

  private final Supplier<byte[]> requests;
  private final int perSecond;
  private final int seconds;
  private final PrintWriter out;
  private final int rounds;
  private final double settleSeconds;
  private long errors;

  AddedLatency(Supplier<byte[]> requests, int perSecond, int seconds, PrintWriter out) {
    this(requests, perSecond, seconds, out, InTurns.ROUNDS, SETTLE_SECONDS);
  }

  AddedLatency(
      Supplier<byte[]> requests,
      int perSecond,
      int seconds,
      PrintWriter out,
      int rounds,
      double settleSeconds) {
    this.rounds = rounds;
    this.settleSeconds = settleSeconds;
    this.requests = requests;
    this.perSecond = perSecond;
    this.seconds = seconds;
    this.out = out;
  }

  /**
   * Latencies of one turn, straight and through the node.
   *
   * @param p50Millis until half of all were answered
   */
  record Quantiles(double p50Millis, double p99Millis) {
    static Quantiles of(Latencies latencies) {
      return new Quantiles(latencies.atShare(0.5) / 1e6, latencies.atShare(0.99) / 1e6);
    }

    private String text() {
      return String.format(Locale.ROOT, "p50 %.3f ms, p99 %.3f ms", p50Millis, p99Millis);
    }
  }

  /** Measures, says it, and returns how many errors there were. */
  long measure(InetSocketAddress service, InetSocketAddress node) throws IOException {
    var straight = new ArrayList<Quantiles>();
    var through = new ArrayList<Quantiles>();
    for (int round = 0; round < rounds; round++) {
      straight.add(turn("the service itself", service));
      through.add(turn("through holdfast", node));
    }
    out.println(summary(perSecond, straight, through));
    out.flush();
    return errors;
  }

  private Quantiles turn(String name, InetSocketAddress address) throws IOException {
    try (var loop = new ClosedLoop(List.of(address), CONNECTIONS)) {
      errors += loop.runAtRate(requests, settleSeconds, perSecond).errors();
      var result = loop.runAtRate(requests, seconds, perSecond);
      errors += result.errors();
      var quantiles = Quantiles.of(result.latencies());
      out.printf("%s at %d/s: %s, %d errors%n", name, perSecond, quantiles.text(), result.errors());
      out.flush();
      return quantiles;
    }
  }

  /** The medians over the turns of what was added in each. */
  static String summary(int perSecond, List<Quantiles> straight, List<Quantiles> through) {
    var p50 =
        IntStream.range(0, straight.size())
            .mapToDouble(i -> through.get(i).p50Millis() - straight.get(i).p50Millis())
            .sorted()
            .toArray();
    var p99 =
        IntStream.range(0, straight.size())
            .mapToDouble(i -> through.get(i).p99Millis() - straight.get(i).p99Millis())
            .sorted()
            .toArray();
    return String.format(
        Locale.ROOT,
        "added at %d/s, medians of the turns: p50 %.3f ms (%.3f to %.3f),"
            + " p99 %.3f ms (%.3f to %.3f)",
        perSecond,
        p50[p50.length / 2],
        p50[0],
        p50[p50.length - 1],
        p99[p99.length / 2],
        p99[0],
        p99[p99.length - 1]);
  }
}
