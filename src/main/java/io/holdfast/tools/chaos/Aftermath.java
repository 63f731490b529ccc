package io.holdfast.tools.chaos;

import io.holdfast.tools.chaos.Operation.Kind;
import io.holdfast.tools.chaos.Operation.Phase;
import io.holdfast.tools.chaos.Operation.Request;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.OptionalLong;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** What is asked after the load: unknown outcomes once more, then each document at each node. */
final class Aftermath {
  private final Sender sender;
  private final List<Integer> nodes;

  Aftermath(Sender sender, List<Integer> nodes) {
    this.sender = sender;
    this.nodes = nodes;
  }

  /** Repeats each write whose outcome is not known, with its request key. */
  List<Operation> repeatUnknown(Collection<Operation> history) {
    var requests = new ArrayList<Request>();
    for (var operation : history) {
      if (operation.request().kind() != Kind.GET && operation.isOutcomeUnknown()) {
        requests.add(again(operation.request(), nodes.get(requests.size() % nodes.size())));
      }
    }
    return sender.sendAll(requests);
  }

  private static Request again(Request first, int node) {
    return new Request(
        first.key(),
        first.kind(),
        first.requestKey(),
        first.value(),
        first.ifMatch(),
        node,
        Phase.REPEATED);
  }

  /** Reads each document through each node. */
  List<Operation> readAll(Collection<Operation> history) {
    var keys =
        history.stream()
            .map(it -> it.request().key())
            .collect(Collectors.toCollection(TreeSet::new));
    var requests = new ArrayList<Request>();
    for (var key : keys) {
      for (int node : nodes) {
        requests.add(new Request(key, Kind.GET, "", "", OptionalLong.empty(), node, Phase.FINAL));
      }
    }
    return sender.sendAll(requests);
  }
}
