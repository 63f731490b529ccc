package io.holdfast;

import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.SpawnProtocol;
import org.apache.pekko.actor.typed.SupervisorStrategy;
import org.apache.pekko.actor.typed.javadsl.Behaviors;

/** The parent of this node's own actors; the sharded ones have their region as parent. */
final class Guardian {
  private Guardian() {}

  static Behavior<SpawnProtocol.Command> create() {
    return Behaviors.setup(context -> SpawnProtocol.create());
  }

  /** What runs for a node's whole life begins again when it fails. */
  static <T> Behavior<T> lasting(Behavior<T> behavior) {
    return Behaviors.supervise(behavior).onFailure(SupervisorStrategy.restart());
  }
}
