package io.holdfast.tools.chaos;

import io.holdfast.tools.chaos.ClusterView.Node;
import java.util.List;
import java.util.Optional;

/** The embedded database is stopped for 10 s, and meanwhile a node is killed. */
final class DatabaseStopAndKill implements Fault {
  private static final double KILL_WHILE_AWAY_SECONDS = 2;

  /**
   * Between the database's return and the killed node's, so that one is not taken for the other.
   */
  private static final double WITHOUT_THE_KILLED_SECONDS = 5;

  @Override
  public String word() {
    return "db-stop-kill";
  }

  @Override
  public String what() {
    return "the same, and meanwhile a node is killed";
  }

  @Override
  public Victims victims() {
    return Victims.YOUNG;
  }

  @Override
  public Limits limits() {
    return Limits.recovery(
            DatabaseStop.BACK_SECONDS_MAX,
            Goal.worst(Quantity.FAILED, 0),
            Goal.worst(Quantity.RECOVERY, DatabaseStop.BACK_SECONDS),
            Goal.worst(Quantity.DOWNED, 0))
        .fromReturn();
  }

  @Override
  public Database database() {
    return Database.AWAY;
  }

  @Override
  public Stretch stretch(double seconds) {
    return Fault.super.stretch(seconds).atMost(DatabaseStop.AWAY_SECONDS);
  }

  @Override
  public Optional<String> obstacle(DatabaseAddress database) {
    return DatabaseStop.notOurs(database);
  }

  @Override
  public long harm(Site site, List<Node> victims) {
    long stopped = site.stopDatabase();
    site.rest(KILL_WHILE_AWAY_SECONDS);
    site.kill(victims, 0);
    return stopped;
  }

  @Override
  public Mended mend(Site site, List<Node> victims) {
    long back = site.startDatabase();
    site.rest(WITHOUT_THE_KILLED_SECONDS);
    long restart = site.now();
    site.startAgain(victims);
    return new Mended(back, restart);
  }
}
