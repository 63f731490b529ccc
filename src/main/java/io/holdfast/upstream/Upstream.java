package io.holdfast.upstream;

import io.holdfast.resilience.Breaker;
import io.holdfast.resilience.Breaker.Admission;
import io.holdfast.resilience.Bulkhead;
import io.holdfast.resilience.Ejection;
import io.holdfast.resilience.EjectionSettings;
import io.holdfast.resilience.Gate;
import io.holdfast.resilience.HealthState;
import io.holdfast.resilience.Priority;
import io.holdfast.resilience.RetryBudget;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;

/**
 * What this node knows of one service, and what it decides about each call: whether there is room
 * for it, where it goes, and what its end says about the instance and the service. All of it under
 * one lock, for some microseconds at a time; nothing here waits. Times are those of {@link
 * System#nanoTime}.
 */
public final class Upstream {
  private static final Optional<Instance> NOBODY = Optional.empty();

  /** So long an instance waits for a call that can be repeated elsewhere if it fails there. */
  private static final Duration SPARED_FOR = Duration.ofSeconds(2);

  private volatile UpstreamSettings settings;
  private final RandomGenerator random;
  private List<Instance> instances = List.of();
  private final Circuit circuit;
  private final UpstreamMeters meters;
  private final RetryBudget budget;
  private final Capacity capacity;

  /** Who waits for room. Called from outside the lock. */
  interface Waiter {
    /** There is room now, and it is taken. */
    void admitted();

    /** Somebody more important has the place. */
    void shed();
  }

  /** One call, from its beginning to its end. */
  static final class Call {
    private final Instance instance;
    private boolean probesService;
    private boolean probesInstance;
    private final int era; // of the service's circuit
    private final int instanceEra;
    private long sinceNanos;
    private boolean slow;

    private Call(Choice.To to, int era, long sinceNanos) {
      this.instance = to.instance();
      this.probesService = to.probesService();
      this.probesInstance = to.probesInstance();
      this.era = era;
      this.instanceEra = instance.circuit().era();
      this.sinceNanos = sinceNanos;
    }

    Instance instance() {
      return instance;
    }

    long sinceNanos() {
      return sinceNanos;
    }
  }

  Upstream(UpstreamSettings settings, RandomGenerator random, long nowNanos) {
    this.settings = settings;
    this.random = random;
    this.meters = new UpstreamMeters(settings.name());
    this.circuit = circuit(nowNanos);
    this.budget = new RetryBudget(settings.retryBudget(), nowNanos);
    this.capacity = new Capacity(settings.concurrency(), nowNanos);
    this.instances = instances(nowNanos);
  }

  /** Those of the settings; one that is known already keeps what is known of it. */
  private List<Instance> instances(long nowNanos) {
    var all = new ArrayList<Instance>();
    settings.instances().forEach(it -> all.add(instance(it, false, nowNanos)));
    settings.standby().forEach(it -> all.add(instance(it, true, nowNanos)));
    return all;
  }

  private Instance instance(InstanceAddress address, boolean standby, long nowNanos) {
    for (var known : instances) {
      if (known.name().equals(address.name()) && known.isStandby() == standby) {
        known.weighs(address);
        return known;
      }
    }
    return new Instance(address, standby, instanceCircuit(address, standby, nowNanos), nowNanos);
  }

  private Circuit instanceCircuit(InstanceAddress address, boolean standby, long nowNanos) {
    var ejecting =
        new Gate.Ejecting() {
          @Override
          public boolean isAllowed() {
            return mayEject(address.name(), standby);
          }

          @Override
          public Optional<EjectionSettings> settings() {
            return Optional.of(settings.ejection());
          }
        };
    return new Circuit(settings.breaker(), settings.observersMin(), ejecting, nowNanos);
  }

  /** Other settings from now on. What did not change keeps what is known of it. */
  synchronized void follow(UpstreamSettings next, long nowNanos) {
    settings = next;
    instances = instances(nowNanos);
    circuit.follow(next.breaker(), next.observersMin(), nowNanos);
    instances.forEach(it -> it.circuit().follow(next.breaker(), next.observersMin(), nowNanos));
    budget.share(next.retryBudget());
    capacity.follow(next.concurrency());
    if (!next.health().isOn()) { // nobody would find out that one is well again
      instances.forEach(it -> it.health(HealthState.unknown(), nowNanos));
    }
  }

  private Circuit circuit(long nowNanos) {
    return new Circuit(settings.breaker(), settings.observersMin(), nowNanos);
  }

  public UpstreamSettings settings() {
    return settings;
  }

  UpstreamMeters meters() {
    return meters;
  }

  synchronized int inFlight() {
    return capacity.inFlight();
  }

  synchronized int waiting() {
    return capacity.waiting();
  }

  /** The names of its instances, and {@link UpstreamMeters#SERVICE} for itself. */
  synchronized Set<String> names() {
    var names = new LinkedHashSet<>(Set.of(UpstreamMeters.SERVICE));
    instances.forEach(it -> names.add(it.name()));
    return names;
  }

  /** Where the breaker of one of these stands; nowhere, if it is not there any more. */
  synchronized String breakerOf(String name) {
    if (name.equals(UpstreamMeters.SERVICE)) {
      return circuit.word();
    }
    return instances.stream()
        .filter(it -> it.name().equals(name))
        .map(it -> it.circuit().isEjected() ? "ejected" : it.circuit().word())
        .findFirst()
        .orElse("");
  }

  synchronized int usable() {
    return (int) instances.stream().filter(it -> !it.isStandby() && it.isUsable()).count();
  }

  synchronized int permits() {
    return capacity.permits();
  }

  // ---- room ----

  /** A request has come: asks for room. */
  synchronized Bulkhead.Entry<Waiter> enter(
      Waiter waiter, Priority priority, long untilNanos, long nowNanos) {
    budget.requested(nowNanos);
    return capacity.enter(waiter, priority, untilNanos);
  }

  /** A request that had room is over: who has it now. */
  synchronized List<Waiter> leave() {
    return capacity.leave();
  }

  synchronized void withdraw(Waiter waiter) {
    capacity.withdraw(waiter);
  }

  synchronized boolean spendRetry(long nowNanos) {
    boolean spent = budget.spend(nowNanos);
    meters.count(spent ? UpstreamMeters.Retry.MADE : UpstreamMeters.Retry.BEYOND_BUDGET);
    return spent;
  }

  // ---- calls ----

  /** Whether an attempt would find an instance now, as far as breakers and health say. */
  public synchronized boolean isReachable(long nowNanos) {
    var none = Set.<Instance>of();
    var admission = circuit.admits(0, nowNanos);
    boolean lets =
        admission == Admission.PROBE && anyForProbe().isPresent()
            || admission == Admission.ADMIT && toProbe(true, true, nowNanos).isPresent();
    return lets
        || admission != Admission.REFUSE && !usable(false, none, 0, nowNanos).isEmpty()
        || !usable(true, none, 0, nowNanos).isEmpty();
  }

  /**
   * Where an attempt goes, and that it begins.
   *
   * @param tried those that the request has been sent to already: asked again only when there is no
   *     other
   * @param repeatable whether another instance can be asked when this attempt fails
   */
  synchronized Beginning begin(
      Set<Instance> tried, String hashKey, boolean repeatable, long nowNanos) {
    var choice = choose(tried, hashKey, repeatable, nowNanos);
    if (!(choice instanceof Choice.To to)) {
      return new Beginning(choice, Optional.empty());
    }
    var call = new Call(to, circuit.era(), nowNanos);
    to.instance().began(call);
    if (to.probesService()) {
      circuit.probing(nowNanos);
    }
    if (to.probesInstance()) {
      to.instance().circuit().probing(nowNanos);
    }
    return new Beginning(choice, Optional.of(call));
  }

  /** What was chosen, and the call if there is one. */
  record Beginning(Choice choice, Optional<Call> call) {}

  private Choice choose(Set<Instance> tried, String hashKey, boolean repeatable, long nowNanos) {
    double chance = random.nextDouble(); // one: else two ramps let through what both do
    var admission = circuit.admits(chance, nowNanos);
    if (admission != Admission.REFUSE) {
      boolean probe = admission == Admission.PROBE;
      var usable = usable(false, tried, chance, nowNanos);
      var probed = probed(tried, usable.isEmpty(), probe, repeatable, nowNanos);
      if (probed.isPresent()) {
        return new Choice.To(probed.get(), probe, true);
      }
      if (!usable.isEmpty()) {
        return to(usable, probe, hashKey, nowNanos);
      }
    }
    var standby = usable(true, tried, chance, nowNanos);
    if (!standby.isEmpty()) {
      return to(standby, false, hashKey, nowNanos);
    }
    if (admission == Admission.REFUSE) {
      return new Choice.BreakerOpen(reason());
    }
    return instances.stream().anyMatch(it -> it.circuit().isOpen())
        ? new Choice.BreakerOpen("the breakers of its instances are open")
        : new Choice.NoInstance();
  }

  /**
   * Who tries out the service finds somebody: that is once in a while, whatever the instances say.
   */
  private Optional<Instance> probed(
      Set<Instance> tried, boolean isLast, boolean probe, boolean repeatable, long nowNanos) {
    var due = isLast || tried.isEmpty() ? toProbe(isLast, repeatable, nowNanos) : NOBODY;
    return isLast && probe ? due.or(this::anyForProbe) : due;
  }

  private Optional<Instance> anyForProbe() {
    var all =
        instances.stream().filter(it -> !it.isStandby() && it.isUsableButForItsBreaker()).toList();
    return all.isEmpty() ? NOBODY : Optional.of(all.get(random.nextInt(all.size())));
  }

  private Choice to(List<Instance> usable, boolean probe, String hashKey, long nowNanos) {
    var chosen = Choosing.choose(usable, settings, hashKey, random, nowNanos);
    return new Choice.To(chosen, probe, false);
  }

  /**
   * Those known to be healthy, else those of which nothing is known, else those that come back from
   * having been left out: they are spared only while others can be asked. At last the tried.
   */
  private List<Instance> usable(
      boolean standby, Set<Instance> tried, double chance, long nowNanos) {
    var fresh = new ArrayList<Instance>(instances.size());
    var unknown = new ArrayList<Instance>();
    var spared = new ArrayList<Instance>();
    var again = new ArrayList<Instance>();
    for (var instance : instances) {
      if (instance.isStandby() != standby || !isAdmitted(instance, 0, nowNanos)) {
        continue;
      }
      boolean isSpared = !isAdmitted(instance, chance, nowNanos);
      if (isSpared && !instance.circuit().reason().isOutlier()) {
        continue;
      }
      if (tried.contains(instance)) {
        again.add(instance);
      } else if (isSpared) {
        spared.add(instance);
      } else if (instance.isKnownHealthy() || !settings.health().isOn()) {
        fresh.add(instance);
      } else {
        unknown.add(instance);
      }
    }
    return Stream.of(fresh, unknown, spared).filter(it -> !it.isEmpty()).findFirst().orElse(again);
  }

  private boolean isAdmitted(Instance instance, double chance, long nowNanos) {
    return instance.isUsable() && instance.circuit().admits(chance, nowNanos) == Admission.ADMIT;
  }

  /**
   * One that has been closed long enough is tried out with a call, also while others can be used:
   * nobody else would find out that it is well again. Who would have to bear its failure is spared
   * as long as others may come.
   *
   * @param isLast whether no other can be used
   */
  private Optional<Instance> toProbe(boolean isLast, boolean repeatable, long nowNanos) {
    for (var it : instances) {
      if (!it.isStandby()
          && it.isUsableButForItsBreaker()
          && it.circuit().admits(0, nowNanos) == Admission.PROBE
          && (isLast || repeatable || it.circuit().isDueFor(SPARED_FOR, nowNanos))) {
        return Optional.of(it);
      }
    }
    return NOBODY;
  }

  private String reason() {
    return circuit.word().startsWith("forced")
        ? "an operator has opened the breaker"
        : "the breaker is open: " + circuit.reason().word();
  }

  /** A call in flight waits for more of its client's content: its time begins anew. */
  synchronized void waitsForClient(Call call, long nowNanos) {
    call.sinceNanos = nowNanos;
    call.instance.restarted(call);
  }

  /** Tells of a call that is in flight: when it has become slow, it counts from now on. */
  synchronized void look(Call call, long nowNanos) {
    if (!call.slow && nowNanos - call.sinceNanos >= settings.breaker().slowCall().toNanos()) {
      call.slow = true;
      if (countsForService(call)) {
        circuit.becameSlow(nowNanos);
      }
      if (countsForInstance(call)) {
        call.instance.circuit().waited(call.sinceNanos);
        call.instance.circuit().becameSlow(nowNanos);
        countEjection(call.instance);
      }
      capacity.took(nowNanos - call.sinceNanos, nowNanos);
    }
  }

  /** The head of an answer has come, or the call has failed. */
  synchronized void answered(Call call, CallEnding ending, long nowNanos) {
    boolean failed = ending.isFailure();
    look(call, nowNanos);
    var instance = call.instance;
    long latency = nowNanos - call.sinceNanos;
    boolean wasEjected = instance.circuit().isEjected();
    probed(call, !failed && !call.slow, nowNanos);
    if (ending == CallEnding.TIMED_OUT && !call.slow && countsForInstance(call)) {
      instance.circuit().waited(call.sinceNanos);
    }
    count(call, failed, nowNanos);
    countEjection(instance);
    startsSlowly(instance, wasEjected, nowNanos);
    instance.answered(call, latency, failed, nowNanos);
    if (!failed) {
      instance.health(instance.health().answered(), nowNanos);
    }
    if (ending.isOverload()) {
      capacity.overloaded();
    }
    if (!failed || call.slow) {
      capacity.took(latency, nowNanos);
    }
  }

  /** What it decides, it decides once. */
  private void probed(Call call, boolean succeeded, long nowNanos) {
    if (call.probesService) {
      circuit.probed(succeeded, nowNanos);
    }
    if (call.probesInstance) {
      call.instance.circuit().probed(succeeded, nowNanos);
    }
    call.probesService = false;
    call.probesInstance = false;
  }

  private static void startsSlowly(Instance instance, boolean wasEjected, long nowNanos) {
    if (wasEjected && !instance.circuit().isEjected()) {
      instance.comesBack(nowNanos);
    }
  }

  private void countEjection(Instance instance) {
    if (instance.isNewlyEjected()) {
      meters.ejected(instance.circuit().reason());
    }
  }

  private void count(Call call, boolean failed, long nowNanos) {
    if (countsForService(call)) {
      circuit.ended(failed, call.slow, nowNanos);
    }
    if (countsForInstance(call)) {
      call.instance.circuit().ended(failed, call.slow, nowNanos);
    }
  }

  /** What began before a breaker let calls through again is not held against what follows. */
  private boolean countsForService(Call call) {
    return !call.instance.isStandby() && call.era == circuit.era();
  }

  private static boolean countsForInstance(Call call) {
    return call.instanceEra == call.instance.circuit().era();
  }

  /** The call is over; nothing more is in flight for it. */
  synchronized void over(Call call) {
    call.instance.ended(call);
  }

  /** The answer had begun well, and broke off. */
  synchronized void brokeOff(Call call, long nowNanos) {
    call.slow = true; // it has been counted
    count(call, true, nowNanos);
    countEjection(call.instance);
  }

  /** It was given up for a reason that says nothing about the instance: the client went away. */
  synchronized void abandoned(Call call, long nowNanos) {
    probed(call, false, nowNanos);
  }

  /** It or, if it is left out already, still. */
  private boolean mayEject(String name, boolean standby) {
    int all = 0;
    int ejected = 0;
    int usable = 1; // itself
    for (var it : instances) {
      if (it.isStandby() == standby) {
        all++;
        boolean isOther = !it.name().equals(name);
        ejected += isOther && it.circuit().isEjected() ? 1 : 0;
        usable += isOther && it.isUsable() ? 1 : 0;
      }
    }
    return Ejection.mayEject(all, ejected, usable, settings.ejection());
  }

  // ---- checks and operators ----

  /** A check of an instance has ended. */
  synchronized void checked(String instance, boolean succeeded, long nowNanos) {
    var health = settings.health();
    for (var it : instances) {
      if (health.isOn() && it.name().equals(instance)) {
        it.health(it.health().checked(succeeded, health.rise(), health.fall()), nowNanos);
      }
    }
  }

  /** Whether there is an instance of that name. */
  public synchronized boolean has(String instance) {
    return instances.stream().anyMatch(it -> it.name().equals(instance));
  }

  /** An operator's word. */
  synchronized void obey(Order order, long nowNanos) {
    switch (order.word()) {
      case OPEN -> circuit.force(Breaker.Forced.OPEN, nowNanos);
      case CLOSE -> circuit.force(Breaker.Forced.CLOSED, nowNanos);
      case AUTO -> circuit.force(Breaker.Forced.AUTO, nowNanos);
      case DRAIN, RESTORE -> {
        for (var instance : instances) {
          if (instance.name().equals(order.instance())) {
            instance.drain(order.word() == Order.Word.DRAIN, nowNanos);
          }
        }
      }
    }
  }

  // ---- the cluster ----

  /** What this node has seen, for the others. */
  synchronized ServiceReport report(long nowNanos) {
    return new ServiceReport(
        settings.name(),
        circuit.report(nowNanos),
        capacity.found(),
        instances.stream()
            .map(
                it ->
                    new ServiceReport.InstanceReport(
                        it.name(), it.inFlight(), it.circuit().report(nowNanos)))
            .toList());
  }

  /** Whether the others should hear of it before they are told anyway. */
  synchronized boolean hasNews(long nowNanos) {
    return circuit.hasNews(nowNanos)
        || instances.stream().anyMatch(it -> it.circuit().hasNews(nowNanos));
  }

  /**
   * What the other nodes have seen.
   *
   * @param steward whether this node judges for all
   */
  synchronized void heard(
      List<ServiceReport> others, boolean steward, Circuit.Neighbours nodes, long nowNanos) {
    circuit.judges(steward, nowNanos);
    circuit.heard(others.stream().map(ServiceReport::circuit).toList(), nodes, nowNanos);
    capacity.heard(others.stream().map(ServiceReport::limit).toList());
    for (var instance : instances) {
      var reports =
          others.stream()
              .flatMap(it -> it.instances().stream())
              .filter(it -> it.instance().equals(instance.name()))
              .toList();
      instance.inFlightElsewhere(
          reports.stream().mapToInt(ServiceReport.InstanceReport::inFlight).sum());
      instance.circuit().judges(steward, nowNanos);
      var circuits = reports.stream().map(ServiceReport.InstanceReport::circuit).toList();
      instance.circuit().heard(circuits, nodes, nowNanos);
      countEjection(instance);
    }
  }

  /** As this node sees it, being the steward. */
  synchronized ServiceVerdict verdict(long nowNanos) {
    return new ServiceVerdict(
        settings.name(),
        circuit.verdict(nowNanos),
        instances.stream()
            .map(
                it ->
                    new ServiceVerdict.InstanceVerdict(
                        it.name(), it.circuit().verdict(nowNanos), it.health().verdict()))
            .toList());
  }

  /** The steward's word. */
  synchronized void ruled(ServiceVerdict verdict, long nowNanos) {
    circuit.ruled(verdict.circuit(), nowNanos);
    for (var said : verdict.instances()) {
      for (var instance : instances) {
        if (instance.name().equals(said.instance())) {
          ruled(instance, said, nowNanos);
        }
      }
    }
    instances.stream().filter(this::isBeyondShare).forEach(it -> it.circuit().forgiveOwn());
  }

  private void ruled(Instance instance, ServiceVerdict.InstanceVerdict said, long nowNanos) {
    boolean wasEjected = instance.circuit().isEjected();
    instance.circuit().ruled(said.circuit(), nowNanos);
    countEjection(instance);
    startsSlowly(instance, wasEjected, nowNanos);
    if (settings.health().isOn()) { // the steward may not have heard of it yet
      instance.health(new HealthState(said.health(), 0), nowNanos);
    }
  }

  /** It is left out by this node alone, which would not do so now that others are for all. */
  private boolean isBeyondShare(Instance it) {
    return it.circuit().isEjectedHereOnly() && !mayEject(it.name(), it.isStandby());
  }

  /** No steward has been heard of for some time. */
  synchronized void isAlone(long nowNanos) {
    circuit.isAlone(nowNanos);
    instances.forEach(it -> it.circuit().isAlone(nowNanos));
  }

  /** What operators see. */
  public synchronized UpstreamView view(long nowNanos) {
    return new UpstreamView(
        settings.name(),
        circuit.word(),
        circuit.reason().word(),
        capacity.inFlight(),
        capacity.waiting(),
        capacity.permits(),
        instances.stream().map(it -> viewOf(it, nowNanos)).toList());
  }

  private UpstreamView.InstanceView viewOf(Instance it, long nowNanos) {
    var lately = it.quantiles();
    return new UpstreamView.InstanceView(
        it.name(),
        it.isStandby(),
        it.address().weight(),
        it.isDraining() ? "draining" : it.circuit().isEjected() ? "ejected" : "in-use",
        it.health().verdict().name().toLowerCase(Locale.ROOT),
        it.circuit().word(),
        it.circuit().reason().word(),
        it.inFlight(),
        it.latencyNanos(nowNanos) / 1e6,
        lately.p50Millis(),
        lately.p99Millis(),
        it.circuit().ejections());
  }
}
