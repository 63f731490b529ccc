package io.holdfast;

import com.typesafe.config.Config;
import io.holdfast.cluster.StartRefused;
import io.holdfast.database.Database;
import io.holdfast.database.FailureKind;
import io.holdfast.database.Preparation;
import io.holdfast.database.Slots;
import java.lang.management.ManagementFactory;
import java.net.BindException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.apache.pekko.remote.RemoteTransportException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One running node: one life after another in the same process. A life ends when the node is told
 * to stop, and then the process ends; or when the cluster has written it off, and then the node
 * begins anew, as a new incarnation.
 */
public final class Node {
  private static final int DONE = 0;

  /** Also when it cannot serve any more: whoever looks after processes starts another one. */
  static final int FAILED = 1;

  private static final int CANNOT_START = 2;
  private static final Duration DATABASE_RETRY = Duration.ofMillis(300);
  private static final Logger log = LoggerFactory.getLogger(Node.class);

  private final HoldfastSettings settings;
  private final Config config;
  private final Supplier<HoldfastSettings.Result> again;
  private boolean hasLived;

  /**
   * @param again reads the configuration once more, when the process is told to
   */
  public Node(HoldfastSettings settings, Config config, Supplier<HoldfastSettings.Result> again) {
    this.again = again;
    this.settings = settings;
    this.config = config;
  }

  /** Runs the node until it is told to stop, and returns the exit code of the process. */
  public int run() {
    try {
      return prepareDatabase() ? live() : CANNOT_START;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return FAILED;
    } catch (Exception e) {
      if (!hasLived && isTakenPort(e)) {
        log.error("{} cannot start: {}; is another node running there?", name(), e.getMessage());
        return CANNOT_START;
      }
      if (!hasLived && e instanceof StartRefused) {
        log.error("{} cannot start: {}", name(), e.getMessage());
        return CANNOT_START;
      }
      log.error("{} cannot go on", name(), e);
      return FAILED;
    }
  }

  /** Ports are opened by different libraries, each with a failure of its own. */
  private static boolean isTakenPort(Throwable failure) {
    for (var cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof BindException || cause instanceof RemoteTransportException) {
        return true;
      }
    }
    return String.valueOf(failure.getMessage()).contains(BindException.class.getName());
  }

  private int live() throws Exception {
    var started = startOfProcess();
    int rounds = settings.node().rehearsalRounds();
    try (var port = new PublicPort(settings, config)) {
      new Reload(settings, again, port).listen();
      while (true) {
        var life = new Life(settings, config, started, rounds, port);
        var end = life.live();
        if (end != Life.End.START_ANEW) {
          return end == Life.End.STOPPED ? DONE : FAILED;
        }
        hasLived = true;
        started = System.nanoTime();
        rounds = 0; // this process has its code compiled
      }
    }
  }

  /** Brings the schema up to date; waits for a database that does not answer yet. */
  private boolean prepareDatabase() throws InterruptedException {
    var slots = new Slots(settings.cluster().shards());
    try (var database = Database.open(settings.database())) {
      boolean said = false;
      while (true) {
        try {
          return accepted(database.prepare(settings.cluster().name(), slots));
        } catch (SQLException e) {
          if (FailureKind.of(e) == FailureKind.REFUSED) {
            log.error("{} cannot start: the database refuses it: {}", name(), e.getMessage());
            return false;
          }
          if (!said) {
            log.warn("{} waits for the database: {}", name(), e.getMessage());
            said = true;
          }
          pause();
        }
      }
    }
  }

  private boolean accepted(Preparation preparation) {
    if (preparation instanceof Preparation.Refused refused) {
      log.error("{} cannot start: {}", name(), refused.reason());
      return false;
    }
    return true;
  }

  private static void pause() throws InterruptedException {
    new CountDownLatch(1).await(DATABASE_RETRY.toMillis(), TimeUnit.MILLISECONDS);
  }

  private static long startOfProcess() {
    long age = ManagementFactory.getRuntimeMXBean().getUptime();
    return System.nanoTime() - Duration.ofMillis(age).toNanos();
  }

  private String name() {
    return settings.node().name();
  }
}
