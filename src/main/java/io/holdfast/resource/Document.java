package io.holdfast.resource;

import io.holdfast.database.JournalUnavailable;
import io.holdfast.database.SnapshotDao;
import io.holdfast.resource.DocumentState.Decision;
import io.holdfast.telemetry.Span;
import io.holdfast.telemetry.Tracing;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.PostStop;
import org.apache.pekko.actor.typed.PreRestart;
import org.apache.pekko.actor.typed.SupervisorStrategy;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.cluster.sharding.typed.javadsl.ClusterSharding;
import org.apache.pekko.cluster.sharding.typed.javadsl.EntityTypeKey;
import org.apache.pekko.persistence.typed.EventRejectedException;
import org.apache.pekko.persistence.typed.JournalPersistFailed;
import org.apache.pekko.persistence.typed.PersistenceId;
import org.apache.pekko.persistence.typed.RecoveryCompleted;
import org.apache.pekko.persistence.typed.javadsl.CommandHandler;
import org.apache.pekko.persistence.typed.javadsl.Effect;
import org.apache.pekko.persistence.typed.javadsl.EventHandler;
import org.apache.pekko.persistence.typed.javadsl.EventSourcedBehavior;
import org.apache.pekko.persistence.typed.javadsl.SignalHandler;

/**
 * The owner of one document in the whole cluster: orders its writes, keeps its content in memory,
 * answers for it.
 *
 * <p>It starts with the first message for it, once its shard's row names this node, and leaves
 * memory when idle. A write is answered after its commit; everything else only while the guard
 * proves that the shard is still ours ({@code Standing}). When a commit fails, or its outcome
 * cannot be known, it restarts and reads itself anew, and says nothing: the edge asks again with
 * the same request key. What a client sees of all that is a slower answer.
 */
public final class Document
    extends EventSourcedBehavior<Document.Command, DocumentEvent, DocumentState> {

  public static final EntityTypeKey<Command> TYPE_KEY =
      EntityTypeKey.create(Command.class, "document");

  private static final Duration RESTART_MIN = Duration.ofMillis(50);
  private static final Duration RESTART_MAX = Duration.ofSeconds(1);

  /** What a document can be asked. */
  public sealed interface Command permits Read, Change, Watch, Returned, Arrivals.Arrived {
    /** The document's collection and id, {@code docs/a}. */
    String entityId();

    /** Names the exchange in the reply. */
    long exchange();

    ActorRef<Reply> replyTo();
  }

  /**
   * Give the representation.
   *
   * @param span below which the reading is shown
   */
  public record Read(String entityId, long exchange, ActorRef<Reply> replyTo, Span span)
      implements Command {
    public Read(String entityId, long exchange, ActorRef<Reply> replyTo) {
      this(entityId, exchange, replyTo, Span.NONE);
    }
  }

  /**
   * Carry out a write.
   *
   * @param attempt how often the edge has sent it, this time included
   * @param passage closed: the edge has given it up, and it must not be carried out
   * @param span below which the write is shown
   */
  public record Change(
      String entityId,
      Write write,
      int attempt,
      Passage passage,
      long exchange,
      ActorRef<Reply> replyTo,
      Span span)
      implements Command {
    public Change(
        String entityId,
        Write write,
        int attempt,
        Passage passage,
        long exchange,
        ActorRef<Reply> replyTo) {
      this(entityId, write, attempt, passage, exchange, replyTo, Span.NONE);
    }
  }

  /**
   * Answer when the document is no longer as the asker knows it. Sent again, under the same
   * exchange, it replaces itself.
   *
   * @param known the version that the asker knows
   * @param millis for how long
   */
  public record Watch(
      String entityId, DocumentVersion known, long millis, long exchange, ActorRef<Reply> replyTo)
      implements Command {}

  /**
   * Who was let answer for the document does so no more.
   *
   * @param replyTo that one; nobody when their time is over
   */
  public record Returned(String entityId, ActorRef<Reply> replyTo) implements Command {
    @Override
    public long exchange() {
      return 0;
    }
  }

  /** What a document answers. */
  public sealed interface Reply {
    /** The exchange that asked. */
    long exchange();

    /** The name of the node that answers; empty where it says none. */
    default String node() {
      return "";
    }
  }

  /**
   * Do not answer for the document any more, and say so to its owner: a write waits for that.
   *
   * @param owner gets {@link Returned}
   */
  public record Recall(String entityId, ActorRef<Command> owner) implements Reply {
    @Override
    public long exchange() {
      return 0;
    }
  }

  /**
   * The representation.
   *
   * @param knownAt when this was last proved to be current
   * @param vouched the node that asked may give it as current for {@link ReadLeases#LEASE}, counted
   *     from when it asked
   */
  public record Found(
      long exchange,
      byte[] content,
      DocumentVersion version,
      Instant modifiedAt,
      Standing standing,
      Instant knownAt,
      boolean vouched,
      String node)
      implements Reply {}

  /** There is none. */
  public record Absent(
      long exchange, DocumentVersion version, Standing standing, Instant knownAt, String node)
      implements Reply {}

  /**
   * This is the write's answer.
   *
   * @param replayed it was given before
   * @param kept it is in the journal, so every other attempt at the write gets the same
   * @param content after a patch, the one that its answer shows; empty where that is not kept
   */
  public record Done(
      long exchange, Answer answer, boolean replayed, boolean kept, byte[] content, String node)
      implements Reply {}

  /**
   * This attempt at the write was not carried out. Another one that is on its way may still be, so
   * this is the answer only when there was no other.
   *
   * @param replayed an earlier request under the same key was told so
   */
  public record Refused(
      long exchange, DocumentState.Refusal refusal, String detail, boolean replayed, String node)
      implements Reply {}

  /** The write was not carried out now, for a reason that may pass: it may be sent again. */
  public record NotNow(long exchange, Standing reason) implements Reply {}

  /** An earlier request under the write's key is here and has no answer: it waits for that one. */
  public record Behind(long exchange) implements Reply {}

  /** What a document needs of its node. */
  public interface Surroundings {
    /** How this node stands to the document's shard, now. */
    Standing standing(String entityId);

    /** Whether the document's shard is proved to be this node's for so long from now on. */
    boolean isCurrentFor(String entityId, Duration time);

    /** What the owners on this node have vouched for. */
    ReadLeases leases();

    /** When this node last proved that the document's shard is its own. */
    Instant knownAt(String entityId);

    /** The last known representations of the same collection's documents. */
    Copies copies(String entityId);

    /** The documents of the same collection in this node's memory. */
    Residents residents(String entityId);

    /** Is the database known to be away? */
    boolean databaseAway();

    /** The generation of the database's history. */
    long generation();

    /** The time of day. */
    Instant now();

    /** What shows what is done here. */
    default Tracing tracing() {
      return Tracing.OFF;
    }
  }

  /** The database's history changed under a document in memory: it has to be read anew. */
  private static final class HistoryChanged extends RuntimeException {
    private static final long serialVersionUID = 1L;

    HistoryChanged(String entityId) {
      super(entityId + " is read anew: the database has another history now", null, false, false);
    }
  }

  private final ActorContext<Command> context;
  private final String entityId;
  private final Surroundings surroundings;
  private final Arrivals arrivals;
  private final long recoveredGeneration;
  private final Residents residents;
  private final Runnable leave;
  private final Watchers watchers = new Watchers();
  private final Refusals refusals = new Refusals();
  private final Vouching vouching;
  private Optional<Arrivals.Arrived> underWay = Optional.empty();

  /**
   * @param shard is asked for leave when there is no room in memory
   */
  public static Behavior<Command> create(
      String entityId, ActorRef<ClusterSharding.ShardCommand> shard, Surroundings surroundings) {
    return Behaviors.setup(
        outside -> {
          var arrivals = new Arrivals(entityId, surroundings);
          Behavior<Command> document =
              Behaviors.setup(
                  context -> new Document(context, entityId, shard, surroundings, arrivals));
          return Behaviors.intercept(() -> arrivals, restarting(document));
        });
  }

  private static Behavior<Command> restarting(Behavior<Command> document) {
    var restart =
        SupervisorStrategy.restartWithBackoff(RESTART_MIN, RESTART_MAX, 0.2)
            .withLoggingEnabled(false);
    return Behaviors.supervise(
            Behaviors.supervise(document).onFailure(EventRejectedException.class, restart))
        .onFailure(HistoryChanged.class, restart);
  }

  private Document(
      ActorContext<Command> context,
      String entityId,
      ActorRef<ClusterSharding.ShardCommand> shard,
      Surroundings surroundings,
      Arrivals arrivals) {
    super(
        PersistenceId.of(TYPE_KEY.name(), entityId),
        SupervisorStrategy.restartWithBackoff(RESTART_MIN, RESTART_MAX, 0.2)
            .withLoggingEnabled(false));
    this.context = context;
    this.entityId = entityId;
    this.surroundings = surroundings;
    this.arrivals = arrivals;
    this.recoveredGeneration = surroundings.generation();
    this.residents = surroundings.residents(entityId);
    this.vouching = new Vouching(entityId, context, surroundings);
    var self = context.getSelf();
    this.leave = () -> shard.tell(new ClusterSharding.Passivate<>(self));
    residents.begins(entityId);
  }

  @Override
  public DocumentState emptyState() {
    return DocumentState.NEW;
  }

  @Override
  public CommandHandler<Command, DocumentEvent, DocumentState> commandHandler() {
    return newCommandHandlerBuilder()
        .forAnyState()
        .onCommand(Read.class, this::onRead)
        .onCommand(Arrivals.Arrived.class, this::onArrived)
        .onCommand(Watch.class, this::onWatch)
        .onCommand(Returned.class, this::onReturned)
        .build();
  }

  private Effect<DocumentEvent, DocumentState> onRead(DocumentState state, Read read) {
    requireSameHistory(read);
    residents.used(entityId);
    var standing = surroundings.standing(entityId);
    var known = known(state);
    boolean vouched = state.exists() && vouching.begins(read.replyTo());
    read.replyTo().tell(representation(read.exchange(), known, standing, vouched, node()));
    read.span().end();
    return Effect().none();
  }

  private String node() {
    return surroundings.tracing().node();
  }

  private Copies.Copy known(DocumentState state) {
    return new Copies.Copy(
        state.exists(),
        state.content(),
        state.version(),
        state.modifiedAt(),
        surroundings.knownAt(entityId));
  }

  static Reply representation(
      long exchange, Copies.Copy known, Standing standing, boolean vouched, String node) {
    return known.exists()
        ? new Found(
            exchange,
            known.content(),
            known.version(),
            known.modifiedAt(),
            standing,
            known.knownAt(),
            vouched,
            node)
        : new Absent(exchange, known.version(), standing, known.knownAt(), node);
  }

  private Effect<DocumentEvent, DocumentState> onWatch(DocumentState state, Watch watch) {
    requireSameHistory(watch);
    residents.used(entityId);
    if (state.version().equals(watch.known())) {
      watchers.add(watch);
    } else {
      tell(state, watch);
    }
    return Effect().none();
  }

  private void tell(DocumentState state, Watch watch) {
    var standing = surroundings.standing(entityId);
    watch.replyTo().tell(representation(watch.exchange(), known(state), standing, false, node()));
  }

  private Effect<DocumentEvent, DocumentState> onArrived(
      DocumentState state, Arrivals.Arrived arrived) {
    requireSameHistory(arrived);
    if (!arrived.take()) {
      arrived.looked();
      return Effect().none();
    }
    var effect = carryOut(state, arrived);
    arrived.looked();
    return effect;
  }

  private Effect<DocumentEvent, DocumentState> carryOut(
      DocumentState state, Arrivals.Arrived arrived) {
    var change = arrived.change();
    if (surroundings.databaseAway()) {
      change.replyTo().tell(new NotNow(change.exchange(), Standing.DATABASE_AWAY));
      return Effect().none();
    }
    long now = System.nanoTime();
    var refusedBefore = refusals.of(change.write().key(), now);
    var decision =
        state.decide(
            change.write(),
            change.attempt(),
            refusedBefore,
            lastSequenceNumber(context) + 1,
            recoveredGeneration,
            surroundings.now());
    if (decision instanceof Decision.Accepted accepted) {
      if (!vouching.goesOn()) {
        return commit(arrived, accepted.event());
      }
      vouching.endFor(change);
      return Effect().none();
    }
    change.replyTo().tell(uncommitted(change, decision, state, refusedBefore.isPresent()));
    return Effect().none();
  }

  private Effect<DocumentEvent, DocumentState> onReturned(DocumentState state, Returned returned) {
    vouching.returned(returned);
    return Effect().none();
  }

  private Effect<DocumentEvent, DocumentState> commit(
      Arrivals.Arrived arrived, DocumentEvent event) {
    var change = arrived.change();
    arrived.begin();
    underWay = Optional.of(arrived);
    arrivals.documentLooks(false);
    return Effect()
        .persist(event)
        .thenRun(
            state -> {
              endCommit();
              arrivals.documentLooks(true);
              keep(state);
              watchers.take(state.version()).forEach(watch -> tell(state, watch));
              change.replyTo().tell(done(change, event.answer(), false, true, state));
            });
  }

  private void onRecovered(DocumentState state) {
    arrivals.documentLooks(true);
    keep(state);
  }

  /** What is committed: in memory from now on, and known to this node when it cannot be read. */
  private void keep(DocumentState state) {
    residents.holds(entityId, state.bytes(), leave);
    if (!state.version().equals(DocumentVersion.NONE)) {
      surroundings.copies(entityId).keep(entityId, known(state));
    }
  }

  /** An answer that is not the direct result of a commit has to pass the guard. */
  private Reply uncommitted(
      Change change, Decision decision, DocumentState state, boolean refusedBefore) {
    var standing = surroundings.standing(entityId);
    if (standing != Standing.CURRENT) {
      return new NotNow(change.exchange(), standing);
    }
    if (decision instanceof Decision.Unchanged unchanged) {
      return done(change, unchanged.answer(), false, false, state);
    }
    if (decision instanceof Decision.Replayed replayed) {
      return done(change, replayed.answer(), true, true, state);
    }
    var refused = (Decision.Refused) decision;
    boolean replayed = refusedBefore && !refused.refusal().isOfTheKey();
    if (!replayed) {
      refusals.keep(change.write(), refused, System.nanoTime());
    }
    return new Refused(change.exchange(), refused.refusal(), refused.detail(), replayed, node());
  }

  /** The edge knows the content of everything but a patch. */
  private Done done(
      Change change, Answer answer, boolean replayed, boolean kept, DocumentState state) {
    var content =
        change.write().action().isPatch()
            ? state.contentOf(answer.version())
            : Optional.<byte[]>empty();
    return new Done(change.exchange(), answer, replayed, kept, content.orElse(new byte[0]), node());
  }

  /** What has been asked is asked again once the document has been read anew. */
  private void requireSameHistory(Command asked) {
    if (surroundings.generation() != recoveredGeneration) {
      if (asked instanceof Read read) {
        read.span().end(); // it is begun again
      }
      context.getSelf().tell(asked);
      throw new HistoryChanged(entityId);
    }
  }

  @Override
  public SignalHandler<DocumentState> signalHandler() {
    return newSignalHandlerBuilder()
        .onSignal(RecoveryCompleted.class, (state, completed) -> onRecovered(state))
        .onSignal(PostStop.class, (state, stopped) -> leaveMemory())
        .onSignal(PreRestart.class, (state, restarting) -> leaveMemory())
        .onSignal(JournalPersistFailed.class, (state, failed) -> onPersistFailed(failed.failure()))
        .build();
  }

  /**
   * A write that certainly did not reach the database can be refused at once; the edge sends it
   * again if the database is there and was only slow.
   */
  private void onPersistFailed(Throwable failure) {
    underWay.ifPresent(it -> it.failed(failure.getClass().getSimpleName()));
    if (failure instanceof JournalUnavailable journal && !journal.mayHaveBeenWritten()) {
      var reason = surroundings.databaseAway() ? Standing.DATABASE_AWAY : Standing.OWNER_MOVING;
      underWay
          .map(Arrivals.Arrived::change)
          .ifPresent(it -> it.replyTo().tell(new NotNow(it.exchange(), reason)));
    }
    endCommit();
  }

  private void endCommit() {
    underWay.ifPresent(Arrivals.Arrived::end);
    underWay = Optional.empty();
  }

  private void leaveMemory() {
    arrivals.documentLooks(false);
    endCommit();
    residents.left(entityId, leave);
  }

  @Override
  public EventHandler<DocumentState, DocumentEvent> eventHandler() {
    return DocumentState::apply;
  }

  /** What a snapshot makes superfluous is removed with it, by the journal itself. */
  @Override
  public boolean shouldSnapshot(DocumentState state, DocumentEvent event, long sequenceNr) {
    return sequenceNr % SnapshotDao.EVENTS_BETWEEN == 0;
  }
}
