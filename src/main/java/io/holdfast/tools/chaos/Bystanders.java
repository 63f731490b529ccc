package io.holdfast.tools.chaos;

import io.holdfast.tools.FilledDatabase;
import io.holdfast.tools.FilledDatabase.Range;
import io.holdfast.tools.OperatorFile;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.Optional;

/**
 * Documents that nobody asks for, in a schema of the run's own in a PostgreSQL: so that there are
 * as many as a real one has.
 */
final class Bystanders implements AutoCloseable {
  private final int count;
  private final FilledDatabase database;
  private final Path config;
  private final Thread atTheEnd = new Thread(this::close, "remove the schema");

  private Bystanders(int count, FilledDatabase database, Path config) {
    this.count = count;
    this.database = database;
    this.config = config;
  }

  /**
   * Makes the schema; they come into it with {@link #fill}.
   *
   * @param count with 0 there are none, and no schema
   * @param config names the PostgreSQL
   */
  static Optional<Bystanders> of(int count, Optional<Path> config) throws IOException {
    if (count == 0) {
      return Optional.empty();
    }
    var file = Files.createTempFile("holdfast-chaos-", ".conf");
    file.toFile().deleteOnExit();
    return Optional.of(of(count, config.orElseThrow(), file));
  }

  /**
   * The same.
   *
   * @param file becomes the configuration of the nodes
   */
  static Bystanders of(int count, Path config, Path file) throws IOException {
    var bystanders = new Bystanders(count, schema(config), file);
    Runtime.getRuntime().addShutdownHook(bystanders.atTheEnd);
    try {
      Files.writeString(file, bystanders.database.configuration(config));
      return bystanders;
    } catch (IOException e) {
      bystanders.close();
      throw e;
    }
  }

  private static FilledDatabase schema(Path config) {
    try {
      return new FilledDatabase(OperatorFile.read(Optional.of(config)));
    } catch (SQLException e) {
      throw new ChaosFailure(
          ChaosFailure.UNUSABLE,
          "no schema can be made in the database that the configuration names: " + e.getMessage());
    }
  }

  /**
   * From now on the caller closes them where the process is told to end; until then they do so by
   * themselves. Whoever did it before its nodes are stopped would take the database from them.
   *
   * @return whether they still did
   */
  boolean release() {
    try {
      return Runtime.getRuntime().removeShutdownHook(atTheEnd);
    } catch (IllegalStateException e) { // it ends already: what is closed twice is closed
      return false;
    }
  }

  /** Of the nodes. */
  Path config() {
    return config;
  }

  DatabaseAddress address() {
    return new DatabaseAddress(database.url(), false);
  }

  /**
   * Fills the database, and tells how far that is.
   *
   * @param node one that serves from it
   */
  void fill(URI node, RunClock clock, Timeline timeline) {
    long began = timeline.tell("filling the database with %,d documents".formatted(count));
    try {
      database.writeModels(node);
      database.fill(
          count, Range.NONE, made -> timeline.tellFar(clock.now(), made, count, "documents made"));
      timeline.tell(
          "%,d documents that nobody asks for: %,d MiB in the database, filled in %.0f s"
              .formatted(count, database.bytes() >> 20, RunClock.seconds(clock.now() - began)));
    } catch (IOException | SQLException e) {
      throw new ChaosFailure(1, "the database cannot be filled: " + e.getMessage());
    }
  }

  /** Removes them, with the schema; to be called once the cluster is stopped. */
  @Override
  public void close() {
    release();
    try {
      database.close();
    } catch (SQLException e) {
      throw new ChaosFailure(
          1,
          "the schema is still there, remove it with DROP SCHEMA %s CASCADE: %s"
              .formatted(database.schema(), e.getMessage()));
    }
  }
}
