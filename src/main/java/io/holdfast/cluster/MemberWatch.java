package io.holdfast.cluster;

import java.util.function.LongConsumer;
import org.apache.pekko.actor.AbstractActor;
import org.apache.pekko.actor.Props;
import org.apache.pekko.cluster.Cluster;
import org.apache.pekko.cluster.ClusterEvent;
import org.apache.pekko.cluster.ClusterEvent.MemberEvent;
import org.apache.pekko.cluster.ClusterEvent.MemberRemoved;

/** Tells of members that come and go, or change, by their incarnations' ids. */
final class MemberWatch extends AbstractActor {
  private final Cluster cluster;
  private final LongConsumer came;
  private final LongConsumer went;

  private MemberWatch(LongConsumer came, LongConsumer went) {
    this.cluster = Cluster.get(getContext().getSystem());
    this.came = came;
    this.went = went;
  }

  /** Both are called on the actor's thread: they must not block. */
  static Props props(LongConsumer came, LongConsumer went) {
    return Props.create(MemberWatch.class, () -> new MemberWatch(came, went));
  }

  @Override
  public void preStart() {
    cluster.subscribe(getSelf(), ClusterEvent.initialStateAsEvents(), MemberEvent.class);
  }

  @Override
  public void postStop() {
    cluster.unsubscribe(getSelf());
  }

  @Override
  public Receive createReceive() {
    return receiveBuilder()
        .match(MemberRemoved.class, event -> tell(event, went))
        .match(MemberEvent.class, event -> tell(event, came))
        .build();
  }

  private void tell(MemberEvent event, LongConsumer consumer) {
    consumer.accept(event.member().uniqueAddress().longUid());
  }
}
