package io.holdfast.edge;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** The path items of {@link OpenApi}, with the operations on each. */
final class OpenApiPaths {
  private final ObjectNode all = JsonNodeFactory.instance.objectNode();
  private final List<OpenApiOperation> operations = new ArrayList<>();

  ObjectNode path(String path) {
    return all.putObject(path);
  }

  OpenApiOperation operation(ObjectNode path, String method, String id, String summary) {
    var operation = new OpenApiOperation(path, method, id, summary);
    operations.add(operation);
    return operation;
  }

  /** GET, and HEAD, which is answered alike, without content. */
  void read(ObjectNode path, String id, String summary, Consumer<OpenApiOperation> described) {
    described.accept(operation(path, "get", id, summary));
    described.accept(operation(path, "head", id + "-head", summary + ": the head alone"));
  }

  void options(ObjectNode path, String id, String... fields) {
    var options = operation(path, "options", id + "-options", "What is taken here");
    options.answer(204, "Allow says so", fields);
  }

  /** The variable at the end of its path. */
  void idOf(ObjectNode path, ObjectNode schema) {
    var id = path.putArray("parameters").addObject();
    id.put("name", "id").put("in", "path").put("required", true);
    id.set("schema", schema);
  }

  /** All, once all is said. */
  ObjectNode end(OpenApiResponses shared) {
    operations.forEach(it -> it.end(shared));
    return all;
  }
}
