package io.holdfast.cluster;

import io.holdfast.config.NodeSettings;
import io.holdfast.database.Registry;
import io.holdfast.telemetry.Failover;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.apache.pekko.actor.ActorSystem;
import org.apache.pekko.actor.CoordinatedShutdown;
import org.apache.pekko.actor.setup.Setup;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the cluster's parts need, handed to those that Pekko constructs by class name. One for each
 * actor system: it dies with its incarnation.
 */
public final class ClusterSetup extends Setup {
  private static final Logger log = LoggerFactory.getLogger(ClusterSetup.class);

  private final Registry registry;
  private final NodeSettings node;
  private final ClusterSettings settings;
  private final MeterRegistry meters;
  private final Failover failover;
  private final Consumer<Departure> leave;
  private final AtomicBoolean over = new AtomicBoolean();
  private volatile boolean anew;
  private final long originNanos = System.nanoTime();
  private final Instant origin = Instant.EPOCH;

  /**
   * @param leave called once, on any thread, when this incarnation can be a member no more: the
   *     actor system has to be terminated. Must not block.
   */
  public ClusterSetup(
      Registry registry,
      NodeSettings node,
      ClusterSettings settings,
      MeterRegistry meters,
      Failover failover,
      Consumer<Departure> leave) {
    this.registry = registry;
    this.node = node;
    this.settings = settings;
    this.meters = meters;
    this.failover = failover;
    this.leave = leave;
  }

  static ClusterSetup of(ActorSystem system) {
    return system.settings().setup().get(ClusterSetup.class).orElseThrow();
  }

  Registry registry() {
    return registry;
  }

  NodeSettings node() {
    return node;
  }

  ClusterSettings settings() {
    return settings;
  }

  MeterRegistry meters() {
    return meters;
  }

  Failover failover() {
    return failover;
  }

  /** Now, on a clock that nobody can set. */
  Instant now() {
    return origin.plusNanos(System.nanoTime() - originNanos);
  }

  /** Whether this incarnation goes because it can be a member no more. */
  boolean isStartingAnew() {
    return anew;
  }

  /** This incarnation goes of its own will: from here on nothing makes it start anew. */
  void stopping() {
    over.set(true);
  }

  /** This incarnation can be a member no more. */
  void startAnew(ActorSystem system, String reason) {
    leave(system, reason, Departure.START_ANEW);
  }

  /** The same. It is done before it is told: a log that cannot be written must not prevent it. */
  void leave(ActorSystem system, String reason, Departure departure) {
    boolean goes = CoordinatedShutdown.get(system).getShutdownReason().isPresent();
    if (!goes && over.compareAndSet(false, true)) {
      anew = true;
      leave.accept(departure);
      var what = departure == Departure.END_PROCESS ? "ends" : "starts anew";
      log.warn("{} {}: {}", node.name(), what, reason);
    }
  }
}
