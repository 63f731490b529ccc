package io.holdfast.cluster;

import io.holdfast.database.Registry.Entry;
import io.holdfast.database.Registry.Seen;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** How a node that is no member yet finds, or makes, its cluster: pure. */
record FormationDecision(Duration silentAfter, Duration deafAfter, Duration askAgainAfter) {

  static FormationDecision defaults() {
    return new FormationDecision(
        Duration.ofSeconds(5), Duration.ofSeconds(2), Duration.ofSeconds(2));
  }

  /** What is known of a member's process. */
  sealed interface Sign {
    record Alive() implements Sign {}

    /** It has ended, beyond doubt. */
    record Dead() implements Sign {}

    /** It has not answered since then. */
    record Deaf(Instant since) implements Sign {}
  }

  /** What was last asked of Pekko. */
  record Asked(long formation, List<String> addresses, Instant at) {
    Asked {
      addresses = List.copyOf(addresses);
    }
  }

  /** What to do. */
  sealed interface Action {
    /** Join those, which are members of that formation. */
    record Join(long formation, List<String> addresses) implements Action {}

    /** The formation is ours: join ourselves. */
    record JoinSelf(long formation) implements Action {}

    /** Try to form a cluster, over these. */
    record Form(Set<Long> lost, Set<Long> dead) implements Action {}

    record Wait() implements Action {}

    /** This incarnation was written off. */
    record StartAnew() implements Action {}
  }

  /**
   * @param answeringSince the database answers us since then without a break
   */
  Action decide(
      Entry entry,
      Map<Long, Sign> signs,
      Optional<Asked> asked,
      Instant answeringSince,
      Instant now) {
    if (entry instanceof Entry.Founded founded) {
      return isAsked(asked.filter(a -> a.formation() == founded.formation()), now)
          ? new Action.Wait()
          : new Action.JoinSelf(founded.formation());
    }
    if (entry instanceof Entry.Empty) {
      return new Action.Form(Set.of(), Set.of());
    }
    if (entry instanceof Entry.Entered entered) {
      return overMembers(entered, signs, asked, answeringSince, now);
    }
    return new Action.StartAnew();
  }

  /** Whether a member that is known to live has said that it serves. */
  static boolean someServe(Entry.Entered entered, Map<Long, Sign> signs) {
    return entered.members().stream()
        .anyMatch(it -> it.serving().isPresent() && signs.get(it.id()) instanceof Sign.Alive);
  }

  private Action overMembers(
      Entry.Entered entered,
      Map<Long, Sign> signs,
      Optional<Asked> asked,
      Instant answeringSince,
      Instant now) {
    var lost = new HashSet<Long>();
    var dead = new HashSet<Long>();
    for (var member : entered.members()) {
      var sign = signs.getOrDefault(member.id(), new Sign.Deaf(now));
      if (sign instanceof Sign.Dead) {
        dead.add(member.id());
      } else if (isLost(member, sign, answeringSince, now)) {
        lost.add(member.id());
      }
    }
    if (lost.size() + dead.size() == entered.members().size()) {
      return new Action.Form(lost, dead);
    }
    return join(entered, dead, asked, now);
  }

  /** Silent for the database and deaf to us, and not because the database itself was away. */
  private boolean isLost(Seen member, Sign sign, Instant answeringSince, Instant now) {
    return sign instanceof Sign.Deaf deaf
        && member.silence().compareTo(silentAfter) > 0
        && Duration.between(answeringSince, now).compareTo(silentAfter) > 0
        && Duration.between(deaf.since(), now).compareTo(deafAfter) > 0;
  }

  private Action join(Entry.Entered entered, Set<Long> dead, Optional<Asked> asked, Instant now) {
    var addresses =
        entered.members().stream()
            .filter(member -> !dead.contains(member.id()))
            .map(member -> member.incarnation().address())
            .toList();
    var same =
        asked.filter(a -> a.formation() == entered.formation() && a.addresses().equals(addresses));
    return isAsked(same, now) ? new Action.Wait() : new Action.Join(entered.formation(), addresses);
  }

  private boolean isAsked(Optional<Asked> asked, Instant now) {
    return asked
        .filter(a -> Duration.between(a.at(), now).compareTo(askAgainAfter) < 0)
        .isPresent();
  }
}
