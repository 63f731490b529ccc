package io.holdfast;

import io.holdfast.resource.Document;
import io.holdfast.resource.Representation;
import io.holdfast.resource.Standing;
import org.apache.pekko.actor.DeadLetter;
import org.apache.pekko.actor.Dropped;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.Adapter;
import org.apache.pekko.actor.typed.javadsl.Behaviors;

/**
 * Answers "not now" to commands that this node's regions drop: those that came in while a shard was
 * being handed over, which Pekko does not pass on lest they overtake others. Nobody has taken them
 * up, and nobody will; who asked would find that out by waiting, for half a second and more.
 */
final class DroppedCommands {
  static final String NAME = "dropped-commands";

  private DroppedCommands() {}

  static Behavior<DeadLetter> create() {
    return Behaviors.setup(
        context -> {
          Adapter.toClassic(context.getSystem())
              .eventStream()
              .subscribe(Adapter.toClassic(context.getSelf()), DeadLetter.class);
          return Behaviors.receiveMessage(
              letter -> {
                if (letter.message() instanceof Dropped dropped) {
                  answer(dropped.message());
                }
                return Behaviors.same();
              });
        });
  }

  private static void answer(Object message) {
    if (message instanceof Document.Read || message instanceof Document.Change) {
      var command = (Document.Command) message;
      command.replyTo().tell(new Document.NotNow(command.exchange(), Standing.OWNER_MOVING));
    } else if (message instanceof Representation.Ask ask) {
      ask.replyTo().tell(new Representation.NotNow(ask.exchange(), Standing.OWNER_MOVING));
    }
  }
}
