package io.holdfast.tools.chaos;

import io.holdfast.tools.chaos.ClusterView.Node;
import java.util.List;

/** SIGSTOP to a node, and SIGCONT after 6 s. */
final class Pause implements Fault {
  private static final double PAUSE_SECONDS = 6;
  private static final double WRITABLE_SECONDS_MAX = 8;
  private static final double WRITE_GAP_SECONDS = 7;
  private static final double READ_GAP_SECONDS = 1;

  @Override
  public String word() {
    return "pause";
  }

  @Override
  public String what() {
    return "SIGSTOP to a node that is not the oldest, SIGCONT after 6 s";
  }

  @Override
  public Victims victims() {
    return Victims.YOUNG;
  }

  @Override
  public Limits limits() {
    return Limits.recovery(
        WRITABLE_SECONDS_MAX,
        Goal.worst(Quantity.FAILED, 0),
        Goal.worst(Quantity.READ_GAP, READ_GAP_SECONDS),
        Goal.worst(Quantity.WRITE_GAP, WRITE_GAP_SECONDS),
        Goal.worst(Quantity.MENDING_READ_GAP, READ_GAP_SECONDS),
        Goal.worst(Quantity.MENDING_WRITE_GAP, WRITE_GAP_SECONDS),
        Goal.worst(Quantity.DOWNED, 0));
  }

  /** What arrives while it stands still is what it answers first, before it knows better. */
  @Override
  public Asked asked() {
    return Asked.BESIDES;
  }

  @Override
  public Stretch stretch(double seconds) {
    return Fault.super.stretch(seconds).atMost(PAUSE_SECONDS);
  }

  @Override
  public long harm(Site site, List<Node> victims) {
    return site.each(victims, "pause", "paused");
  }

  @Override
  public Mended mend(Site site, List<Node> victims) {
    long restart = site.now();
    return new Mended(site.each(victims, "resume", "resumed"), restart);
  }
}
