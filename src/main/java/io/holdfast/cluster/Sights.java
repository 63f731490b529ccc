package io.holdfast.cluster;

import io.holdfast.cluster.Arbitration.Candidate;
import io.holdfast.cluster.Arbitration.Cut;
import io.holdfast.cluster.Arbitration.Status;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.apache.pekko.cluster.Member;
import org.apache.pekko.cluster.MemberStatus;
import org.apache.pekko.cluster.Reachability;
import scala.jdk.javaapi.CollectionConverters;

/** Translates Pekko's view of the cluster into the arbitration's. */
final class Sights {
  private Sights() {}

  /** Oldest first; members that are not up yet come last, in a fixed order. */
  static List<Candidate> candidates(List<Member> members) {
    return members.stream()
        .sorted(Sights::byAge)
        .map(m -> new Candidate(m.uniqueAddress().longUid(), status(m.status())))
        .toList();
  }

  private static int byAge(Member one, Member other) {
    if (one.isOlderThan(other)) {
      return -1;
    }
    return other.isOlderThan(one) ? 1 : one.uniqueAddress().compare(other.uniqueAddress());
  }

  private static Status status(MemberStatus status) {
    if (status == MemberStatus.joining() || status == MemberStatus.weaklyUp()) {
      return Status.JOINING;
    }
    if (status == MemberStatus.leaving()) {
      return Status.LEAVING;
    }
    if (status == MemberStatus.exiting()) {
      return Status.EXITING;
    }
    return status == MemberStatus.down() || status == MemberStatus.removed()
        ? Status.DOWN
        : Status.UP;
  }

  static Set<Cut> cuts(Reachability reachability) {
    var cuts = new HashSet<Cut>();
    for (var record : CollectionConverters.asJava(reachability.records())) {
      if (record.status() != Reachability.Reachable$.MODULE$) {
        cuts.add(new Cut(record.observer().longUid(), record.subject().longUid()));
      }
    }
    return cuts;
  }
}
