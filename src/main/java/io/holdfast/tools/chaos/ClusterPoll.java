package io.holdfast.tools.chaos;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.holdfast.tools.chaos.ClusterView.Node;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * Asks the nodes themselves, on their admin ports, how they are. {@code scripts/cluster status}
 * says the same, but its start costs a second of processor time, which the nodes under load would
 * miss.
 */
final class ClusterPoll {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Duration ANSWER_MAX = Duration.ofSeconds(2);

  private final String token;
  private final HttpClient client = HttpClient.newBuilder().connectTimeout(ANSWER_MAX).build();

  /**
   * @param token that the admin ports ask for; empty: none
   */
  ClusterPoll(String token) {
    this.token = token;
  }

  /**
   * What a node says.
   *
   * @param life changes when it has begun anew, also within one process; empty when it does not say
   */
  record Answer(Node node, String life) {}

  /** All at once; one that does not answer is down. */
  List<Answer> ask(List<Node> nodes) {
    var asked = nodes.stream().map(this::ask).toList();
    return asked.stream().map(CompletableFuture::join).toList();
  }

  /** The nodes now. */
  ClusterView look(ClusterView cluster) {
    return new ClusterView(ask(cluster.nodes()).stream().map(Answer::node).toList());
  }

  private CompletableFuture<Answer> ask(Node node) {
    var request = HttpRequest.newBuilder(node.admin().resolve("/cluster")).timeout(ANSWER_MAX);
    if (!token.isEmpty()) {
      request.header("Authorization", "Bearer " + token);
    }
    return client
        .sendAsync(request.build(), BodyHandlers.ofString())
        .thenApply(it -> read(node, it.body()))
        .exceptionally(failure -> new Answer(with(node, "down", false, 0), ""));
  }

  private static Answer read(Node node, String body) {
    var said = parse(body);
    return new Answer(
        with(
            node,
            said.path("state").asText(),
            said.path("oldest").asBoolean(),
            said.path("shards").asLong()),
        said.path("incarnation").asText());
  }

  private static JsonNode parse(String body) {
    try {
      return JSON.readTree(body);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("no JSON from the admin port", e);
    }
  }

  private static Node with(Node node, String state, boolean oldest, long shards) {
    return new Node(node.number(), node.pid(), state, oldest, node.http(), node.admin(), shards);
  }
}
