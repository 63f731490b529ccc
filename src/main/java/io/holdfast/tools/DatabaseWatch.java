package io.holdfast.tools;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;

/**
 * Ends the process of the embedded database when what it holds in memory may not be what is on its
 * disk, and has another one take its place.
 *
 * <p>H2 goes on after a write that failed, for want of room say. Tried with 2.4.240 on a full disk:
 * one commit failed, the next client opened the database anew, and 4,850 commits after that were
 * acknowledged and are not in the file. And once it has closed the database for such a reason it
 * may hold the file for as long as the process lives, so that it can never be opened again. A new
 * process reads what is on the disk, and waits until it can be written to.
 */
final class DatabaseWatch {
  private static final Duration LOOK_EVERY = Duration.ofMillis(500);

  /** So many looks in a row: it may just be opening again. */
  private static final int CLOSED_LOOKS = 4;

  private static final int REPLACED = 1;

  private final Path directory;
  private final String password;
  private final PrintStream out;
  private int closedLooks;

  DatabaseWatch(Path directory, String password, PrintStream out) {
    this.directory = directory;
    this.password = password;
    this.out = out;
  }

  /** Looks from now on. */
  void start() {
    var thread = new Thread(this::run, "holdfast-database-watch");
    thread.setDaemon(true);
    thread.start();
  }

  private void run() {
    while (true) {
      OwnProcess.rest(LOOK_EVERY);
      closedLooks = isOpen() ? 0 : closedLooks + 1;
      if (closedLooks >= CLOSED_LOOKS) {
        end(directory, "it cannot be opened again", out);
      }
    }
  }

  /** Asked with a new connection: the old ones may work on, and nobody could come back. */
  private boolean isOpen() {
    try (var another = DatabaseServer.open(directory, password)) {
      return another.isValid(1);
    } catch (SQLException e) {
      return false;
    }
  }

  /** Ends this process now; whoever started it finds another one in its place. */
  static void end(Path directory, String reason, PrintStream out) {
    out.printf("the database ends: %s%n", reason);
    try {
      var self = new OwnProcess("database", directory);
      var mine = ProcessMark.of(ProcessHandle.current().pid());
      if (mine.isPresent() && self.running().equals(mine) && !self.isDismissed()) {
        self.noteInPlace(Predecessor.startSuccessor());
      }
    } catch (IOException | Refusal e) {
      out.printf("no other process could be started: %s%n", e.getMessage());
    } finally {
      Runtime.getRuntime().halt(REPLACED);
    }
  }
}
