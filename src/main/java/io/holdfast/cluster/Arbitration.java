package io.holdfast.cluster;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What this node does about members that do not reach each other, pure.
 *
 * <p>Nothing that is decided here can split the cluster: a proposal only becomes true by the
 * database's commit, and the first commit wins. What is decided here is who should try first, so
 * that the larger side, with the oldest member where sides are equal, normally survives.
 */
public record Arbitration(ArbitrationSettings settings) {

  /** A member's status, as far as it matters here. */
  public enum Status {
    /** Joining or weakly up: a member that owns nothing yet and counts for nothing in a tie. */
    JOINING,
    UP,
    LEAVING,
    /** Has handed over what it had; goes without being asked about. */
    EXITING,
    /** Its removal has been decided. */
    DOWN
  }

  /** A member, by its incarnation's id. */
  public record Candidate(long id, Status status) {
    boolean counts() {
      return status == Status.UP || status == Status.LEAVING;
    }

    boolean isGoing() {
      return status == Status.EXITING || status == Status.DOWN;
    }
  }

  /** The observer does not reach the subject. */
  public record Cut(long observer, long subject) {
    boolean joins(long one, long other) {
      return (observer == one && subject == other) || (observer == other && subject == one);
    }
  }

  /** Whether the database answers. */
  public sealed interface Contact {
    /** Every question since then was answered. */
    record Answering(Instant since) implements Contact {}

    record Away() implements Contact {}
  }

  /** What became of this node's last proposal. */
  public enum Proposal {
    NONE,
    UNDER_WAY,
    /** Others had decided first. */
    LOST
  }

  /**
   * All that a decision rests on.
   *
   * @param members oldest first
   * @param cuts since when each was seen
   * @param unchangedSince when members or cuts last changed
   * @param heard members that the database has heard of lately, as far as it answers us
   * @param silent members that the database has not heard of for too long, or that have said so
   *     themselves for long enough, though it answers us
   */
  public record Situation(
      long self,
      List<Candidate> members,
      Map<Cut, Instant> cuts,
      Instant unchangedSince,
      Contact database,
      Set<Long> heard,
      Set<Long> silent,
      Proposal last) {
    public Situation {
      members = List.copyOf(members);
      cuts = Map.copyOf(cuts);
      heard = Set.copyOf(heard);
      silent = Set.copyOf(silent);
    }
  }

  /** What to do. */
  public sealed interface Decision {
    /** Nothing is wrong, or nothing that is ours to decide. */
    record Calm() implements Decision {}

    /** Decide again then, or when something changes. */
    record Wait(Instant until) implements Decision {}

    /** Ask the database to write these off. */
    record Propose(Set<Long> lost) implements Decision {}

    /** This node was written off. */
    record Lost() implements Decision {}
  }

  /** Decides for {@code situation.self()} at {@code now}. */
  public Decision decide(Situation situation, Instant now) {
    if (situation.last() == Proposal.LOST) {
      return new Decision.Lost();
    }
    var candidates = situation.members().stream().filter(m -> !m.isGoing()).toList();
    if (candidates.stream().noneMatch(m -> m.id() == situation.self())) {
      return new Decision.Calm();
    }
    if (situation.last() == Proposal.UNDER_WAY) {
      return new Decision.Wait(now.plus(settings.retry()));
    }
    var silent = silentAmong(candidates, situation);
    var cuts = among(candidates, situation.cuts());
    if (!silent.isEmpty() && isOldestHeard(candidates, cuts.keySet(), silent, situation)) {
      return new Decision.Propose(silent);
    }
    return cuts.isEmpty() ? new Decision.Calm() : overCuts(candidates, cuts, situation, now);
  }

  private Decision overCuts(
      List<Candidate> candidates, Map<Cut, Instant> cuts, Situation situation, Instant now) {
    var settled = situation.unchangedSince().plus(settings.stableAfter());
    var restless = cuts.values().stream().min(Comparator.naturalOrder()).orElseThrow();
    if (now.isBefore(settled)) {
      settled = earlier(settled, restless.plus(settings.restlessAfter()));
      if (now.isBefore(settled)) {
        return new Decision.Wait(settled);
      }
      cuts = lasting(cuts, now.minus(settings.stableAfter()));
    }
    if (!(situation.database() instanceof Contact.Answering answering)) {
      return new Decision.Wait(now.plus(settings.retry()));
    }
    var turn =
        turn(new Ranks(candidates, unheard(situation, now)), cuts.keySet(), situation.self());
    var due = later(later(settled, answering.since()), patience(turn, cuts, situation.heard()));
    due = due.plus(turn.delay());
    return now.isBefore(due) ? new Decision.Wait(due) : new Decision.Propose(turn.lost());
  }

  /**
   * Members of which the database has heard nothing lately: dead, or without it. They can decide
   * nothing. Known only once it has answered us for so long, and hears ourselves.
   */
  private Set<Long> unheard(Situation situation, Instant now) {
    boolean known =
        situation.heard().contains(situation.self())
            && situation.database() instanceof Contact.Answering answering
            && !now.isBefore(answering.since().plus(settings.heardWithin()));
    return known
        ? situation.members().stream()
            .map(Candidate::id)
            .filter(id -> !situation.heard().contains(id))
            .collect(Collectors.toUnmodifiableSet())
        : Set.of();
  }

  /**
   * The candidates by how much they matter: first those of whom the database has heard, each part
   * oldest first.
   */
  private record Ranks(List<Candidate> candidates, Set<Long> unheard) {
    Ranks {
      candidates =
          candidates.stream().sorted(Comparator.comparing(m -> unheard.contains(m.id()))).toList();
    }

    boolean counts(Candidate member) {
      return member.counts() && !unheard.contains(member.id());
    }
  }

  private record Turn(Set<Long> lost, Duration delay) {}

  /** Whom this node would remove, and how long it lets others go first. */
  private Turn turn(Ranks ranks, Set<Cut> cuts, long self) {
    var candidates = ranks.candidates();
    var order = preference(ranks, cuts);
    var side = side(order, cuts);
    var delay = Duration.ZERO;
    if (!side.contains(self)) {
      order.removeIf(m -> m.id() == self);
      candidates.stream().filter(m -> m.id() == self).forEach(m -> order.add(0, m));
      side = side(order, cuts);
      delay = settings.minorityDelay();
    }
    var remaining = side;
    long first =
        candidates.stream().map(Candidate::id).filter(remaining::contains).findFirst().orElse(self);
    var lost =
        candidates.stream()
            .map(Candidate::id)
            .filter(id -> !remaining.contains(id))
            .collect(Collectors.toUnmodifiableSet());
    return new Turn(lost, first == self ? delay : delay.plus(settings.othersDelay()));
  }

  /** A member that gives signs of life to the database is not removed for a short cut. */
  private Instant patience(Turn turn, Map<Cut, Instant> cuts, Set<Long> heard) {
    return cuts.entrySet().stream()
        .filter(e -> concernsAny(e.getKey(), turn.lost(), heard))
        .map(Map.Entry::getValue)
        .min(Comparator.naturalOrder())
        .map(since -> since.plus(settings.patientAfter()))
        .orElse(Instant.MIN);
  }

  private static boolean concernsAny(Cut cut, Set<Long> lost, Set<Long> heard) {
    return lost.stream()
        .filter(heard::contains)
        .anyMatch(id -> cut.observer() == id || cut.subject() == id);
  }

  /**
   * Those who can decide first; then the least cut off from full members, then full members, then
   * the oldest.
   */
  private static List<Candidate> preference(Ranks ranks, Set<Cut> cuts) {
    var order = new ArrayList<>(ranks.candidates());
    order.sort(
        Comparator.comparing((Candidate m) -> ranks.unheard().contains(m.id()))
            .thenComparingLong(
                m ->
                    ranks.candidates().stream()
                        .filter(ranks::counts)
                        .filter(other -> isCut(cuts, m.id(), other.id()))
                        .count())
            .thenComparing(m -> !m.counts()));
    return order;
  }

  /** Takes whoever reaches all that were taken before. */
  private static Set<Long> side(List<Candidate> order, Set<Cut> cuts) {
    var side = new LinkedHashSet<Long>();
    for (var member : order) {
      if (side.stream().noneMatch(taken -> isCut(cuts, taken, member.id()))) {
        side.add(member.id());
      }
    }
    return side;
  }

  private static boolean isCut(Set<Cut> cuts, long one, long other) {
    return cuts.stream().anyMatch(cut -> cut.joins(one, other));
  }

  private static Map<Cut, Instant> among(List<Candidate> candidates, Map<Cut, Instant> cuts) {
    var ids = candidates.stream().map(Candidate::id).collect(Collectors.toSet());
    return cuts.entrySet().stream()
        .filter(e -> ids.contains(e.getKey().observer()) && ids.contains(e.getKey().subject()))
        .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
  }

  private static Map<Cut, Instant> lasting(Map<Cut, Instant> cuts, Instant since) {
    return cuts.entrySet().stream()
        .filter(e -> !e.getValue().isAfter(since))
        .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
  }

  private static Set<Long> silentAmong(List<Candidate> candidates, Situation situation) {
    var silent = new HashSet<Long>();
    if (situation.database() instanceof Contact.Answering) {
      candidates.stream()
          .map(Candidate::id)
          .filter(id -> id != situation.self() && situation.silent().contains(id))
          .forEach(silent::add);
    }
    return Set.copyOf(silent);
  }

  /** Of the members that we reach and that the database hears, the oldest acts. */
  private static boolean isOldestHeard(
      List<Candidate> candidates, Set<Cut> cuts, Set<Long> silent, Situation situation) {
    return candidates.stream()
        .map(Candidate::id)
        .filter(id -> !silent.contains(id) && !isCut(cuts, situation.self(), id))
        .findFirst()
        .filter(id -> id == situation.self())
        .isPresent();
  }

  private static Instant earlier(Instant one, Instant other) {
    return one.isBefore(other) ? one : other;
  }

  private static Instant later(Instant one, Instant other) {
    return one.isAfter(other) ? one : other;
  }
}
