package io.holdfast.tools.chaos;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.holdfast.tools.chaos.ClusterView.Node;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;

/**
 * Asks the nodes themselves, on their admin ports, how they are. {@code scripts/cluster status}
 * says the same, but its start costs a second of processor time, which the nodes under load would
 * miss.
 */
final class ClusterPoll {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Duration ANSWER_MAX = Duration.ofSeconds(2);

  private final HttpClient client = HttpClient.newBuilder().connectTimeout(ANSWER_MAX).build();
  private final ClusterView cluster;

  /**
   * @param cluster who is asked
   */
  ClusterPoll(ClusterView cluster) {
    this.cluster = cluster;
  }

  /** The nodes now; one that does not answer is down. */
  ClusterView look() {
    return new ClusterView(cluster.nodes().stream().map(this::look).toList());
  }

  private Node look(Node node) {
    var request =
        HttpRequest.newBuilder(node.admin().resolve("/cluster")).timeout(ANSWER_MAX).build();
    try {
      var answer = JSON.readTree(client.send(request, BodyHandlers.ofString()).body());
      return with(
          node,
          answer.path("state").asText(),
          answer.path("oldest").asBoolean(),
          answer.path("shards").asLong());
    } catch (IOException e) {
      return with(node, "down", false, 0);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ChaosFailure(1, "interrupted");
    }
  }

  private static Node with(Node node, String state, boolean oldest, long shards) {
    return new Node(node.number(), node.pid(), state, oldest, node.http(), node.admin(), shards);
  }
}
