package io.holdfast.cluster;

import org.apache.pekko.actor.ActorSystem;
import org.apache.pekko.actor.ExtendedActorSystem;
import org.apache.pekko.cluster.Cluster;
import org.apache.pekko.cluster.Member;
import org.apache.pekko.cluster.MemberStatus;
import org.apache.pekko.remote.RemoteActorRefProvider;
import org.apache.pekko.remote.artery.QuarantinedEvent;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import scala.Option;

/**
 * How a member that was written off leaves Pekko's membership quickly. A down member is removed
 * only once somebody sees it as unreachable or terminated, so it is quarantined first: that marks
 * this very incarnation as terminated, and nothing more is sent to it or taken from it.
 */
final class Expulsion {
  private static final Logger log = LoggerFactory.getLogger(Expulsion.class);
  private static final String REASON = "written off";

  private final ActorSystem system;
  private final Cluster cluster;

  Expulsion(ActorSystem system) {
    this.system = system;
    this.cluster = Cluster.get(system);
  }

  void begin(Member member) {
    var address = member.uniqueAddress();
    if (((ExtendedActorSystem) system).provider() instanceof RemoteActorRefProvider remoting) {
      remoting.quarantine(address.address(), Option.apply(address.longUid()), REASON);
    }
    cluster.down(address.address());
  }

  /**
   * @param isSeen somebody marked the member as unreachable or terminated
   */
  void continueWith(Member member, boolean isSeen) {
    if (member.status() != MemberStatus.down()) {
      cluster.down(member.address());
    }
    if (!isSeen) {
      log.debug("{} had no association to quarantine", member);
      var address = member.uniqueAddress();
      var remote = new org.apache.pekko.remote.UniqueAddress(address.address(), address.longUid());
      system.getEventStream().publish(new QuarantinedEvent(remote));
    }
  }
}
