package io.holdfast.operation;

import io.holdfast.database.OperationRows.Row;
import io.holdfast.database.OperationTable;
import io.holdfast.database.Slots;
import io.holdfast.route.Routes;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.Optional;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.cluster.sharding.typed.ShardedDaemonProcessSettings;
import org.apache.pekko.cluster.sharding.typed.javadsl.ClusterSharding;
import org.apache.pekko.cluster.sharding.typed.javadsl.EntityTypeKey;
import org.apache.pekko.cluster.sharding.typed.javadsl.ShardedDaemonProcess;

/**
 * The lanes of the cluster, one for each slot of operations, which every node keeps alive wherever
 * they are.
 */
public final class Lanes {
  private static final String NAME = "operation";

  /** By which lanes are reached: the name that a sharded daemon process gives its sharding. */
  private static final EntityTypeKey<Lane.Command> KEY =
      EntityTypeKey.create(Lane.Command.class, "sharded-daemon-process-" + NAME);

  /** Where a lane is not, it is started so soon. */
  private static final Duration KEPT_ALIVE_EVERY = Duration.ofSeconds(1);

  private final OperationTable table;
  private final Slots slots;
  private final Supplier<Routes> routes;
  private final LongSupplier incarnation;
  private final OperationsSettings settings;
  private final MeterRegistry meters;
  private volatile Optional<ActorSystem<?>> system = Optional.empty();

  /** Lanes that do not run yet. */
  public Lanes(
      OperationTable table,
      Slots slots,
      Supplier<Routes> routes,
      LongSupplier incarnation,
      OperationsSettings settings,
      MeterRegistry meters) {
    this.table = table;
    this.slots = slots;
    this.routes = routes;
    this.incarnation = incarnation;
    this.settings = settings;
    this.meters = meters;
  }

  /** From now on this node has its share of them. */
  public void begin(ActorSystem<?> node, Attempts attempts) {
    var gates = new Gates(settings.serviceInFlightMax());
    var surroundings =
        new Lane.Surroundings(
            table,
            attempts,
            routes,
            incarnation,
            gates,
            settings,
            new LaneMeters(meters, gates),
            new Retention(table, routes));
    ShardedDaemonProcess.get(node)
        .init(
            Lane.Command.class,
            NAME,
            slots.shards(),
            shard ->
                Lane.create(slots.slotOf(Slots.Kind.OPERATION, shard), shard == 0, surroundings),
            ShardedDaemonProcessSettings.create(node).withKeepAliveInterval(KEPT_ALIVE_EVERY),
            Optional.of(Lane.Stop.NOW));
    system = Optional.of(node);
  }

  /** Tells its lane of an operation that can be carried out now, or was cancelled. */
  void tell(Row row) {
    system.ifPresent(
        node ->
            ClusterSharding.get(node)
                .entityRefFor(KEY, Integer.toString(slots.shardOf(row.slot())))
                .tell(new Lane.Heard(Item.of(row))));
  }
}
