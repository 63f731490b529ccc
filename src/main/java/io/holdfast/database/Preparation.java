package io.holdfast.database;

/** What {@link Database#prepare} found. */
public sealed interface Preparation {

  /**
   * The schema and its fixed rows are there, and they are this cluster's.
   *
   * @param generation of the database's history, see {@link Timeline}
   */
  record Ready(long generation) implements Preparation {}

  /**
   * This database must not be used with this configuration. The node does not start.
   *
   * @param reason one sentence for the operator, with the remedy
   */
  record Refused(String reason) implements Preparation {}
}
