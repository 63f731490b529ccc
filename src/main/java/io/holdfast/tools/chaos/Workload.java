package io.holdfast.tools.chaos;

import io.holdfast.tools.chaos.Operation.Kind;
import io.holdfast.tools.chaos.Operation.Phase;
import io.holdfast.tools.chaos.Operation.Request;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.IntStream;

/**
 * Which requests to send: half of them read; 40 % write, 5 % write on a condition, 5 % delete. Half
 * of them go to a few hot documents, the rest to all.
 */
final class Workload {
  private static final int READS = 50;
  private static final int WRITES = 40;
  private static final int CONDITIONAL = 5;

  private final Random random;
  private final String name;
  private final int keys;
  private final int hot;
  private final Map<String, Long> versions = new ConcurrentHashMap<>();
  private long number;

  Workload(long seed, int keys, int hot) {
    this("", seed, keys, hot);
  }

  /**
   * @param name what its documents' and requests' keys begin with
   */
  Workload(String name, long seed, int keys, int hot) {
    this.name = name;
    random = new Random(seed);
    this.keys = keys;
    this.hot = hot;
  }

  /** To be called by one thread at a time. */
  Request next(Phase phase, List<Integer> nodes) {
    number++;
    var read = nextRead(phase, nodes);
    int dice = random.nextInt(100);
    if (dice < READS) {
      return read;
    }
    var key = read.key();
    int node = read.node();
    var requestKey = name + "chaos-" + number;
    if (dice < READS + WRITES + CONDITIONAL) {
      var known = versions.get(key);
      var ifMatch =
          dice < READS + WRITES || known == null ? OptionalLong.empty() : OptionalLong.of(known);
      var value = "{\"write\":%d}".formatted(number);
      return new Request(key, Kind.PUT, requestKey, value, ifMatch, node, phase);
    }
    return new Request(key, Kind.DELETE, requestKey, "", OptionalLong.empty(), node, phase);
  }

  /** A write of each document, at one node after another. */
  List<Request> fill(List<Integer> nodes) {
    return IntStream.range(0, keys)
        .mapToObj(
            it ->
                new Request(
                    key(it),
                    Kind.PUT,
                    name + "chaos-fill-" + it,
                    "{\"fill\":%d}".formatted(it),
                    OptionalLong.empty(),
                    nodes.get(it % nodes.size()),
                    Phase.FILL))
        .toList();
  }

  /** A read of each document at each node. */
  List<Request> lookAround(List<Integer> nodes) {
    return IntStream.range(0, keys)
        .boxed()
        .flatMap(
            key ->
                nodes.stream()
                    .map(
                        it ->
                            new Request(
                                key(key), Kind.GET, "", "", OptionalLong.empty(), it, Phase.FILL)))
        .toList();
  }

  /** A read whatever the dice; else the same. */
  Request nextRead(Phase phase, List<Integer> nodes) {
    var key = key(random.nextBoolean() ? random.nextInt(hot) : random.nextInt(keys));
    int node = nodes.get(random.nextInt(nodes.size()));
    return new Request(key, Kind.GET, "", "", OptionalLong.empty(), node, phase);
  }

  /** Of the document of that number. */
  String key(int document) {
    return name + "d" + document;
  }

  /** Conditions are about versions that were seen. */
  void learn(Operation operation) {
    if (operation.isSuccess()
        && operation.result() instanceof Operation.Result.Answered answered
        && answered.version().isPresent()) {
      versions.put(operation.request().key(), answered.version().getAsLong());
    }
  }
}
