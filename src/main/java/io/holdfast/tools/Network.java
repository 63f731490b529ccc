package io.holdfast.tools;

import io.holdfast.tools.lab.Lab;
import io.holdfast.tools.lab.Place;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Where the processes of a cluster are: on this machine's own network, or each at a place of its
 * own in a lab. Its directory is named by {@value #VARIABLE}, and the commands themselves run at
 * the clients' place then, as {@code scripts/chaos} has them do.
 */
public record Network(Optional<Lab> lab) {
  public static final String VARIABLE = "HOLDFAST_LAB";

  /** This machine's. */
  static final Network OWN = new Network(Optional.empty());

  static final String LOOPBACK = "127.0.0.1";

  /** The one that this process is in. */
  public static Network ofThisProcess() {
    return new Network(Optional.ofNullable(System.getenv(VARIABLE)).map(Path::of).map(Lab::at));
  }

  /**
   * Where a node listens.
   *
   * @param usual on a network that is no lab
   */
  String host(int node, String usual) {
    return lab.isPresent() ? Place.node(node).host() : usual;
  }

  /** Where the embedded database listens. */
  String databaseHost() {
    return lab.isPresent() ? Place.DATABASE.host() : LOOPBACK;
  }

  /** The command that runs a command where the node is. */
  List<String> atNode(int node, List<String> command) {
    return lab.map(it -> it.in(Place.node(node), command)).orElse(command);
  }

  /** The command that runs a command where the embedded database is. */
  List<String> atDatabase(List<String> command) {
    return lab.map(it -> it.in(Place.DATABASE, command)).orElse(command);
  }

  /** Refuses with a line when the port cannot be listened on; a place has all ports to itself. */
  void requireFree(String host, int port, String whose) {
    if (lab.isEmpty()) {
      PortCheck.requireFree(host, port, whose);
    }
  }
}
