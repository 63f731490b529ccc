package io.holdfast;

import io.holdfast.resource.Document;
import io.holdfast.resource.Standing;
import org.apache.pekko.actor.DeadLetter;
import org.apache.pekko.actor.Dropped;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.javadsl.Adapter;
import org.apache.pekko.util.MessageBufferMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** With the buffer in which regions have what they drop. */
class DroppedCommandsTest {
  private static final ActorTestKit KIT = ActorTestKit.create();

  @BeforeAll
  static void start() {
    var nobody = Adapter.toClassic(KIT.system()).deadLetters();
    var listens = KIT.spawn(DroppedCommands.create());
    TestProbe<Document.Reply> edge = KIT.createTestProbe();
    var read = new Document.Read("docs/a", 1, edge.ref());
    listens.tell(new DeadLetter(new Dropped(read, "", nobody, nobody), nobody, nobody));
    edge.expectMessage(new Document.NotNow(1, Standing.OWNER_MOVING)); // It has begun to listen.
  }

  @AfterAll
  static void stop() {
    KIT.shutdownTestKit();
  }

  private static void drop(Object command) {
    var classic = Adapter.toClassic(KIT.system());
    var buffers = new MessageBufferMap<String>();
    buffers.append("7", command, org.apache.pekko.actor.ActorRef.noSender());
    buffers.drop("7", "a shard is handed over", classic.deadLetters());
  }

  @Test
  void whoAskedHearsAtOnceThatItIsNotTakenUp() {
    TestProbe<Document.Reply> edge = KIT.createTestProbe();
    drop(new Document.Read("docs/a", 17, edge.ref()));
    edge.expectMessage(new Document.NotNow(17, Standing.OWNER_MOVING));
  }

  @Test
  void whatNeedsNoAnswerIsForgotten() {
    TestProbe<Document.Reply> edge = KIT.createTestProbe();
    drop(new Document.Returned("docs/a", edge.ref()));
    drop("something else");
    drop(new Document.Read("docs/b", 18, edge.ref()));
    edge.expectMessage(new Document.NotNow(18, Standing.OWNER_MOVING));
  }
}
