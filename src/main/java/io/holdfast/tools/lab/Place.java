package io.holdfast.tools.lab;

/**
 * Where one process of a lab is.
 *
 * @param name of the place, and of its interface in the router
 * @param net the third part of its addresses
 */
public record Place(String name, int net) {
  private static final int NODES_MAX = 99;

  public static final Place DATABASE = new Place("database", 200);
  public static final Place CLIENTS = new Place("clients", 201);

  /** The place of a node. */
  public static Place node(int number) {
    if (number < 1 || number > NODES_MAX) {
      throw new IllegalArgumentException("node " + number + ": 1 to " + NODES_MAX);
    }
    return new Place("n" + number, number);
  }

  /** The address of what runs there. */
  public String host() {
    return "198.18." + net + ".2";
  }

  String gateway() {
    return "198.18." + net + ".1";
  }

  @Override
  public String toString() {
    return name;
  }
}
