package io.holdfast.operation;

import io.holdfast.database.AttemptRows;
import io.holdfast.database.AttemptRows.Due;
import io.holdfast.database.OperationRows.Part;
import io.holdfast.database.OperationTable;
import io.holdfast.http.ProblemType;
import io.holdfast.operation.AttemptPolicy.Attempted;
import io.holdfast.operation.AttemptPolicy.Outcome;
import io.holdfast.operation.AttemptPolicy.Verdict;
import io.holdfast.route.Route;
import io.holdfast.route.Routes;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.apache.pekko.Done;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.PostStop;
import org.apache.pekko.actor.typed.PreRestart;
import org.apache.pekko.actor.typed.SupervisorStrategy;
import org.apache.pekko.actor.typed.javadsl.AbstractBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.Receive;
import org.apache.pekko.actor.typed.javadsl.TimerScheduler;

/**
 * Carries out the operations of one slot, one after the other and several at the same time. There
 * is one such lane in the cluster, on whichever node owns the slot's row; where that node dies the
 * lane begins on another one with what the table says.
 *
 * <p>An operation that may be sent twice is sent at once, and only one that takes a while is
 * written down as running: should this node die, it is sent again. Any other one is written down
 * first: whoever finds it running then knows that it may have been carried out, and says so.
 */
public final class Lane extends AbstractBehavior<Lane.Command> {
  /** An attempt that takes longer is written down as running. */
  private static final Duration MARK_AFTER = Duration.ofMillis(250);

  private static final Duration AGAIN = Duration.ofMillis(200);

  /** An end that the database does not take is tried less and less often, up to this. */
  private static final Duration END_AGAIN_MAX = Duration.ofSeconds(30);

  /** What it refuses so often it is not asked to keep any more. */
  private static final int REFUSALS_MAX = 3;

  /** A longer request is read when it is its turn. */
  private static final int REQUEST_KEPT_BYTES_MAX = 8192;

  /** A service that takes nothing now is looked at again so soon. */
  private static final Duration CLOSED_AGAIN = Duration.ofMillis(200);

  /** The gate tells when there is room. */
  private static final Duration FULL_AGAIN = Duration.ofSeconds(1);

  private static final Duration LOOK_MIN = Duration.ofMillis(5);
  private static final Duration SWEEP_EVERY = Duration.ofSeconds(30);
  private static final int SWEPT_AT_A_TIME = 200;

  /** What a lane is told. */
  public sealed interface Command {}

  /** What nodes tell each other's lanes. */
  public sealed interface News extends Command {}

  /** An operation was accepted, or can be carried out again, or was cancelled. */
  record Heard(Item item) implements News {}

  /** More of a route can be carried out than is told of. */
  record More(String route) implements News {}

  /** An operation was accepted on this node. */
  record Accepted(Item item, Part request) implements Command {}

  /** Ends once what is under way has ended. */
  enum Stop implements Command {
    NOW
  }

  /**
   * Its node leaves, and {@link Nearby#rests}.
   *
   * @param over completed when nothing is under way that could not be sent again, or the lane is
   *     over
   */
  record Rest(CompletableFuture<Done> over) implements Command {}

  private enum Look implements Command {
    AGAIN,
    THERE_IS_ROOM
  }

  enum Sweep implements Command {
    NOW
  }

  private record Read(String route, Optional<Due> due) implements Command {}

  private record Begun(Work work, Optional<Boolean> begun) implements Command {}

  private record Found(Work work, Optional<Optional<Part>> request) implements Command {}

  private record Mark(Work work) implements Command {}

  private record Late(Work work) implements Command {}

  private record AttemptEnded(Work work, Attempts.Ended ended) implements Command {}

  private record Written(Work work, Optional<Boolean> written, Optional<Throwable> failure)
      implements Command {}

  private record EndAgain(Work work) implements Command {}

  private record Swept(int count) implements Command {}

  /**
   * What lanes need of their node.
   *
   * @param incarnation in whose name rows are written
   * @param answerMax for so long after the route's deadline, until which it has to begin, an answer
   *     may come; of an attempt that says nothing by then nothing is expected any more
   */
  record Surroundings(
      OperationTable table,
      Attempts attempts,
      Supplier<Routes> routes,
      LongSupplier incarnation,
      Gates gates,
      OperationsSettings settings,
      Duration answerMax,
      LaneMeters meters,
      Retention retention,
      Nearby nearby) {}

  private final int slot;
  private final boolean tidies;
  private final Surroundings around;
  private final Agenda agenda;
  private final TimerScheduler<Command> timers;
  private final Map<String, Work> works = new HashMap<>();

  /** Of those that are known and not begun; the table has them too. */
  private final Map<String, Part> requests = new HashMap<>();

  private final Runnable lookAgain;
  private Instant looksAt = Instant.MIN;
  private Routes routesRead = new Routes(List.of());
  private Map<String, Route> routesByName = Map.of();
  private Optional<Rest> rest = Optional.empty();
  private boolean stopping;

  private Lane(
      ActorContext<Command> context,
      TimerScheduler<Command> timers,
      int slot,
      boolean tidies,
      Surroundings around) {
    super(context);
    this.tidies = tidies;
    this.timers = timers;
    this.slot = slot;
    this.around = around;
    this.agenda =
        new Agenda(
            new Agenda.Limits(
                4 * around.settings().laneInFlightMax(), around.settings().laneInFlightMax()));
    var self = context.getSelf();
    this.lookAgain = () -> self.tell(Look.THERE_IS_ROOM);
    timers.startTimerWithFixedDelay(Sweep.NOW, SWEEP_EVERY);
    context.getSelf().tell(Look.AGAIN);
  }

  /**
   * @param slot whose row is this node's
   * @param tidies lets go of old operations, of all slots
   */
  static Behavior<Command> create(int slot, boolean tidies, Surroundings around) {
    return Behaviors.<Command>supervise(
            Behaviors.setup(
                context ->
                    Behaviors.withTimers(
                        timers -> new Lane(context, timers, slot, tidies, around))))
        .onFailure(
            SupervisorStrategy.restartWithBackoff(
                Duration.ofMillis(200), Duration.ofSeconds(5), 0.2));
  }

  @Override
  public Receive<Command> createReceive() {
    return newReceiveBuilder()
        .onMessage(Heard.class, this::onHeard)
        .onMessage(More.class, this::onMore)
        .onMessage(Accepted.class, this::onAccepted)
        .onMessageEquals(Look.AGAIN, this::onLook)
        .onMessageEquals(Look.THERE_IS_ROOM, this::onRoom)
        .onMessage(Read.class, this::onRead)
        .onMessage(Begun.class, this::onBegun)
        .onMessage(Found.class, this::onFound)
        .onMessage(Mark.class, this::onMark)
        .onMessage(Late.class, this::onLate)
        .onMessage(AttemptEnded.class, this::onAttempted)
        .onMessage(Written.class, this::onWritten)
        .onMessage(EndAgain.class, this::onEndAgain)
        .onMessageEquals(Sweep.NOW, this::onSweep)
        .onMessage(Swept.class, this::onSwept)
        .onMessage(Rest.class, this::onRest)
        .onMessageEquals(Stop.NOW, this::onStop)
        .onSignal(PreRestart.class, signal -> letGo())
        .onSignal(PostStop.class, signal -> letGo())
        .build();
  }

  /** Nobody hears of what is under way any more. */
  private Behavior<Command> letGo() {
    works
        .values()
        .forEach(
            work -> {
              work.abandon.run();
              leaveGate(work);
              keep(work, 0);
            });
    rest.ifPresent(it -> it.over().complete(Done.getInstance()));
    return this;
  }

  /** Whoever tells of it tells of something that this lane does not care for any more. */
  private boolean isOver(Work work) {
    return works.get(work.item.id()) != work;
  }

  // ---- what there is to do ----

  private Behavior<Command> onHeard(Heard heard) {
    agenda.heard(heard.item(), around.table().now());
    if (heard.item().dueAt().isEmpty()) {
      requests.remove(heard.item().id());
      abandon(heard.item().id());
    }
    return goOn();
  }

  private Behavior<Command> onMore(More more) {
    agenda.more(more.route());
    return goOn();
  }

  private Behavior<Command> onAccepted(Accepted accepted) {
    var item = accepted.item();
    agenda.heard(item, around.table().now());
    if (agenda.isKnown(item) && isSmall(accepted.request())) {
      requests.put(item.id(), accepted.request());
    }
    around.nearby().say(slot, item.route(), agenda.isBehind(item.route()));
    return goOn();
  }

  private static boolean isSmall(Part request) {
    return request.fields().length + request.content().length <= REQUEST_KEPT_BYTES_MAX;
  }

  /** It was cancelled, and says so already. */
  private void abandon(String id) {
    var work = works.get(id);
    if (work != null && work.end.isEmpty()) {
      work.abandon.run();
      forget(work, Optional.empty());
    }
  }

  private Behavior<Command> onRead(Read read) {
    var now = around.table().now();
    if (read.due().isPresent()) {
      var items = read.due().get().rows().stream().map(Item::of).toList();
      agenda.read(read.route(), items, read.due().get().next(), now);
    } else {
      agenda.notRead(read.route(), now.plus(AGAIN));
    }
    around.nearby().say(slot, read.route(), agenda.isBehind(read.route()));
    return goOn();
  }

  /**
   * Begins what can be begun, reads what has to be read, and looks again when there may be more.
   */
  private Behavior<Command> goOn() {
    if (stopping) {
      return works.isEmpty() ? Behaviors.stopped() : this;
    }
    rest.ifPresent(this::tellIfRested);
    var now = around.table().now();
    var routes = routes();
    for (var next = next(routes, now); next.isPresent(); next = next(routes, now)) {
      begin(next.get(), routes.get(next.get().route()));
    }
    Predicate<String> accepts = it -> routes.get(it).async().isAllowed();
    agenda.reads(routes.keySet(), accepts, now).forEach(this::read);
    var wait = Duration.between(now, agenda.again(routes.keySet(), accepts, now));
    lookAfter(wait.compareTo(LOOK_MIN) < 0 ? LOOK_MIN : wait, now);
    return this;
  }

  private void tellIfRested(Rest resting) {
    if (works.values().stream().allMatch(it -> it.repeatable)) {
      resting.over().complete(Done.getInstance());
    }
  }

  /** One look too many costs less than a timer that is set anew with each message. */
  private void lookAfter(Duration wait, Instant now) {
    var at = now.plus(wait);
    if (at.isBefore(looksAt) || !looksAt.isAfter(now)) {
      looksAt = at;
      timers.startSingleTimer(Look.AGAIN, wait);
    }
  }

  private Behavior<Command> onLook() {
    looksAt = Instant.MIN;
    return goOn();
  }

  private Behavior<Command> onRoom() {
    agenda.resume();
    return goOn();
  }

  private Map<String, Route> routes() {
    var now = around.routes().get();
    if (now != routesRead) {
      routesRead = now;
      routesByName = now.routes().stream().collect(Collectors.toMap(Route::name, it -> it));
    }
    return routesByName;
  }

  private Optional<Item> next(Map<String, Route> routes, Instant now) {
    return agenda.next(now, it -> mayBegin(Optional.ofNullable(routes.get(it)), it, now));
  }

  private boolean mayBegin(Optional<Route> route, String name, Instant now) {
    if (route.filter(around.attempts()::isOpen).filter(it -> !mustRest(it)).isEmpty()) {
      agenda.pause(name, now.plus(CLOSED_AGAIN));
      return false;
    }
    boolean entered = around.gates().tryEnter(route.get(), lookAgain);
    if (!entered) {
      agenda.pause(name, now.plus(FULL_AGAIN));
    }
    return entered;
  }

  /** Its node leaves, and some of the route could not be sent again. */
  private boolean mustRest(Route route) {
    return around.nearby().rests() && !around.attempts().isRepeatable(route, "POST");
  }

  private void read(String route) {
    int limit = 4 * around.settings().laneInFlightMax();
    getContext()
        .pipeToSelf(
            around.table().due(slot, route, limit),
            (due, failure) -> new Read(route, Optional.ofNullable(due)));
  }

  // ---- carrying out ----

  private void begin(Item item, Route route) {
    boolean repeatable = around.attempts().isRepeatable(route, item.method());
    var work = new Work(item, route, repeatable);
    works.put(item.id(), work);
    if (item.isRunning() && !repeatable) {
      end(work, new Work.End(lost(), Optional.empty()));
    } else if (isOverdue(item)) {
      endOverdue(work);
    } else if (repeatable) {
      find(work);
    } else {
      write(work);
    }
  }

  private boolean isOverdue(Item item) {
    return !item.deadline().isAfter(around.table().now());
  }

  private void endOverdue(Work work) {
    end(work, new Work.End(work.item.isRunning() ? lost() : overdue(), Optional.empty()));
  }

  private static Verdict.Failed lost() {
    return new Verdict.Failed(
        ProblemType.OUTCOME_UNKNOWN,
        "The node that carried it out died. It may have been carried out, and cannot be repeated"
            + " safely, or not in time.");
  }

  private static Verdict.Failed overdue() {
    return new Verdict.Failed(
        ProblemType.UPSTREAM_TIMEOUT, "Its deadline was over before it could be carried out.");
  }

  /** Writes it down as running. */
  private void write(Work work) {
    work.isWriting = true;
    getContext()
        .pipeToSelf(
            around.table().begin(work.item.known()),
            (begun, failure) -> new Begun(work, Optional.ofNullable(begun)));
  }

  private Behavior<Command> onBegun(Begun begun) {
    var work = begun.work();
    if (isOver(work)) {
      return this;
    }
    work.isWriting = false;
    work.isBeginUnknown = begun.begun().isEmpty();
    if (work.isBeginUnknown) {
      timers.startSingleTimer(work.item.id(), new Mark(work), AGAIN);
    } else if (!begun.begun().get()) {
      work.abandon.run(); // it was cancelled, or is another's, or not ours yet
      forget(work, Optional.of(inAWhile()));
      return goOn();
    } else {
      work.isWritten = true;
      if (!work.repeatable) {
        find(work);
      }
    }
    return endIfEnded(work);
  }

  private Behavior<Command> endIfEnded(Work work) {
    if (work.end.isPresent() && !work.isWriting && !work.isBeginUnknown) {
      writeEnd(work);
    }
    return this;
  }

  /** Its request. */
  private void find(Work work) {
    var kept = requests.remove(work.item.id());
    if (kept != null) {
      getContext().getSelf().tell(new Found(work, Optional.of(Optional.of(kept))));
      return;
    }
    getContext()
        .pipeToSelf(
            around.table().request(work.item.id()),
            (request, failure) -> new Found(work, Optional.ofNullable(request)));
  }

  private Behavior<Command> onFound(Found found) {
    var work = found.work();
    if (isOver(work)) {
      return this;
    }
    if (found.request().isEmpty()) {
      return attempted(
          work,
          ended(
              new Outcome.NotTried(
                  ProblemType.DATABASE_UNAVAILABLE, "The database does not answer.", AGAIN)));
    }
    if (found.request().get().isEmpty()) {
      forget(work, Optional.of(inAWhile())); // it has expired
      return goOn();
    }
    if (stopping || around.nearby().rests() && !work.repeatable) {
      return putBack(work);
    }
    if (isOverdue(work.item)) { // the database let it wait
      endOverdue(work);
      return this;
    }
    return attempt(work, found.request().get().get());
  }

  /** Whoever has the lane next can do it at once, and does not have to take it for lost. */
  private Behavior<Command> putBack(Work work) {
    var now = around.table().now();
    if (work.isKnownToTable()) {
      var again = new Verdict.Again(now, false, "The node that was to carry it out leaves.");
      end(work, new Work.End(again, Optional.empty()));
    } else {
      forget(work, Optional.of(now));
    }
    return goOn();
  }

  private Behavior<Command> attempt(Work work, Part part) {
    var item = work.item;
    var self = getContext().getSelf();
    work.isTried = true;
    around.meters().begun();
    try {
      work.abandon =
          around
              .attempts()
              .begin(
                  new Attempts.Request(
                      item.id(),
                      work.route,
                      item.method(),
                      item.target(),
                      item.priority(),
                      new Message(part.reason(), part.fields(), part.content())),
                  ended -> self.tell(new AttemptEnded(work, ended)));
    } catch (RuntimeException e) {
      getContext().getLog().error("An attempt of operation {} failed", item.id(), e);
      return attempted(
          work,
          ended(
              new Outcome.Unanswered(
                  ProblemType.INTERNAL, "The server made a mistake; its log says more.", false)));
    }
    if (!work.isWritten) {
      timers.startSingleTimer(item.id(), new Mark(work), MARK_AFTER);
    }
    var most = work.route.deadline().plus(around.answerMax());
    timers.startSingleTimer(late(work), new Late(work), most);
    return this;
  }

  private static String late(Work work) {
    return "late " + work.item.id();
  }

  private Behavior<Command> onLate(Late late) {
    var work = late.work();
    if (isOver(work) || work.end.isPresent()) {
      return this;
    }
    work.abandon.run();
    return attempted(
        work,
        ended(
            new Outcome.Unanswered(
                ProblemType.UPSTREAM_TIMEOUT, "Nothing was heard of the attempt in time.", true)));
  }

  private static Attempts.Ended ended(Outcome outcome) {
    return new Attempts.Ended(outcome, Optional.empty());
  }

  private Behavior<Command> onMark(Mark mark) {
    var work = mark.work();
    boolean isWanted = work.end.isEmpty() || work.isBeginUnknown;
    if (!isOver(work) && !work.isWritten && !work.isWriting && isWanted) {
      write(work);
    }
    return this;
  }

  private Behavior<Command> onAttempted(AttemptEnded attempted) {
    var work = attempted.work();
    return isOver(work) || work.end.isPresent() ? this : attempted(work, attempted.ended());
  }

  private Behavior<Command> attempted(Work work, Attempts.Ended ended) {
    timers.cancel(work.item.id());
    timers.cancel(late(work));
    leaveGate(work);
    around.meters().ended(ended.outcome());
    var now = around.table().now();
    int attempts = work.item.attempts() + 1;
    var verdict =
        AttemptPolicy.of(work.route.async())
            .after(
                new Attempted(attempts, work.repeatable, work.item.deadline()),
                ended.outcome(),
                now,
                ThreadLocalRandom.current().nextDouble());
    if (ended.outcome() instanceof Outcome.NotTried notTried) {
      agenda.pause(work.route.name(), now.plus(notTried.again()));
    }
    if (verdict instanceof Verdict.Again again && !again.counts() && !work.isKnownToTable()) {
      forget(work, Optional.of(again.at())); // it stands there as it was
    } else {
      end(work, new Work.End(verdict, ended.answer()));
    }
    return goOn();
  }

  // ---- its end ----

  private void end(Work work, Work.End end) {
    leaveGate(work);
    ends(work, end);
    if (!work.isWriting) {
      writeEnd(work);
    }
  }

  private void ends(Work work, Work.End end) {
    work.end = Optional.of(end);
    keep(work, end.bytes());
  }

  /** So much of an answer is in memory until it is written down. */
  private void keep(Work work, long bytes) {
    if (bytes != work.answerBytes) {
      around.gates().keep(bytes);
      around.gates().letGo(work.answerBytes);
      work.answerBytes = bytes;
    }
  }

  /** Which version it ends is known only once it is known whether it was written down as begun. */
  private void writeEnd(Work work) {
    if (work.isBeginUnknown) {
      write(work);
      return;
    }
    work.isWriting = true;
    getContext()
        .pipeToSelf(
            around.table().end(work.ending()),
            (written, failure) ->
                new Written(work, Optional.ofNullable(written), Optional.ofNullable(failure)));
  }

  private Behavior<Command> onWritten(Written written) {
    var work = written.work();
    if (isOver(work)) {
      return this;
    }
    work.isWriting = false;
    if (written.written().isEmpty()) {
      notWritten(work, written.failure());
      return this;
    }
    var ending = work.ending();
    if (written.written().get()) {
      around.meters().written(ending.state());
      forget(work, ending.dueAt());
    } else {
      forget(work, Optional.of(inAWhile()));
    }
    return goOn();
  }

  /** Whose end the database would always refuse must not stay in the way for ever. */
  private void notWritten(Work work, Optional<Throwable> failure) {
    if (failure.filter(OperationTable::isRefusal).isPresent()) {
      work.refusals++;
      getContext()
          .getLog()
          .error("The database refuses the end of operation {}", work.item.id(), failure.get());
    }
    if (work.refusals == REFUSALS_MAX) {
      ends(work, new Work.End(notKept(), Optional.empty()));
    }
    var wait = AGAIN.multipliedBy(1L << Math.min(work.refusals, 10));
    timers.startSingleTimer(
        work.item.id(),
        new EndAgain(work),
        wait.compareTo(END_AGAIN_MAX) < 0 ? wait : END_AGAIN_MAX);
  }

  private static Verdict.Failed notKept() {
    return new Verdict.Failed(
        ProblemType.INTERNAL,
        "What became of it could not be written down. It may have been carried out.");
  }

  private Behavior<Command> onEndAgain(EndAgain again) {
    var work = again.work();
    if (!isOver(work) && !work.isWriting) {
      writeEnd(work);
    }
    return this;
  }

  private void forget(Work work, Optional<Instant> next) {
    timers.cancel(work.item.id());
    timers.cancel(late(work));
    leaveGate(work);
    keep(work, 0);
    works.remove(work.item.id());
    requests.remove(work.item.id());
    agenda.ended(work.item, next);
  }

  /** When the table is read again, whether there may be news of the route or not. */
  private Instant inAWhile() {
    return around.table().now().plus(Agenda.READ_EVERY);
  }

  private void leaveGate(Work work) {
    if (work.isInGate) {
      work.isInGate = false;
      around.gates().leave(work.route);
    }
  }

  // ---- what waits too long ----

  private Behavior<Command> onSweep() {
    if (tidies && !stopping) {
      around.retention().run();
    }
    if (!stopping) {
      var how = new AttemptRows.Overdue(failure(overdue()), failure(lost()));
      getContext()
          .pipeToSelf(
              around
                  .table()
                  .failOverdue(
                      slot,
                      how,
                      Set.copyOf(works.keySet()),
                      around.incarnation().getAsLong(),
                      SWEPT_AT_A_TIME),
              (count, failed) -> new Swept(failed == null ? count : 0));
    }
    return this;
  }

  private static AttemptRows.Failure failure(Verdict.Failed verdict) {
    return new AttemptRows.Failure(verdict.why(), verdict.type().typeName());
  }

  private Behavior<Command> onSwept(Swept swept) {
    return swept.count() >= SWEPT_AT_A_TIME ? onSweep() : this;
  }

  // ---- the end ----

  private Behavior<Command> onRest(Rest asked) {
    rest = Optional.of(asked);
    return goOn();
  }

  private Behavior<Command> onStop() {
    stopping = true;
    return goOn();
  }
}
