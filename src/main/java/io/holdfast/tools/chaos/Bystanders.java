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
    try {
      var file = Files.createTempFile("holdfast-chaos-", ".conf");
      file.toFile().deleteOnExit();
      var database = new FilledDatabase(OperatorFile.read(config));
      Files.writeString(file, database.configuration(config.orElseThrow()));
      return Optional.of(new Bystanders(count, database, file));
    } catch (SQLException e) {
      throw new ChaosFailure(
          ChaosFailure.UNUSABLE,
          "no schema can be made in the database that the configuration names: " + e.getMessage());
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
