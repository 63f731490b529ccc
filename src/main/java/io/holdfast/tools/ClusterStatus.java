package io.holdfast.tools;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What is known of a cluster from outside, as a table or as JSON.
 *
 * @param supervisor its process; empty when none runs
 */
record ClusterStatus(
    List<NodeStatus> nodes, DatabaseStatus database, Optional<ProcessMark> supervisor) {

  /** The shape that scripts rely on; a number that is not known is {@code null}. */
  String json() {
    var text = new StringWriter();
    try (var json = new JsonFactory().createGenerator(text)) {
      json.writeStartObject();
      json.writeArrayFieldStart("nodes");
      for (var node : nodes) {
        write(json, node);
      }
      json.writeEndArray();
      json.writeObjectFieldStart("database");
      json.writeStringField("kind", database.kind());
      number(json, "pid", database.pid());
      json.writeStringField("state", database.up() ? "up" : "down");
      json.writeStringField("url", database.url());
      json.writeEndObject();
      json.writeObjectFieldStart("supervisor");
      number(json, "pid", supervisor.map(ProcessMark::pid));
      json.writeStringField("state", supervisor.isPresent() ? "up" : "down");
      json.writeEndObject();
      json.writeEndObject();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return text.toString();
  }

  private static void write(JsonGenerator json, NodeStatus node) throws IOException {
    json.writeStartObject();
    json.writeNumberField("node", node.node());
    json.writeStringField("name", node.name());
    number(json, "pid", node.pid());
    json.writeStringField("state", node.state().text());
    json.writeBooleanField("oldest", node.oldest());
    json.writeStringField("http", node.http().toString());
    json.writeStringField("admin", node.admin().toString());
    number(json, "shards", node.shards());
    number(json, "documents", node.documents());
    json.writeNumberField("uptimeSeconds", node.uptimeSeconds());
    json.writeEndObject();
  }

  private static void number(JsonGenerator json, String name, Optional<Long> value)
      throws IOException {
    if (value.isPresent()) {
      json.writeNumberField(name, value.get());
    } else {
      json.writeNullField(name);
    }
  }

  /** One line a node, one for the database, one for the supervisor if there is one. */
  String table() {
    var rows = new ArrayList<List<String>>();
    rows.add(List.of("node", "state", "http", "admin", "pid", "shards", "documents", "uptime"));
    nodes.forEach(node -> rows.add(row(node)));
    rows.add(
        List.of(
            "database",
            database.up() ? "up" : "down",
            database.url(),
            "",
            text(database.pid()),
            "",
            "",
            ""));
    supervisor.ifPresent(it -> rows.add(row(it)));
    return Table.of(rows);
  }

  private static List<String> row(NodeStatus node) {
    return List.of(
        node.name(),
        node.state().text() + (node.oldest() ? " (oldest)" : ""),
        node.http().toString(),
        node.admin().toString(),
        text(node.pid()),
        text(node.shards()),
        text(node.documents()),
        node.pid().isPresent() ? node.uptimeSeconds() + " s" : "-");
  }

  private static List<String> row(ProcessMark supervisor) {
    return List.of(
        "supervisor",
        "up",
        "",
        "",
        Long.toString(supervisor.pid()),
        "",
        "",
        supervisor.age().toSeconds() + " s");
  }

  private static String text(Optional<Long> number) {
    return number.map(String::valueOf).orElse("-");
  }
}
