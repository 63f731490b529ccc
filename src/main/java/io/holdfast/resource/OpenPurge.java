package io.holdfast.resource;

import io.holdfast.resource.Purging.Applied;
import io.holdfast.resource.Purging.Apply;
import io.holdfast.resource.Purging.Done;
import io.holdfast.resource.Purging.Reply;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.cluster.Member;

/** A purge that waits for nodes: whom it asked, and who has answered. Of one actor. */
final class OpenPurge {
  private final Apply apply;
  private final ActorRef<Reply> replyTo;
  private final long sinceNanos;
  private final Map<String, Member> asked = new HashMap<>();
  private final Map<String, Long> reached = new HashMap<>();
  private Map<Long, String> names = Map.of();

  /**
   * @param sinceNanos by then it was written down
   */
  OpenPurge(Apply apply, ActorRef<Reply> replyTo, long sinceNanos) {
    this.apply = apply;
    this.replyTo = replyTo;
    this.sinceNanos = sinceNanos;
  }

  Apply apply() {
    return apply;
  }

  ActorRef<Reply> replyTo() {
    return replyTo;
  }

  long sinceNanos() {
    return sinceNanos;
  }

  /** Notes that the node is asked; false if it was before. */
  boolean asks(String node, Member member) {
    return asked.putIfAbsent(node, member) == null;
  }

  void answered(Applied applied) {
    if (asked.containsKey(applied.node())) {
      reached.putIfAbsent(applied.node(), applied.reached());
    }
  }

  /** Those that have not answered. */
  List<Member> missing() {
    return asked.entrySet().stream()
        .filter(each -> !reached.containsKey(each.getKey()))
        .map(Map.Entry::getValue)
        .toList();
  }

  Map<Long, String> names() {
    return names;
  }

  /** From now on nodes are called so; the others by their address. */
  void call(Map<Long, String> byIncarnation) {
    names = byIncarnation;
  }

  Done done() {
    var pending =
        missing().stream()
            .map(it -> names.getOrDefault(it.uniqueAddress().longUid(), it.address().hostPort()))
            .sorted()
            .toList();
    long number = apply.dryRun() ? 0 : apply.purge().number();
    long purged = reached.values().stream().mapToLong(Long::longValue).sum();
    return new Done(number, purged, reached.size(), pending);
  }
}
