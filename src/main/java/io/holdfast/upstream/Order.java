package io.holdfast.upstream;

/**
 * What an operator wants of a service or of one of its instances, on all nodes.
 *
 * @param instance its name; empty: the service's breaker
 * @param version of several orders about the same the highest wins
 * @param by the node that it was given to, which decides between equal versions
 */
public record Order(String service, String instance, Word word, long version, String by) {

  /** What is to be done. */
  public enum Word {
    OPEN,
    CLOSE,
    AUTO,
    DRAIN,
    RESTORE
  }

  boolean isNewerThan(Order other) {
    return version != other.version ? version > other.version : by.compareTo(other.by) > 0;
  }

  String about() {
    return service + " " + instance;
  }
}
