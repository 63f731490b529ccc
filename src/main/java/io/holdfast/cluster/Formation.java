package io.holdfast.cluster;

import io.holdfast.cluster.FormationDecision.Action;
import io.holdfast.cluster.FormationDecision.Asked;
import io.holdfast.cluster.FormationDecision.Sign;
import io.holdfast.database.Incarnation;
import io.holdfast.database.Registry;
import io.holdfast.database.Registry.Entry;
import io.holdfast.database.Registry.Forming;
import io.holdfast.database.Registry.Presence;
import io.holdfast.database.Registry.Seen;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Supplier;
import org.apache.pekko.actor.ActorSystem;
import org.apache.pekko.actor.Address;
import org.apache.pekko.cluster.Cluster;
import org.apache.pekko.cluster.Member;
import org.apache.pekko.cluster.MemberStatus;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gets one incarnation into its cluster: registers it, joins the members that the database names,
 * forms a cluster if there are none, and confirms the membership once it is up. Everything here
 * runs on one thread, which may block.
 */
final class Formation {
  private static final Duration STEP = Duration.ofMillis(200);
  private static final Duration SOON = Duration.ofMillis(20);

  /** A cluster in which nothing moves for so long is not worth waiting for. */
  private static final Duration JOINING_MAX = Duration.ofSeconds(10);

  /**
   * The same once a member died meanwhile. If it was the one that let us in, the others may never
   * have heard of us, and then they take none of our gossip, for good.
   */
  private static final Duration JOINING_OVER_A_DEATH_MAX = Duration.ofMillis(2500);

  /** A sign of life comes each second; who has ended gives none. */
  private static final Duration DEAD_IS_SILENT = Duration.ofMillis(1500);

  private static final Logger log = LoggerFactory.getLogger(Formation.class);

  private final ActorSystem system;
  private final ClusterSetup setup;
  private final Registry registry;
  private final Incarnation me;
  private final Supplier<Set<Long>> everSeen;
  private final FormationDecision decision = FormationDecision.defaults();
  private final NamesakeDecision namesakes = NamesakeDecision.defaults();
  private final LifelineProbe probe;
  private final Map<Long, Sign> signs = new HashMap<>();
  private final Set<Long> elsewhere = new HashSet<>();
  private final CompletableFuture<Void> up = new CompletableFuture<>();
  private final Instant began;
  private boolean isRegistered;
  private volatile boolean someServe;
  private Optional<Instant> namesakesSince = Optional.empty();
  private Optional<Instant> answeringSince = Optional.empty();
  private Optional<Asked> asked = Optional.empty();
  private Optional<Instant> joiningSince = Optional.empty();
  private Optional<Instant> upSince = Optional.empty();

  /** Who has had the gossip in which we are. */
  private final Set<Address> informed = new HashSet<>();

  /**
   * @param everSeen every incarnation that was ever seen as a member from here
   */
  Formation(ActorSystem system, ClusterSetup setup, Incarnation me, Supplier<Set<Long>> everSeen) {
    this.system = system;
    this.setup = setup;
    this.registry = setup.registry();
    this.me = me;
    this.everSeen = everSeen;
    this.began = setup.now();
    this.probe = new LifelineProbe(setup.settings().name(), Duration.ofMillis(400));
  }

  /**
   * Completes once this incarnation is up and confirmed as a member; with {@link StartRefused} when
   * it must not become one.
   */
  CompletionStage<Void> up() {
    return up;
  }

  /**
   * Whether there were members that served when this one went to them. While nobody serves, whoever
   * can at all is worth more than whoever does so smoothly.
   */
  boolean someServe() {
    return someServe;
  }

  /** Nobody serves, but somebody has: it is not the first formation of this database. */
  boolean isAwaited() {
    return !someServe && joined() > 1;
  }

  boolean isRegistered() {
    return isRegistered;
  }

  /** Does the next thing. Empty when there is nothing left to do. */
  Optional<Duration> step() {
    if (up.isDone()) {
      return Optional.empty();
    }
    try {
      var next = isRegistered ? proceed() : register();
      answeringSince = Optional.of(answeringSince.orElseGet(setup::now));
      return next;
    } catch (Registry.Unanswered e) {
      return askAgain(e.getMessage());
    } catch (RuntimeException e) {
      return askAgain(e.toString());
    }
  }

  private Optional<Duration> askAgain(String reason) {
    log.info("{} waits for the database: {}", me.name(), reason);
    answeringSince = Optional.empty();
    return Optional.of(jitter(STEP));
  }

  private Optional<Duration> register() throws Registry.Unanswered {
    // Before the question: how long they were silent is of the moment in which it is answered.
    var asked = setup.now();
    namesakesSince = Optional.of(namesakesSince.orElse(asked));
    var others = registry.namesakes(me);
    others.stream().filter(other -> !isAt(other, me.address())).forEach(this::look);
    var action = namesakes.decide(others, signs, namesakesSince.get(), asked);
    if (action instanceof NamesakeDecision.Action.Refuse refuse) {
      up.completeExceptionally(new StartRefused(reason(refuse.other())));
      return Optional.empty();
    }
    return action instanceof NamesakeDecision.Action.Register register && register(register.ended())
        ? Optional.of(Duration.ZERO)
        : Optional.of(jitter(STEP));
  }

  private boolean register(Set<Long> ended) throws Registry.Unanswered {
    var at = HostPort.parse(me.lifeline()).resolve();
    isRegistered =
        registry.register(me, Lifeline.isProof(setup.settings().certainDeath(), at), ended);
    if (isRegistered) {
      log.info("{} is registered as incarnation {} at {}", me.name(), me.id(), me.address());
    }
    return isRegistered;
  }

  /** There we would hear only ourselves. */
  private static boolean isAt(Seen other, String address) {
    return other.incarnation().address().equals(address);
  }

  private String reason(Incarnation other) {
    return other.address().equals(me.address())
        ? "a node of this cluster, %s, lives at %s already, in another place that has the same"
                .formatted(other.name(), other.address())
            + " address: set node.host to one by which its peers reach this node, and no other"
        : "a node of this cluster is named %s already, and lives at %s: give each its own node.name"
            .formatted(other.name(), other.address());
  }

  private Optional<Duration> proceed() throws Registry.Unanswered {
    var status = Cluster.get(system).selfMember().status();
    if (status == MemberStatus.removed()) {
      return enter();
    }
    boolean isKnown = isKnownToAll();
    if (status == MemberStatus.joining() || status == MemberStatus.weaklyUp()) {
      joiningSince = Optional.of(joiningSince.orElseGet(setup::now));
      return await(joiningSince.get());
    }
    if (status != MemberStatus.up()) {
      return Optional.empty();
    }
    upSince = Optional.of(upSince.orElseGet(setup::now));
    return isKnown ? confirm() : await(upSince.get());
  }

  /**
   * Whether every member that is up has heard of us. Whom we joined may have made us and others
   * members in one step, and died when it had told only us: the others take no gossip of somebody
   * whom they do not know, so they never hear of us, and we would wait for their shards for ever.
   */
  private boolean isKnownToAll() {
    var state = Cluster.get(system).state();
    state.getSeenBy().forEach(informed::add);
    for (Member member : state.getMembers()) {
      if (member.status() == MemberStatus.up()
          && !member.address().equals(Cluster.get(system).selfAddress())
          && !state.getUnreachable().contains(member)
          && !informed.contains(member.address())) {
        return false;
      }
    }
    return true;
  }

  /**
   * Confirmed already now: if whom it joined dies before it is up, it goes on, and nobody forms
   * another cluster meanwhile.
   */
  private Optional<Duration> await(Instant since) throws Registry.Unanswered {
    if (!isConfirmed()) {
      return startAnew("another cluster was formed while it joined");
    }
    var limit = hasMemberGone() ? JOINING_OVER_A_DEATH_MAX : JOINING_MAX;
    if (Duration.between(since, setup.now()).compareTo(limit) > 0) {
      return startAnew("it did not get up in the cluster that it joined, or only in its own view");
    }
    return Optional.of(STEP);
  }

  private Optional<Duration> confirm() throws Registry.Unanswered {
    if (!isConfirmed()) {
      return startAnew("another cluster was formed");
    }
    log.info(
        "{} is up in formation {} after {} ms",
        me.name(),
        joined(),
        Duration.between(began, setup.now()).toMillis());
    up.complete(null);
    return Optional.empty();
  }

  /** Down is gone: where nobody takes our gossip, it is never removed. */
  private boolean hasMemberGone() {
    for (Member member : Cluster.get(system).state().getMembers()) {
      if (member.status() == MemberStatus.down()) {
        return true;
      }
    }
    return !members().containsAll(everSeen.get());
  }

  private Set<Long> members() {
    var ids = new HashSet<Long>();
    for (Member member : Cluster.get(system).state().getMembers()) {
      ids.add(member.uniqueAddress().longUid());
    }
    return ids;
  }

  private boolean isConfirmed() throws Registry.Unanswered {
    return confirmed() == Presence.PRESENT;
  }

  private Presence confirmed() throws Registry.Unanswered {
    var seen = members();
    seen.addAll(everSeen.get());
    seen.remove(me.id());
    return registry.confirm(me.id(), joined(), seen);
  }

  /**
   * The database says that this incarnation is not a member. If it was confirmed as one, a
   * promotion of the database has undone that, and it is confirmed again if it still can be. On any
   * thread.
   */
  Presence confirmAgain() throws Registry.Unanswered {
    return up.isDone() ? confirmed() : Presence.PRESENT;
  }

  /** The formation that was last asked to take us in. */
  private long joined() {
    return asked.map(Asked::formation).orElse(0L);
  }

  private Optional<Duration> enter() throws Registry.Unanswered {
    var entry = registry.enter(me.id());
    if (entry instanceof Entry.Entered entered) {
      entered.members().forEach(this::look);
      someServe = FormationDecision.someServe(entered, signs);
    }
    var action =
        decision.decide(entry, signs, asked, answeringSince.orElseGet(setup::now), setup.now());
    if (action instanceof Action.Join join) {
      join(join.formation(), join.addresses());
    } else if (action instanceof Action.JoinSelf self) {
      joinSelf(self.formation());
    } else if (action instanceof Action.Form form) {
      return form(form);
    } else if (action instanceof Action.StartAnew) {
      return startAnew("it was written off before it joined");
    }
    return Optional.of(jitter(STEP));
  }

  private Optional<Duration> form(Action.Form form) throws Registry.Unanswered {
    var forming = registry.form(me.id(), form.lost(), form.dead());
    if (forming instanceof Forming.Formed formed) {
      log.info(
          "{} forms formation {}, over {} members that are dead and {} that are lost",
          me.name(),
          formed.formation(),
          form.dead().size(),
          form.lost().size());
      someServe = false;
      joinSelf(formed.formation());
      return Optional.of(SOON);
    }
    return forming instanceof Forming.Refused
        ? startAnew("it was written off before it joined")
        : Optional.of(jitter(SOON));
  }

  private void joinSelf(long formation) {
    join(formation, List.of(me.address()));
  }

  private void join(long formation, List<String> addresses) {
    log.info("{} joins formation {} at {}", me.name(), formation, addresses);
    asked = Optional.of(new Asked(formation, addresses, setup.now()));
    Cluster.get(system).joinSeedNodes(addresses.stream().map(this::address).toList());
  }

  private Address address(String hostPort) {
    var mine = Cluster.get(system).selfAddress();
    var at = HostPort.parse(hostPort);
    return new Address(mine.protocol(), mine.system(), at.host(), at.port());
  }

  private Optional<Duration> startAnew(String reason) {
    setup.startAnew(system, reason);
    return Optional.empty();
  }

  /** What the member's lifeline port says. A death, once certain, stays so. */
  private void look(Seen member) {
    if (signs.get(member.id()) instanceof Sign.Dead) {
      return;
    }
    var at = HostPort.parse(member.incarnation().lifeline()).resolve();
    boolean isProof = Lifeline.isProof(setup.settings().certainDeath(), at);
    var answer = probe.ask(at, member.id());
    for (int i = 1; isProof && isDead(answer) && i < LifelineDecision.REFUSALS_FOR_PROOF; i++) {
      answer = probe.ask(at, member.id());
    }
    if (answer == LifelineProbe.Answer.ALIVE) {
      signs.put(member.id(), new Sign.Alive());
    } else if (isProof && isDead(answer) && member.silence().compareTo(DEAD_IS_SILENT) > 0) {
      log.info("{} at {} is dead", member.incarnation().name(), member.incarnation().address());
      signs.put(member.id(), new Sign.Dead());
    } else if (!(signs.get(member.id()) instanceof Sign.Deaf)) {
      signs.put(member.id(), new Sign.Deaf(setup.now()));
    }
    if (isProof && isDead(answer)) {
      tellOfOtherPlace(member);
    }
  }

  /**
   * On a loopback address nobody but this machine's kernel refuses. But who still gives signs of
   * life is in another place, where the same address is another machine's.
   */
  private void tellOfOtherPlace(Seen member) {
    boolean lives =
        signs.get(member.id()) instanceof Sign.Deaf deaf
            && Duration.between(deaf.since(), setup.now()).compareTo(DEAD_IS_SILENT) > 0
            && member.silence().compareTo(DEAD_IS_SILENT) <= 0;
    if (lives && elsewhere.add(member.id())) {
      log.error(
          "{} gives signs of life, but nobody answers for it at {}: it is in another place. Give"
              + " each node a node.host by which the others reach it",
          member.incarnation().name(),
          member.incarnation().address());
    }
  }

  private static boolean isDead(LifelineProbe.Answer answer) {
    return answer == LifelineProbe.Answer.ANOTHER_OR_REFUSED;
  }

  /** Nodes that start at the same instant should not go on in step. */
  private static Duration jitter(Duration about) {
    long nanos = about.toNanos();
    return Duration.ofNanos(ThreadLocalRandom.current().nextLong(nanos / 2, nanos + nanos / 2));
  }
}
