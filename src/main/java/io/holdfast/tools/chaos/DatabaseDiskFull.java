package io.holdfast.tools.chaos;

import io.holdfast.tools.chaos.ClusterView.Node;
import java.util.List;
import java.util.Optional;

/** The embedded database has no room left for a while; then there is room, and it is restarted. */
final class DatabaseDiskFull implements Fault {
  private static final int MEBIBYTES = 192;

  private Optional<SmallDisk> disk = Optional.empty();

  @Override
  public String word() {
    return "db-disk-full";
  }

  @Override
  public String what() {
    return "there is no room for the database for 10 s (as root)";
  }

  @Override
  public Victims victims() {
    return Victims.NONE;
  }

  @Override
  public Limits limits() {
    return Limits.recovery(
            DatabaseStop.BACK_SECONDS_MAX,
            Goal.worst(Quantity.FAILED, 0),
            Goal.worst(Quantity.FAILED_READS, 0),
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
    return DatabaseStop.notOurs(database).or(SmallDisk::obstacle);
  }

  @Override
  public void prepare(Preparation preparation) {
    disk = Optional.of(SmallDisk.mount(preparation.databaseDirectory(), MEBIBYTES));
  }

  @Override
  public long harm(Site site, List<Node> victims) {
    disk.orElseThrow().fill();
    return site.tell("there is no room for the database");
  }

  @Override
  public Mended mend(Site site, List<Node> victims) {
    disk.orElseThrow().free();
    return new Mended(site.tell("there is room again"), Mended.NEVER);
  }

  @Override
  public void close() {
    disk.ifPresent(SmallDisk::close);
    disk = Optional.empty();
  }
}
