package io.holdfast.resource;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.pekko.actor.testkit.typed.javadsl.BehaviorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.TestInbox;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.junit.jupiter.api.Test;

class ArrivalsTest {
  private final AtomicBoolean databaseAway = new AtomicBoolean();
  private final List<Document.Command> passed = new ArrayList<>();
  private final TestInbox<Document.Reply> edge = TestInbox.create();
  private final Arrivals arrivals = new Arrivals(surroundings());
  private final BehaviorTestKit<Document.Command> document =
      BehaviorTestKit.create(
          Behaviors.intercept(
              () -> arrivals,
              Behaviors.receiveMessage(
                  command -> {
                    passed.add(command);
                    return Behaviors.same();
                  })));
  private long lastExchange;

  private Document.Surroundings surroundings() {
    return (Document.Surroundings)
        Proxy.newProxyInstance(
            getClass().getClassLoader(),
            new Class<?>[] {Document.Surroundings.class},
            (proxy, method, arguments) -> databaseAway.get());
  }

  private Document.Change arrive() {
    var rules = new Write.Rules(false, 1, 2, Duration.ofSeconds(20));
    var key = new WriteKey("k", false, "", "");
    var write = new Write(Write.Action.DELETE, new byte[0], Conditions.NONE, rules, key);
    var change = new Document.Change("docs/a", write, 1, ++lastExchange, edge.getRef());
    document.run(change);
    return change;
  }

  private static Document.NotNow refused(Document.Change change) {
    return new Document.NotNow(change.exchange(), Standing.DATABASE_AWAY);
  }

  @Test
  void whatArrivesIsTakenOnceAndInOrder() {
    var first = arrive();
    var second = arrive();
    assertThat(passed).containsExactly(first, second);
    assertThat(arrivals.take(first)).isTrue();
    assertThat(arrivals.take(second)).isTrue();
    assertThat(arrivals.take(second)).isFalse();
  }

  @Test
  void allThatWaitIsRefusedWithTheNextWriteOnceTheDatabaseIsAway() {
    var taken = arrive();
    arrivals.take(taken);
    var waiting = arrive();
    databaseAway.set(true);
    var late = arrive();
    assertThat(edge.getAllReceived()).isEqualTo(List.of(refused(waiting), refused(late)));
    assertThat(passed).doesNotContain(late);
    databaseAway.set(false);
    assertThat(arrivals.take(waiting)).as("it was refused, so it must not be done").isFalse();
    assertThat(arrivals.take(arrive())).isTrue();
  }

  @Test
  void whatIsLostOnItsWayInIsForgottenWithTheNextThatIsNot() {
    var lost = arrive();
    var taken = arrive();
    arrivals.take(taken);
    databaseAway.set(true);
    var late = arrive();
    assertThat(edge.getAllReceived()).isEqualTo(List.of(refused(late)));
    assertThat(arrivals.take(lost)).isFalse();
  }

  @Test
  void theSameWriteMayComeAgain() {
    var change = arrive();
    arrivals.take(change);
    document.run(change);
    assertThat(arrivals.take(change)).isTrue();
  }

  @Test
  void readsPass() {
    databaseAway.set(true);
    var read = new Document.Read("docs/a", 1, edge.getRef());
    document.run(read);
    assertThat(passed).containsExactly(read);
  }
}
