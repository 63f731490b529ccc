package io.holdfast.cluster;

import io.holdfast.cluster.Arbitration.Candidate;
import io.holdfast.cluster.Arbitration.Contact;
import io.holdfast.cluster.Arbitration.Cut;
import io.holdfast.cluster.Arbitration.Decision;
import io.holdfast.cluster.Arbitration.Proposal;
import io.holdfast.cluster.Arbitration.Situation;
import io.holdfast.cluster.Arbitration.Status;
import io.holdfast.cluster.Observation.CertainDeath;
import io.holdfast.cluster.Observation.DatabaseAnswers;
import io.holdfast.cluster.Observation.DatabaseAway;
import io.holdfast.database.Registry;
import io.holdfast.database.Registry.Removal;
import io.holdfast.telemetry.Failover;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.pekko.actor.AbstractActorWithTimers;
import org.apache.pekko.actor.Props;
import org.apache.pekko.cluster.Cluster;
import org.apache.pekko.cluster.ClusterEvent;
import org.apache.pekko.cluster.ClusterEvent.ClusterDomainEvent;
import org.apache.pekko.cluster.ClusterEvent.MemberEvent;
import org.apache.pekko.cluster.ClusterEvent.MemberRemoved;
import org.apache.pekko.cluster.ClusterEvent.ReachabilityChanged;
import org.apache.pekko.cluster.Member;
import org.apache.pekko.cluster.MemberStatus;
import org.apache.pekko.remote.artery.ThisActorSystemQuarantinedEvent;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Carries out what {@link Arbitration} decides: asks the database, and on its word downs members.
 *
 * <p>A process that has certainly ended is downed at once, since nobody can be harmed; its row is
 * written as soon as the database answers. Everybody else is downed only after the commit.
 */
final class ArbiterActor extends AbstractActorWithTimers {
  private static final Duration TEND_EVERY = Duration.ofMillis(250);
  private static final Logger log = LoggerFactory.getLogger(Arbiter.class);

  private enum Tick {
    DECIDE,
    TEND,
    RETRY
  }

  private record Answered(Set<Long> lost, Removal removal, Instant asked) {}

  private record Unanswered(Set<Long> lost, String reason) {}

  private record DeathWritten(CertainDeath death, Removal removal) {}

  private record DeathNotWritten(CertainDeath death, String reason) {}

  private final ClusterSetup setup;
  private final Registry registry;
  private final Cluster cluster;
  private final Arbitration arbitration;
  private final Expulsion expulsion;
  private final long self;
  private final Failover failover;
  private final Questions<Object> questions;

  private final Map<Long, Member> members = new LinkedHashMap<>();
  private final Map<Long, Instant> expelled = new HashMap<>();
  private final Set<Long> unwritten = new HashSet<>();
  private Map<Cut, Instant> cuts = Map.of();
  private Set<Cut> toldCuts = Set.of();
  private Instant unchangedSince;
  private Contact lastReport = new Contact.Away();
  private Contact contact = new Contact.Away();
  private Set<Long> heard = Set.of();
  private Set<Long> silent = Set.of();
  private Confessions confessions = Confessions.NONE;
  private Proposal proposal = Proposal.NONE;

  private ArbiterActor(ClusterSetup setup) {
    this.setup = setup;
    this.registry = setup.registry();
    this.cluster = Cluster.get(getContext().getSystem());
    this.self = cluster.selfUniqueAddress().longUid();
    this.arbitration = new Arbitration(ArbitrationSettings.defaults());
    this.expulsion = new Expulsion(getContext().getSystem());
    var me = getSelf();
    this.questions = new Questions<>("holdfast-arbiter", answer -> me.tell(answer, me));
    this.unchangedSince = setup.now();
    this.failover = setup.failover();
  }

  static Props props(ClusterSetup setup) {
    return Props.create(ArbiterActor.class, () -> new ArbiterActor(setup));
  }

  @Override
  public void preStart() {
    cluster.subscribe(getSelf(), ClusterEvent.initialStateAsEvents(), ClusterDomainEvent.class);
    var events = getContext().getSystem().getEventStream();
    events.subscribe(getSelf(), Observation.class);
    events.subscribe(getSelf(), ThisActorSystemQuarantinedEvent.class);
    getTimers().startTimerWithFixedDelay(Tick.TEND, Tick.TEND, TEND_EVERY);
  }

  @Override
  public void postStop() {
    cluster.unsubscribe(getSelf());
    getContext().getSystem().getEventStream().unsubscribe(getSelf());
    questions.close();
  }

  @Override
  public Receive createReceive() {
    return receiveBuilder()
        .match(MemberRemoved.class, this::onRemoved)
        .match(MemberEvent.class, this::onMember)
        .match(ReachabilityChanged.class, this::onReachability)
        .match(ThisActorSystemQuarantinedEvent.class, this::onQuarantined)
        .match(CertainDeath.class, this::onCertainDeath)
        .match(DatabaseAnswers.class, this::onDatabaseAnswers)
        .match(DatabaseAway.class, this::onDatabaseAway)
        .match(WithoutDatabase.class, this::onWithoutDatabase)
        .match(Answered.class, this::onAnswered)
        .match(Unanswered.class, this::onUnanswered)
        .match(DeathWritten.class, this::onDeathWritten)
        .match(DeathNotWritten.class, this::onDeathNotWritten)
        .matchEquals(Tick.DECIDE, tick -> decide())
        .matchEquals(Tick.RETRY, tick -> onRetry())
        .matchEquals(Tick.TEND, tick -> tend())
        .matchAny(ignored -> {})
        .build();
  }

  private void onMember(MemberEvent event) {
    var member = event.member();
    if (id(member) == self && member.status() == MemberStatus.down()) {
      setup.startAnew(getContext().getSystem(), "the other members wrote it off");
    }
    members.put(id(member), member);
    changed();
  }

  private void onRemoved(MemberRemoved event) {
    long id = id(event.member());
    if (id == self) {
      setup.startAnew(getContext().getSystem(), "it is a member no more");
    }
    members.remove(id);
    var noticed = expelled.remove(id);
    if (noticed != null) {
      var took = took(Failover.Step.REMOVED, noticed);
      log.debug("{} was removed after {} ms", event.member(), took.toMillis());
    }
    changed();
  }

  private void onReachability(ReachabilityChanged event) {
    var next = new HashMap<Cut, Instant>();
    for (var cut : Sights.cuts(event.reachability())) {
      next.put(cut, cuts.getOrDefault(cut, setup.now()));
    }
    if (!next.keySet().equals(cuts.keySet())) {
      logCuts(next.keySet());
      cuts = Map.copyOf(next);
      changed();
    }
  }

  /** That one is not reached who has just been downed is no news. */
  private void logCuts(Set<Cut> next) {
    var among = new HashSet<>(next);
    among.removeIf(cut -> !isLeft(cut.observer()) || !isLeft(cut.subject()));
    if (among.isEmpty() && !toldCuts.isEmpty()) {
      log.info("All members reach each other");
    } else if (!toldCuts.containsAll(among)) {
      log.info(
          "Members that do not reach each other: {}",
          among.stream()
              .map(cut -> name(cut.observer()) + " -> " + name(cut.subject()))
              .sorted()
              .collect(Collectors.joining(", ")));
    }
    toldCuts = among;
  }

  private boolean isLeft(long id) {
    return members.containsKey(id) && !expelled.containsKey(id);
  }

  private void onQuarantined(ThisActorSystemQuarantinedEvent event) {
    if (event.localAddress().uid() == self && members.containsKey(event.remoteAddress().uid())) {
      setup.startAnew(
          getContext().getSystem(), name(event.remoteAddress().uid()) + " has cut it off for good");
    }
  }

  private void onCertainDeath(CertainDeath death) {
    if (unwritten.add(death.incarnation())) {
      write(death);
    }
    expel(death.incarnation(), death.at());
  }

  private void write(CertainDeath death) {
    questions.ask(
        () -> registry.remove(self, Set.of(death.incarnation()), true),
        removal -> new DeathWritten(death, removal),
        reason -> new DeathNotWritten(death, reason));
  }

  private void onDeathWritten(DeathWritten written) {
    unwritten.remove(written.death().incarnation());
    if (written.removal() instanceof Removal.Lost) {
      lost();
      return;
    }
    fenced(written.death().who(), took(Failover.Step.FENCED, written.death().at()));
  }

  private void fenced(String who, Duration took) {
    log.atInfo()
        .addKeyValue("step", "fenced")
        .addKeyValue("member", who)
        .addKeyValue("millis", took.toMillis())
        .log("{} was fenced after {} ms", who, took.toMillis());
  }

  /**
   * From the first sign to now.
   *
   * @param noticed counts where that is too long ago to be one failover
   */
  private Duration took(Failover.Step step, Instant noticed) {
    return failover
        .done(step, System.nanoTime())
        .orElseGet(() -> Duration.between(noticed, setup.now()));
  }

  private void onDeathNotWritten(DeathNotWritten failed) {
    log.debug("{} is not fenced yet: {}", failed.death().who(), failed.reason());
    unwritten.remove(failed.death().incarnation());
    getTimers().startSingleTimer(failed.death(), failed.death(), arbitration.settings().retry());
  }

  private void onDatabaseAnswers(DatabaseAnswers report) {
    heard = report.heard();
    silent = report.silent();
    lastReport = new Contact.Answering(report.since());
    if (!getTimers().isTimerActive(Tick.RETRY)) {
      contact = lastReport;
    }
    decide();
  }

  private void onDatabaseAway(DatabaseAway report) {
    lastReport = new Contact.Away();
    contact = lastReport;
    decide();
  }

  private void onWithoutDatabase(WithoutDatabase said) {
    confessions = confessions.heard(said.incarnation(), setup.now());
    decide();
  }

  private void onAnswered(Answered answer) {
    proposal = Proposal.NONE;
    if (answer.removal() instanceof Removal.Lost) {
      lost();
      return;
    }
    fenced(names(answer.lost()), took(Failover.Step.FENCED, answer.asked()));
    answer.lost().forEach(id -> expel(id, answer.asked()));
    decide();
  }

  private void onUnanswered(Unanswered failed) {
    log.info("Not written off yet ({}): {}", failed.reason(), names(failed.lost()));
    proposal = Proposal.NONE;
    contact = new Contact.Away();
    getTimers().startSingleTimer(Tick.RETRY, Tick.RETRY, arbitration.settings().retry());
  }

  private void onRetry() {
    contact =
        lastReport instanceof Contact.Answering ? new Contact.Answering(setup.now()) : lastReport;
    decide();
  }

  private void lost() {
    proposal = Proposal.LOST;
    decide();
  }

  private void changed() {
    unchangedSince = setup.now();
    decide();
  }

  private void decide() {
    var now = setup.now();
    var decision = arbitration.decide(situation(), now);
    if (decision instanceof Decision.Wait wait) {
      var delay = Duration.between(now, wait.until());
      getTimers().startSingleTimer(Tick.DECIDE, Tick.DECIDE, delay);
      return;
    }
    getTimers().cancel(Tick.DECIDE);
    if (decision instanceof Decision.Propose propose) {
      propose(propose.lost());
    } else if (decision instanceof Decision.Lost) {
      setup.startAnew(getContext().getSystem(), "others were first to decide, without it");
    }
  }

  private Situation situation() {
    return new Situation(
        self, candidates(), cuts, unchangedSince, contact, heard, withoutDatabase(), proposal);
  }

  private Set<Long> withoutDatabase() {
    var all = new HashSet<>(silent);
    var since =
        contact instanceof Contact.Answering answering
            ? Optional.of(answering.since())
            : Optional.<Instant>empty();
    all.addAll(confessions.lasting(since, arbitration.settings().confessedAfter(), setup.now()));
    return all;
  }

  /** Whom we have downed already is down, although Pekko may not have said so yet. */
  private List<Candidate> candidates() {
    return Sights.candidates(List.copyOf(members.values())).stream()
        .map(m -> expelled.containsKey(m.id()) ? new Candidate(m.id(), Status.DOWN) : m)
        .toList();
  }

  private void propose(Set<Long> lost) {
    proposal = Proposal.UNDER_WAY;
    var asked = setup.now();
    var notReachedFor = notReachedFor(lost, asked);
    long now = System.nanoTime();
    failover.sign(now - notReachedFor.orElse(Duration.ZERO).toNanos());
    failover.done(Failover.Step.NOTICED, now);
    log.atInfo()
        .addKeyValue("step", "noticed")
        .addKeyValue("member", names(lost))
        .addKeyValue("millis", notReachedFor.orElse(Duration.ZERO).toMillis())
        .log("To be written off, {}: {}", reason(notReachedFor), names(lost));
    questions.ask(
        () -> registry.remove(self, lost, false),
        removal -> new Answered(lost, removal, asked),
        reason -> new Unanswered(lost, reason));
  }

  private Optional<Duration> notReachedFor(Set<Long> lost, Instant now) {
    return cuts.entrySet().stream()
        .filter(e -> lost.contains(e.getKey().subject()) || lost.contains(e.getKey().observer()))
        .map(Map.Entry::getValue)
        .min(Comparator.naturalOrder())
        .map(since -> Duration.between(since, now));
  }

  private static String reason(Optional<Duration> notReachedFor) {
    return notReachedFor
        .map(it -> "not reached for " + it.toMillis() + " ms")
        .orElse("the database is out of their reach");
  }

  private void expel(long id, Instant noticed) {
    var member = members.get(id);
    if (member != null && id != self && !expelled.containsKey(id)) {
      expelled.put(id, noticed);
      log.debug("{} is downed", member);
      expulsion.begin(member);
    }
  }

  /** What was decided stays to be done: a message may have been lost, or have come too early. */
  private void tend() {
    if (registry.isAway()) {
      confess();
    }
    for (long id : expelled.keySet()) {
      var member = members.get(id);
      if (member != null) {
        boolean isSeen = cuts.keySet().stream().anyMatch(cut -> cut.subject() == id);
        expulsion.continueWith(member, isSeen);
      }
    }
  }

  /** To the arbiter of each member: its actor has the same path everywhere. */
  private void confess() {
    var path = getSelf().path().toStringWithoutAddress();
    var said = new WithoutDatabase(self);
    members.values().stream()
        .filter(member -> id(member) != self)
        .map(member -> getContext().actorSelection(member.address() + path))
        .forEach(arbiter -> arbiter.tell(said, getSelf()));
  }

  private static long id(Member member) {
    return member.uniqueAddress().longUid();
  }

  private String name(long id) {
    var member = members.get(id);
    return member == null ? Long.toString(id) : member.address().hostPort();
  }

  private String names(Set<Long> ids) {
    return ids.stream().map(this::name).sorted().collect(Collectors.joining(", "));
  }
}
