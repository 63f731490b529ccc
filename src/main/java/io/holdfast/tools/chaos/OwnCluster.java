package io.holdfast.tools.chaos;

import io.holdfast.tools.OwnClusterOptions;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/** The cluster of a run; stopped when the run is over, also when it is broken off. */
final class OwnCluster implements AutoCloseable {
  /** What {@code scripts/cluster} writes before it starts anything. */
  private static final String BEGUN = "cluster.properties";

  private final ClusterScript script;
  private final Stage stage;
  private final Optional<Bystanders> bystanders;
  private final boolean keep;
  private boolean closed;

  private OwnCluster(
      Stage stage, Preparation preparation, Optional<Bystanders> bystanders, boolean keep) {
    this.script =
        new ClusterScript(
            OwnClusterOptions.script(),
            preparation.data(),
            preparation.environment(System.getenv()));
    this.stage = stage;
    this.bystanders = bystanders;
    this.keep = keep;
  }

  /**
   * Begins with nothing but what the faults need.
   *
   * @param bystanders closed when it is stopped
   * @param keep leave its directory when it is stopped
   */
  static OwnCluster of(
      List<Fault> faults, Preparation preparation, Optional<Bystanders> bystanders, boolean keep) {
    var stage = stage(faults, preparation, bystanders);
    var cluster = new OwnCluster(stage, preparation, bystanders, keep);
    // Not removed again: it does nothing once the cluster is closed.
    Runtime.getRuntime().addShutdownHook(new Thread(cluster::close, "stop the cluster"));
    bystanders.ifPresent(Bystanders::release);
    return cluster;
  }

  private static Stage stage(
      List<Fault> faults, Preparation preparation, Optional<Bystanders> bystanders) {
    try {
      return Stage.of(faults, preparation);
    } catch (RuntimeException e) {
      delete(preparation.data());
      bystanders.ifPresent(Bystanders::close);
      throw e;
    }
  }

  Stage stage() {
    return stage;
  }

  Optional<Bystanders> bystanders() {
    return bystanders;
  }

  ClusterScript script() {
    return script;
  }

  @Override
  public synchronized void close() {
    if (closed) {
      return;
    }
    closed = true;
    boolean stopped = false;
    try {
      stopped = stop();
    } finally {
      end();
    }
    if (stopped && !keep) {
      delete(script.data());
    }
  }

  private void end() {
    try {
      stage.close();
    } finally {
      bystanders.ifPresent(Bystanders::close);
    }
  }

  /** In order if it can be, else by force. */
  private boolean stop() {
    if (!Files.exists(script.data().resolve(BEGUN))) {
      return true;
    }
    if (script.attempt("stop")) {
      return true;
    }
    script.view().nodes().stream()
        .filter(it -> it.pid() != 0)
        .forEach(it -> script.attempt("kill", "n" + it.number()));
    return script.attempt("stop");
  }

  private static void delete(Path directory) {
    if (!Files.isDirectory(directory)) {
      return;
    }
    try (var files = Files.walk(directory)) {
      files.sorted(Comparator.reverseOrder()).map(Path::toFile).forEach(it -> it.delete());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
