package io.holdfast.resource;

import io.holdfast.telemetry.Span;
import io.holdfast.telemetry.Tracing;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.BehaviorInterceptor;
import org.apache.pekko.actor.typed.PostStop;
import org.apache.pekko.actor.typed.Signal;
import org.apache.pekko.actor.typed.TypedActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;

/**
 * What comes to a document while it does not look: it is being read from the database, commits a
 * write, or starts again. While the database is away that lasts, and who asks would be held with an
 * unknown end. So then reads are answered from the node's copy, marked, where it has one; and the
 * next write that comes has all that wait refused, and the document passes over them when their
 * turn comes. And a request that comes under the key of an earlier one that is here and has no
 * answer is told so at once.
 *
 * <p>Stands around the document's supervision, so that it outlives restarts. Of one actor.
 */
final class Arrivals extends BehaviorInterceptor<Document.Command, Document.Command> {
  /** Longer than any edge waits: what is not looked at by then is lost, or nobody hears of it. */
  private static final Duration WAITING_MAX = Duration.ofMinutes(1);

  private final String entityId;
  private final Document.Surroundings surroundings;
  private final Deque<Arrived> inOrder = new ArrayDeque<>();
  private boolean looks;

  private enum Stage {
    WAITING,
    COMMITTING,
    OVER
  }

  /** A write that has come. The document may look at a later one first. */
  static final class Arrived implements Document.Command {
    private final Document.Change change;
    private final long sinceNanos = System.nanoTime();
    private final Tracing tracing;
    private final Span span;
    private Span commit = Span.NONE;
    private Stage stage = Stage.WAITING;
    private boolean refused;

    private Arrived(Document.Change change, Tracing tracing) {
      this.change = change;
      this.tracing = tracing;
      this.span =
          tracing
              .below(change.span(), Tracing.Kind.INTERNAL, "document write")
              .with("holdfast.document", change.entityId());
    }

    Document.Change change() {
      return change;
    }

    /**
     * Its turn has come. False: it was refused or given up meanwhile, and must not be carried out.
     */
    boolean take() {
      stage = Stage.OVER;
      return !refused && change.passage().pass();
    }

    /** It is being committed. */
    void begin() {
      stage = Stage.COMMITTING;
      commit = tracing.below(span, Tracing.Kind.CLIENT, "journal write");
    }

    /** Its commit has ended. */
    void end() {
      stage = Stage.OVER;
      commit.end();
      span.end();
    }

    /** The document has looked at it: it is answered, or being committed. */
    void looked() {
      if (stage == Stage.OVER) {
        span.end();
      }
    }

    /** Its commit has failed; what became of it is not known, or it was not written. */
    void failed(String why) {
      commit.failed(why);
      span.failed(why);
    }

    private void refuse() {
      stage = Stage.OVER;
      refused = true;
      change.replyTo().tell(new Document.NotNow(change.exchange(), Standing.DATABASE_AWAY));
      span.failed(Standing.DATABASE_AWAY.detail()).end();
    }

    @Override
    public String entityId() {
      return change.entityId();
    }

    @Override
    public long exchange() {
      return change.exchange();
    }

    @Override
    public ActorRef<Document.Reply> replyTo() {
      return change.replyTo();
    }
  }

  Arrivals(String entityId, Document.Surroundings surroundings) {
    super(Document.Command.class);
    this.entityId = entityId;
    this.surroundings = surroundings;
  }

  @Override
  public Behavior<Document.Command> aroundReceive(
      TypedActorContext<Document.Command> context,
      Document.Command command,
      ReceiveTarget<Document.Command> target) {
    if (command instanceof Document.Read read) {
      var copy = copyInstead(read);
      copy.ifPresent(it -> read.replyTo().tell(marked(it, read.exchange())));
      return copy.isPresent() ? Behaviors.same() : target.apply(context, traced(read));
    }
    if (!(command instanceof Document.Change change)) {
      return target.apply(context, command);
    }
    var arrived = new Arrived(change, surroundings.tracing());
    if (surroundings.databaseAway()) {
      inOrder.stream().filter(it -> it.stage == Stage.WAITING).forEach(Arrived::refuse);
      inOrder.removeIf(it -> it.stage == Stage.OVER);
      arrived.refuse();
      return Behaviors.same();
    }
    forget(arrived.sinceNanos - WAITING_MAX.toNanos());
    if (isBehindAnother(change.write().key())) {
      change.replyTo().tell(new Document.Behind(change.exchange()));
    }
    inOrder.add(arrived);
    return target.apply(context, arrived);
  }

  /** From its arrival on, also while the document is being read. */
  private Document.Read traced(Document.Read read) {
    var span = surroundings.tracing().below(read.span(), Tracing.Kind.INTERNAL, "document read");
    return span.isNone()
        ? read
        : new Document.Read(
            read.entityId(),
            read.exchange(),
            read.replyTo(),
            span.with("holdfast.document", read.entityId()));
  }

  /** While it is being read from the database the document itself hears of no end. */
  @Override
  public Behavior<Document.Command> aroundSignal(
      TypedActorContext<Document.Command> context,
      Signal signal,
      SignalTarget<Document.Command> target) {
    if (signal instanceof PostStop) {
      surroundings.residents(entityId).isNotRead(entityId);
    }
    return target.apply(context, signal);
  }

  private Optional<Copies.Copy> copyInstead(Document.Read read) {
    return looks || !surroundings.databaseAway()
        ? Optional.empty()
        : surroundings.copies(read.entityId()).find(read.entityId());
  }

  private Document.Reply marked(Copies.Copy copy, long exchange) {
    return Document.representation(
        exchange, copy, Standing.DATABASE_AWAY, false, surroundings.tracing().node());
  }

  /** The document looks at each message as it comes, or it does not for a time. */
  void documentLooks(boolean now) {
    looks = now;
  }

  private boolean isBehindAnother(WriteKey key) {
    return key.fromClient()
        && inOrder.stream()
            .filter(it -> it.stage != Stage.OVER)
            .anyMatch(it -> it.change.write().key().isBefore(key));
  }

  private void forget(long beforeNanos) {
    while (!inOrder.isEmpty()
        && (inOrder.peek().stage == Stage.OVER || inOrder.peek().sinceNanos - beforeNanos < 0)) {
      inOrder.poll().span.end();
    }
  }

  /** How many are remembered. */
  int size() {
    return inOrder.size();
  }
}
