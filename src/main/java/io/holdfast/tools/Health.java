package io.holdfast.tools;

import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Whether a cluster can do without one of its nodes.
 *
 * @param nodes all of them
 */
record Health(List<NodeStatus> nodes) {

  static Health of(Cluster cluster) {
    return new Health(cluster.numbers().stream().map(cluster::status).toList());
  }

  /** The nodes that are not up, in words; empty when all are. */
  Optional<String> unfit() {
    var words =
        nodes.stream()
            .filter(it -> it.state() != NodeStatus.State.UP)
            .map(it -> it.name() + " is " + it.state().text())
            .collect(Collectors.joining(", "));
    return words.isEmpty() ? Optional.empty() : Optional.of(words);
  }

  /** The same, or that the shards are not where they will be. */
  Optional<String> missing() {
    return unfit()
        .or(
            () ->
                ShardSpread.isEven(nodes.stream().map(it -> it.shards().orElse(0L)).toList())
                    ? Optional.empty()
                    : Optional.of("the shards are not spread yet"));
  }
}
