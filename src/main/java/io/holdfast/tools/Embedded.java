package io.holdfast.tools;

import java.time.Duration;

/** The embedded database of a cluster: starting and stopping its process. */
record Embedded(Cluster cluster) {
  private static final Duration READY_MAX = Duration.ofSeconds(30);
  private static final Duration LOOK_EVERY = Duration.ofMillis(20);
  static final Duration STOP_MAX = Duration.ofSeconds(15);

  /** Refuses where the database is not ours to start and stop. */
  static Embedded of(Cluster cluster) {
    if (!cluster.operator().usesEmbeddedDatabase()) {
      throw Refusal.failed(
          "the database is not ours: %s in %s says %s; start and stop it where it runs",
          cluster.operator().databaseKind(),
          cluster.config().map(Object::toString).orElse("the configuration"),
          cluster.operator().databaseUrlShown());
    }
    return new Embedded(cluster);
  }

  OwnProcess process() {
    return cluster.data().database();
  }

  int port() {
    return cluster.remembered().ports().database();
  }

  /** How the nodes reach it. */
  String url() {
    return DatabaseServer.url(host(), port());
  }

  private String host() {
    return cluster.home().network().databaseHost();
  }

  /** It takes connections. */
  boolean answers() {
    return PortCheck.answers(host(), port());
  }

  /** Refuses with a line when somebody else has its port. */
  void requireFree() {
    cluster.home().network().requireFree(host(), port(), "database");
  }

  /** Starts the process and waits until it takes connections. Leaves nothing when it cannot. */
  void start() {
    var directory = cluster.data().databaseDirectory();
    PrivateFiles.createDirectory(directory);
    var process = process().start(cluster.home().database(directory, port()));
    var deadline = System.nanoTime() + READY_MAX.toNanos();
    while (!answers()) {
      if (!process.isAlive()) {
        throw Refusal.unusable("the database did not start: %s", LogFile.lastLine(process().log()));
      }
      if (System.nanoTime() - deadline > 0) {
        process.destroyForcibly();
        throw Refusal.unusable(
            "the database was not ready after %d s: see %s",
            READY_MAX.toSeconds(), process().log());
      }
      OwnProcess.rest(LOOK_EVERY);
    }
  }

  /** Ends the process in order; refuses when it does not end. */
  void stop() {
    process().dismiss();
    process().signal(Signal.TERM);
    if (!process().awaitEnd(STOP_MAX)) {
      throw Refusal.failed(
          "the database (pid %s) still runs after %d s: see %s",
          process().running().map(ProcessMark::pid).map(String::valueOf).orElse("-"),
          STOP_MAX.toSeconds(),
          process().log());
    }
  }
}
