package io.holdfast.admin;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletionStage;

/** What the operator's port shows of this node, and what it can make it do. */
public interface NodeView {
  /** In the order of a node's life. */
  enum State {
    STARTING,
    READY,
    DRAINING,
    /** Ready once, but it reaches few of the shards now. */
    CUT_OFF,
    /** Ready once, but it does not answer its own requests now. */
    FAILING;

    String shown() {
      return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
  }

  /**
   * What readiness rests on.
   *
   * @param checks by name, {@code ok} or what is wrong
   */
  record Readiness(State state, Map<String, String> checks) {}

  /** A node of the cluster as this node sees it. */
  record ClusterMember(String name, String address, String state, boolean oldest) {}

  /**
   * This node and the cluster around it.
   *
   * @param documents in memory on this node
   * @param startSeconds from the start of the process to ready
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record Status(
      String name,
      @JsonProperty("incarnation") String incarnation,
      String state,
      boolean oldest,
      int shards,
      long documents,
      long uptimeSeconds,
      double startSeconds,
      String http,
      String admin,
      Map<String, Object> database,
      List<ClusterMember> members) {}

  Readiness readiness();

  CompletionStage<Status> status();

  /** The same at once, without the number of documents: -1. */
  Status glance();

  /** The shards of documents that this node owns. */
  List<Integer> shards();

  /** How many shards of documents there are in all. */
  int shardsOfAll();

  /** Begins to leave the cluster in order, and then ends the process. */
  void drain();
}
