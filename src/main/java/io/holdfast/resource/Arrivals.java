package io.holdfast.resource;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.Map;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.BehaviorInterceptor;
import org.apache.pekko.actor.typed.TypedActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;

/**
 * The writes that have come to a document and that it has not looked at: it is being read from the
 * database, commits another write, or starts again. While the database is away that lasts, and they
 * would be held with an unknown end. So then the next write that comes has all of them refused, and
 * the document passes over them when their turn comes.
 *
 * <p>Stands around the document's supervision, so that it outlives restarts. Of one actor.
 */
final class Arrivals extends BehaviorInterceptor<Document.Command, Document.Command> {
  private final Document.Surroundings surroundings;
  private final Map<Document.Change, Long> waiting = new IdentityHashMap<>();
  private final Deque<Numbered> inOrder = new ArrayDeque<>();
  private long last;

  private record Numbered(long number, Document.Change change) {}

  Arrivals(Document.Surroundings surroundings) {
    super(Document.Command.class);
    this.surroundings = surroundings;
  }

  @Override
  public Behavior<Document.Command> aroundReceive(
      TypedActorContext<Document.Command> context,
      Document.Command command,
      ReceiveTarget<Document.Command> target) {
    if (command instanceof Document.Change change) {
      if (surroundings.databaseAway()) {
        refuseAll();
        refuse(change);
        return Behaviors.same();
      }
      waiting.put(change, ++last);
      inOrder.add(new Numbered(last, change));
    }
    return target.apply(context, command);
  }

  private void refuseAll() {
    inOrder.stream().map(Numbered::change).filter(waiting::containsKey).forEach(this::refuse);
    inOrder.clear();
    waiting.clear();
  }

  private void refuse(Document.Change change) {
    change.replyTo().tell(new Document.NotNow(change.exchange(), Standing.DATABASE_AWAY));
  }

  /** A write's turn has come. False: it was refused meanwhile, and must not be carried out. */
  boolean take(Document.Change change) {
    var number = waiting.remove(change);
    if (number == null) {
      return false;
    }
    // They come in order: whatever came before and is still here was lost on its way in.
    while (!inOrder.isEmpty() && inOrder.peek().number() <= number) {
      waiting.remove(inOrder.poll().change());
    }
    return true;
  }
}
