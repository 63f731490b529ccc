package io.holdfast.edge;

import io.holdfast.resource.PurgeLog;
import io.holdfast.resource.Representation;
import io.holdfast.resource.Standing;
import io.holdfast.resource.StoredTargets;
import io.holdfast.resource.Warm;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Predicate;
import org.apache.pekko.actor.PoisonPill;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.AbstractBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Adapter;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.Receive;
import org.apache.pekko.cluster.sharding.typed.javadsl.ClusterSharding;

/** The owners of stored responses of a cluster, without a cluster. */
final class LocalOwners implements Representation.Surroundings {
  final StoredTargets stored;
  final PurgeLog purges = new PurgeLog();
  volatile Standing standing = Standing.CURRENT;

  /** What owners begin with. */
  volatile Warm warm = Warm.NONE;

  /** How those that ask stand to owners. */
  volatile Standing ofEdges = Standing.CURRENT;

  /** Nobody answers. */
  volatile boolean silent;

  /** What of it comes late, with {@link #deliver}. */
  volatile Predicate<Representation.Command> isLate = command -> false;

  private final Queue<Representation.Command> late = new ConcurrentLinkedQueue<>();
  volatile InstantSource clock = InstantSource.system();
  private final ActorRef<Object> owners;

  LocalOwners(ActorTestKit kit) {
    this(kit, 1 << 20);
  }

  LocalOwners(ActorTestKit kit, long bytesMax) {
    this.stored = new StoredTargets(bytesMax);
    this.owners = kit.spawn(Behaviors.setup(context -> new Owners(context, this)));
  }

  void tell(Representation.Command command) {
    if (silent) {
      return;
    }
    if (isLate.test(command)) {
      late.add(command);
    } else {
      owners.tell(command);
    }
  }

  int late() {
    return late.size();
  }

  /** Now comes what is late, and nothing is late any more. */
  void deliver() {
    isLate = command -> false;
    late.forEach(owners::tell);
    late.clear();
  }

  /** All that is owned is lost, as with a node. */
  void die() {
    owners.tell("die");
  }

  @Override
  public Standing standing(String entityId) {
    return standing;
  }

  @Override
  public boolean isCurrentFor(String entityId, Duration time) {
    return standing == Standing.CURRENT;
  }

  @Override
  public Duration ownedFor(String entityId) {
    return Duration.ofHours(1);
  }

  @Override
  public StoredTargets stored() {
    return stored;
  }

  @Override
  public PurgeLog purges() {
    return purges;
  }

  @Override
  public Warm warm() {
    return warm;
  }

  @Override
  public Instant now() {
    return clock.instant();
  }

  private static final class Owners extends AbstractBehavior<Object> {
    private final LocalOwners node;
    private final Map<String, ActorRef<Representation.Command>> children = new HashMap<>();

    Owners(ActorContext<Object> context, LocalOwners node) {
      super(context);
      this.node = node;
    }

    @Override
    public Receive<Object> createReceive() {
      return newReceiveBuilder()
          .onMessage(Representation.Message.class, this::onMessage)
          .onMessage(ClusterSharding.Passivate.class, this::onPassivate)
          .onMessageEquals("die", this::onDie)
          .build();
    }

    private Behavior<Object> onMessage(Representation.Message message) {
      var id = message.target().entityId();
      children.computeIfAbsent(id, this::spawn).tell(message);
      return this;
    }

    private ActorRef<Representation.Command> spawn(String id) {
      return getContext()
          .spawnAnonymous(Representation.create(id, getContext().getSelf().narrow(), node));
    }

    private Behavior<Object> onPassivate(ClusterSharding.Passivate<?> passivate) {
      children.values().remove(passivate.entity());
      // As sharding does: behind what it has been told before.
      Adapter.toClassic(passivate.entity())
          .tell(PoisonPill.getInstance(), org.apache.pekko.actor.ActorRef.noSender());
      return this;
    }

    private Behavior<Object> onDie() {
      children.values().forEach(getContext()::stop);
      children.clear();
      return this;
    }
  }
}
