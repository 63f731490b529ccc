package io.holdfast.tools.chaos;

import io.holdfast.tools.chaos.ClusterView.Node;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Other work on the machine, for nearly all of the time: four processes for each processor that do
 * nothing but count, with the same priority as the nodes. Two processors then have a load average
 * of eight, besides the cluster. Nobody who is alive may be taken for dead.
 */
final class Busy implements Fault {
  private static final double BEFORE_SECONDS_MAX = 10;
  private static final int PER_PROCESSOR = 4;

  /** They end by themselves if nobody ends them. */
  private static final int SECONDS_MAX = 4000;

  private final List<Process> loops = new ArrayList<>();

  @Override
  public String word() {
    return "busy";
  }

  @Override
  public String what() {
    return "four busy loops for each processor, nearly all the time";
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
  public boolean starves() {
    return true;
  }

  @Override
  public Stretch stretch(double seconds) {
    double before = Math.min(BEFORE_SECONDS_MAX, seconds / 3);
    return new Stretch(before, seconds - 2 * before);
  }

  @Override
  public long harm(Site site, List<Node> victims) {
    int count = PER_PROCESSOR * Runtime.getRuntime().availableProcessors();
    for (int i = 0; i < count; i++) {
      loops.add(loop());
    }
    return site.tell(count + " busy loops run");
  }

  private static Process loop() {
    try {
      // One process, so that none is left when it is ended; the kernel ends it if nobody does.
      return new ProcessBuilder(
              "sh", "-c", "ulimit -t %d; while :; do :; done".formatted(SECONDS_MAX))
          .start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public Mended mend(Site site, List<Node> victims) {
    close();
    return new Mended(site.tell("the busy loops have ended"), Mended.NEVER);
  }

  @Override
  public void close() {
    loops.forEach(Process::destroy);
    loops.forEach(it -> it.onExit().join());
    loops.clear();
  }
}
