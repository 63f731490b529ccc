package io.holdfast.tools.chaos;

import io.holdfast.tools.chaos.ClusterView.Node;
import java.util.List;
import java.util.Random;

/** Which nodes a fault is done to. */
enum Victims {
  NONE,
  ANY,
  /** One that is not the oldest. */
  YOUNG,
  /** The one that has the cluster's singletons. */
  OLDEST,
  OLDEST_THEN_YOUNG,
  ALL_BUT_ONE,
  ALL;

  /** How many of so many. */
  int count(int nodes) {
    return switch (this) {
      case NONE -> 0;
      case ANY, YOUNG, OLDEST -> 1;
      case OLDEST_THEN_YOUNG -> 2;
      case ALL_BUT_ONE -> nodes - 1;
      case ALL -> nodes;
    };
  }

  /** In the order in which it is done to them. */
  List<Node> of(List<Node> nodes, Random random) {
    return switch (this) {
      case NONE -> List.of();
      case ANY -> List.of(any(nodes, random));
      case YOUNG -> List.of(young(nodes, random));
      case OLDEST -> List.of(oldest(nodes));
      case OLDEST_THEN_YOUNG -> List.of(oldest(nodes), young(nodes, random));
      case ALL_BUT_ONE -> {
        var survivor = any(nodes, random);
        yield nodes.stream().filter(it -> !it.equals(survivor)).toList();
      }
      case ALL -> List.copyOf(nodes);
    };
  }

  private static Node oldest(List<Node> nodes) {
    return nodes.stream()
        .filter(Node::oldest)
        .findFirst()
        .orElseThrow(() -> new ChaosFailure(1, "no node says that it is the oldest"));
  }

  private static Node young(List<Node> nodes, Random random) {
    return any(nodes.stream().filter(it -> !it.oldest()).toList(), random);
  }

  private static Node any(List<Node> nodes, Random random) {
    return nodes.get(random.nextInt(nodes.size()));
  }
}
