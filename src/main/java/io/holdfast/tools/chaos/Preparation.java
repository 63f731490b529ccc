package io.holdfast.tools.chaos;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What faults arrange before a cluster starts: the environment of {@code scripts/cluster} and of
 * all that it starts.
 */
final class Preparation {
  private static final String NODE_OPTIONS = "HOLDFAST_NODE_OPTIONS";

  private final Path data;
  private final int nodes;
  private final DatabaseAddress database;
  private final Map<String, String> environment = new LinkedHashMap<>();
  private final List<String> nodeOptions = new ArrayList<>();

  /**
   * @param data where the cluster will be
   */
  Preparation(Path data, int nodes, DatabaseAddress database) {
    this.data = data;
    this.nodes = nodes;
    this.database = database;
  }

  Path data() {
    return data;
  }

  /** Of a node; its processes run in it. */
  Path directory(int node) {
    return data.resolve("n" + node);
  }

  Path databaseDirectory() {
    return data.resolve("database");
  }

  int nodes() {
    return nodes;
  }

  DatabaseAddress database() {
    return database;
  }

  /** An option of each node's JVM, such as {@code -Dholdfast.some.key=value}. */
  void nodeOption(String option) {
    nodeOptions.add(option);
  }

  /** A variable of the environment of all processes. */
  void variable(String name, String value) {
    environment.put(name, value);
  }

  /** What is to be added to the environment; options that are there already stay. */
  Map<String, String> environment(Map<String, String> present) {
    var all = new LinkedHashMap<>(environment);
    if (!nodeOptions.isEmpty()) {
      var options = new ArrayList<String>();
      options.add(present.getOrDefault(NODE_OPTIONS, ""));
      options.addAll(nodeOptions);
      all.put(NODE_OPTIONS, String.join(" ", options).strip());
    }
    return all;
  }
}
