package io.holdfast.tools.chaos;

import io.holdfast.tools.chaos.ClusterView.Node;
import io.holdfast.tools.chaos.DatabaseLink.Slowness;
import java.util.List;
import java.util.Optional;

/** Each answer of the database takes a tenth of a second longer, and large ones more. */
final class SlowDatabase implements Fault {
  private static final double SLOW_SECONDS = 10;
  private static final Slowness SLOW = new Slowness(100_000_000, 1_000_000);

  private DatabaseLink link;

  @Override
  public String word() {
    return "slow-db";
  }

  @Override
  public String what() {
    return "each answer of the database takes 100 ms longer, for 10 s";
  }

  @Override
  public Victims victims() {
    return Victims.NONE;
  }

  @Override
  public Limits limits() {
    return Limits.of(Goal.worst(Quantity.FAILED, 0), Goal.worst(Quantity.DOWNED, 0));
  }

  @Override
  public Database database() {
    return Database.SLOW;
  }

  @Override
  public boolean starves() {
    return true;
  }

  @Override
  public Stretch stretch(double seconds) {
    return Fault.super.stretch(seconds).atMost(SLOW_SECONDS);
  }

  @Override
  public Optional<String> obstacle(DatabaseAddress database) {
    return DatabaseLink.obstacle(database.url());
  }

  /** The nodes reach their database through this process. */
  @Override
  public void prepare(Preparation preparation) {
    link = DatabaseLink.to(preparation.database().url());
    preparation.nodeOption("-Dholdfast.database.url=" + link.url());
  }

  @Override
  public long harm(Site site, List<Node> victims) {
    link.be(SLOW);
    return site.tell("the database is slow");
  }

  @Override
  public Mended mend(Site site, List<Node> victims) {
    link.be(Slowness.NONE);
    return new Mended(site.tell("the database is as fast as ever"), Mended.NEVER);
  }

  @Override
  public void close() {
    if (link != null) {
      link.close();
    }
  }
}
