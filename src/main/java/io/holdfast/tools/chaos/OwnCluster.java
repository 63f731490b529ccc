package io.holdfast.tools.chaos;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;

/** The cluster of a run; stopped when the run is over, also when it is broken off. */
final class OwnCluster implements AutoCloseable {
  private final ClusterScript script;
  private final Stage stage;
  private final boolean keep;
  private boolean closed;

  private OwnCluster(ClusterScript script, Stage stage, boolean keep) {
    this.script = script;
    this.stage = stage;
    this.keep = keep;
  }

  /**
   * Begins with nothing.
   *
   * @param stage closed with it
   * @param keep leave its directory when it is stopped
   */
  static OwnCluster of(ClusterScript script, Stage stage, boolean keep) {
    var cluster = new OwnCluster(script, stage, keep);
    // Not removed again: it does nothing once the cluster is closed.
    Runtime.getRuntime().addShutdownHook(new Thread(cluster::close, "stop the cluster"));
    return cluster;
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
    boolean stopped = !Files.isDirectory(script.data()) || stop();
    stage.close();
    if (stopped && !keep && Files.isDirectory(script.data())) {
      delete(script.data());
    }
  }

  /** In order if it can be, else by force. */
  private boolean stop() {
    if (script.attempt("stop")) {
      return true;
    }
    script.view().nodes().stream()
        .filter(it -> it.pid() != 0)
        .forEach(it -> script.attempt("kill", "n" + it.number()));
    return script.attempt("stop");
  }

  private static void delete(Path directory) {
    try (var files = Files.walk(directory)) {
      files.sorted(Comparator.reverseOrder()).map(Path::toFile).forEach(it -> it.delete());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
