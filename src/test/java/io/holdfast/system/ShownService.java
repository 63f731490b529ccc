package io.holdfast.system;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.holdfast.testing.NodeProcesses;
import java.io.UncheckedIOException;

/** What a node's operator sees of a service. */
final class ShownService {
  private static final ObjectMapper JSON = new ObjectMapper();

  private ShownService() {}

  static JsonNode of(NodeProcesses nodes, int node, String name) {
    try {
      var shown = JSON.readTree(nodes.send(nodes.admin(node, "/upstreams"), "GET", "").body());
      for (var service : shown.get("upstreams")) {
        if (service.get("name").asText().equals(name)) {
          return service;
        }
      }
      throw new IllegalArgumentException(name);
    } catch (JsonProcessingException e) {
      throw new UncheckedIOException(e);
    }
  }
}
