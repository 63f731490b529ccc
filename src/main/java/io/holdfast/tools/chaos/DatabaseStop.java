package io.holdfast.tools.chaos;

import io.holdfast.tools.chaos.ClusterView.Node;
import java.util.List;
import java.util.Optional;

/** The embedded database is stopped for 10 s. */
final class DatabaseStop implements Fault {
  static final double AWAY_SECONDS = 10;

  /** From the database's return. */
  static final double BACK_SECONDS_MAX = 3;

  static final double BACK_SECONDS = 2;

  @Override
  public String word() {
    return "db-stop";
  }

  @Override
  public String what() {
    return "the database is stopped for 10 s";
  }

  @Override
  public Victims victims() {
    return Victims.NONE;
  }

  @Override
  public Limits limits() {
    return Limits.recovery(
            BACK_SECONDS_MAX,
            Goal.worst(Quantity.FAILED, 0),
            Goal.worst(Quantity.FAILED_READS, 0),
            // No gap at all: what is noise elsewhere is noise here.
            Goal.worst(Quantity.READ_GAP, Kill.READ_GAP_SECONDS),
            Goal.worst(Quantity.RECOVERY, BACK_SECONDS),
            Goal.worst(Quantity.DOWNED, 0))
        .fromReturn();
  }

  @Override
  public Database database() {
    return Database.AWAY;
  }

  @Override
  public Stretch stretch(double seconds) {
    return Fault.super.stretch(seconds).atMost(AWAY_SECONDS);
  }

  @Override
  public Optional<String> obstacle(DatabaseAddress database) {
    return notOurs(database);
  }

  static Optional<String> notOurs(DatabaseAddress database) {
    return database.isOurs()
        ? Optional.empty()
        : Optional.of("the configuration names a database that is not ours to stop");
  }

  @Override
  public long harm(Site site, List<Node> victims) {
    return site.stopDatabase();
  }

  @Override
  public Mended mend(Site site, List<Node> victims) {
    return new Mended(site.startDatabase(), Mended.NEVER);
  }
}
