package io.holdfast.operation;

import io.holdfast.database.OperationRows;
import io.holdfast.database.OperationRows.Part;
import io.holdfast.database.OperationRows.Row;
import io.holdfast.database.OperationTable;
import io.holdfast.database.Slots;
import io.holdfast.route.Route;
import io.holdfast.route.Routes;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.apache.pekko.Done;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.BehaviorInterceptor;
import org.apache.pekko.actor.typed.PostStop;
import org.apache.pekko.actor.typed.Signal;
import org.apache.pekko.actor.typed.TypedActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.cluster.sharding.typed.ShardedDaemonProcessSettings;
import org.apache.pekko.cluster.sharding.typed.javadsl.ClusterSharding;
import org.apache.pekko.cluster.sharding.typed.javadsl.EntityRef;
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

  /** An answer that has begun in time may be slow, but not for ever. */
  private static final Duration ANSWER_MAX = Duration.ofMinutes(1);

  /** Of the heap, for answers that the database has not taken yet. */
  private static final int ANSWERS_PART_OF_HEAP = 16;

  /** While more is accepted than is carried out, other nodes' lanes are told once in that time. */
  private static final Duration TOLD_EVERY = Duration.ofMillis(100);

  private final OperationTable table;
  private final Slots slots;
  private final Supplier<Routes> routes;
  private final LongSupplier incarnation;
  private final OperationsSettings settings;
  private final MeterRegistry meters;
  private final Nearby nearby = new Nearby();
  private final Set<More> toBeTold = ConcurrentHashMap.newKeySet();
  private volatile Optional<ActorSystem<?>> system = Optional.empty();

  /** That a lane elsewhere has more to do. */
  private record More(int slot, String route) {}

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
    long answerBytesMax = Runtime.getRuntime().maxMemory() / ANSWERS_PART_OF_HEAP;
    var gates = new Gates(settings.serviceInFlightMax(), answerBytesMax);
    var surroundings =
        new Lane.Surroundings(
            table,
            attempts,
            routes,
            incarnation,
            gates,
            settings,
            ANSWER_MAX,
            new LaneMeters(meters, gates),
            new Retention(table, routes, LaneMeters.written(meters, OperationRows.State.EXPIRED)),
            nearby);
    ShardedDaemonProcess.get(node)
        .init(
            Lane.Command.class,
            NAME,
            slots.shards(),
            shard -> lane(shard, surroundings),
            ShardedDaemonProcessSettings.create(node).withKeepAliveInterval(KEPT_ALIVE_EVERY),
            Optional.of(Lane.Stop.NOW));
    system = Optional.of(node);
  }

  /**
   * The lanes here begin nothing more, for this node leaves; none of them is handed over over an
   * attempt that could not be made again.
   *
   * @param most the stage completes then, whatever is under way
   */
  public CompletionStage<Done> rest(Duration most) {
    return CompletableFuture.allOf(nearby.rest().toArray(CompletableFuture[]::new))
        .thenApply(all -> Done.getInstance())
        .completeOnTimeout(Done.getInstance(), most.toMillis(), TimeUnit.MILLISECONDS);
  }

  private Behavior<Lane.Command> lane(int shard, Lane.Surroundings surroundings) {
    int slot = slots.slotOf(Slots.Kind.OPERATION, shard);
    return Behaviors.intercept(
        () -> new Seen(slot, nearby), Lane.create(slot, shard == 0, surroundings));
  }

  /** Says that a lane is here as long as it is. */
  private static final class Seen extends BehaviorInterceptor<Lane.Command, Lane.Command> {
    private final int slot;
    private final Nearby nearby;

    Seen(int slot, Nearby nearby) {
      super(Lane.Command.class);
      this.slot = slot;
      this.nearby = nearby;
    }

    @Override
    public Behavior<Lane.Command> aroundStart(
        TypedActorContext<Lane.Command> context, PreStartTarget<Lane.Command> target) {
      nearby.begun(slot, context.asJava().getSelf());
      return target.start(context);
    }

    @Override
    public Behavior<Lane.Command> aroundReceive(
        TypedActorContext<Lane.Command> context,
        Lane.Command message,
        ReceiveTarget<Lane.Command> target) {
      return target.apply(context, message);
    }

    @Override
    public Behavior<Lane.Command> aroundSignal(
        TypedActorContext<Lane.Command> context, Signal signal, SignalTarget<Lane.Command> target) {
      if (signal instanceof PostStop) {
        nearby.ended(slot, context.asJava().getSelf());
      }
      return target.apply(context, signal);
    }
  }

  /** Where an operation whose order does not matter is best carried out: here, if that keeps up. */
  OptionalInt bestSlot(Route route) {
    return nearby.slotWithRoom(route);
  }

  /** Tells its lane of an operation that was just accepted. */
  void accepted(Row row, Part request) {
    var lane = nearby.lane(row.slot());
    if (lane.isPresent()) {
      lane.get().tell(new Lane.Accepted(Item.of(row), request));
    } else if (nearby.areAllBehind(row.route())) {
      tellLater(new More(row.slot(), row.route()));
    } else {
      tell(row);
    }
  }

  /** Tells its lane of an operation that can be carried out now, or was cancelled. */
  void tell(Row row) {
    var heard = new Lane.Heard(Item.of(row));
    nearby
        .lane(row.slot())
        .ifPresentOrElse(
            lane -> lane.tell(heard),
            () -> system.ifPresent(node -> lane(node, row.slot()).tell(heard)));
  }

  private EntityRef<Lane.Command> lane(ActorSystem<?> node, int slot) {
    return ClusterSharding.get(node).entityRefFor(KEY, Integer.toString(slots.shardOf(slot)));
  }

  private void tellLater(More more) {
    if (toBeTold.add(more)) {
      system.ifPresent(
          node ->
              node.scheduler()
                  .scheduleOnce(
                      TOLD_EVERY,
                      () -> {
                        toBeTold.remove(more);
                        lane(node, more.slot()).tell(new Lane.More(more.route()));
                      },
                      node.executionContext()));
    }
  }
}
