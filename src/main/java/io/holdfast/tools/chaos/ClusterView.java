package io.holdfast.tools.chaos;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.holdfast.tools.ShardSpread;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** What {@code scripts/cluster status --json} says. */
public record ClusterView(List<Node> nodes) {
  private static final ObjectMapper JSON = new ObjectMapper();

  /**
   * One node.
   *
   * @param pid 0 when it does not run
   * @param shards 0 when it does not say
   */
  public record Node(
      int number, long pid, String state, boolean oldest, URI http, URI admin, long shards) {
    public boolean isUp() {
      return state.equals("up");
    }

    /** As it is called in commands and logs. */
    public String name() {
      return "n" + number;
    }
  }

  /** Reads the JSON object in the text. */
  static ClusterView parse(String text) throws JsonProcessingException {
    var nodes = new ArrayList<Node>();
    for (var node : JSON.readTree(text.substring(Math.max(0, text.indexOf('{')))).path("nodes")) {
      nodes.add(node(node));
    }
    return new ClusterView(List.copyOf(nodes));
  }

  private static Node node(JsonNode node) {
    return new Node(
        node.path("node").asInt(),
        node.path("pid").asLong(),
        node.path("state").asText(),
        node.path("oldest").asBoolean(),
        URI.create(node.path("http").asText()),
        URI.create(node.path("admin").asText()),
        node.path("shards").asLong());
  }

  List<Integer> numbers() {
    return nodes.stream().map(Node::number).toList();
  }

  Map<Integer, URI> addresses() {
    return nodes.stream().collect(Collectors.toMap(Node::number, Node::http));
  }

  public boolean isAllUp() {
    return !nodes.isEmpty() && nodes.stream().allMatch(Node::isUp);
  }

  /** Each node has at least half of an equal share of the shards. */
  boolean isSpread() {
    return ShardSpread.isEven(nodes.stream().map(Node::shards).toList());
  }

  public boolean isWhole() {
    return isAllUp() && isSpread();
  }
}
