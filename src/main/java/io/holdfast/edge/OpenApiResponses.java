package io.holdfast.edge;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.HashMap;
import java.util.Map;

/** Responses that many operations of {@link OpenApi} have; each stands there once. */
final class OpenApiResponses {
  private final ObjectNode all = JsonNodeFactory.instance.objectNode();
  private final Map<ObjectNode, String> names = new HashMap<>();

  /** Refers to it; it is there from now on, by that name or one that begins so. */
  ObjectNode reference(String name, ObjectNode response) {
    var known = names.computeIfAbsent(response, it -> add(name, it));
    return JsonNodeFactory.instance.objectNode().put("$ref", "#/components/responses/" + known);
  }

  private String add(String name, ObjectNode response) {
    var free = name;
    for (int number = 2; all.has(free); number++) {
      free = name + "-" + number;
    }
    all.set(free, response);
    return free;
  }

  ObjectNode all() {
    return all;
  }
}
