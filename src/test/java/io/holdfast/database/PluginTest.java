package io.holdfast.database;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.typesafe.config.ConfigFactory;
import io.holdfast.testing.TestDatabase;
import io.holdfast.testing.WatchedDriver;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.pekko.actor.BootstrapSetup;
import org.apache.pekko.actor.setup.ActorSystemSetup;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.SupervisorStrategy;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.persistence.typed.EventRejectedException;
import org.apache.pekko.persistence.typed.PersistenceId;
import org.apache.pekko.persistence.typed.javadsl.CommandHandler;
import org.apache.pekko.persistence.typed.javadsl.EventHandler;
import org.apache.pekko.persistence.typed.javadsl.EventSourcedBehavior;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** An event-sourced entity through the plugins, as Pekko loads them. */
class PluginTest {
  private static final String DOC = "document|docs/a";
  private static final int SNAPSHOT_EVERY = SnapshotDao.EVENTS_BETWEEN;
  private static final String CONFIG =
      """
      pekko.actor.provider = local
      pekko.actor.serialization-bindings { "io.holdfast.database.PluginTest$JacksonBound" = jackson-cbor }
      """;

  private Node node;
  private ActorSystem<Void> system;
  private ActorTestKit kit;

  /** Bound to jackson-cbor. */
  interface JacksonBound {}

  sealed interface Command {}

  record Put(String value, ActorRef<State> replyTo) implements Command {}

  record Get(ActorRef<State> replyTo) implements Command {}

  record Changed(String value, long version) implements ListingChange, JacksonBound {
    @Override
    public boolean deleted() {
      return value.equals("gone");
    }

    @Override
    public String etag() {
      return "0-" + version;
    }
  }

  record State(List<String> values) implements JacksonBound {
    State with(String value) {
      var next = new java.util.ArrayList<>(values);
      next.add(value);
      return new State(List.copyOf(next));
    }
  }

  private static final class Entity extends EventSourcedBehavior<Command, Changed, State> {
    private Entity() {
      super(PersistenceId.ofUniqueId(DOC));
    }

    static Behavior<Command> create() {
      return Behaviors.supervise(Behaviors.<Command>setup(context -> new Entity()))
          .onFailure(
              EventRejectedException.class,
              SupervisorStrategy.restartWithBackoff(
                  Duration.ofMillis(20), Duration.ofMillis(200), 0));
    }

    @Override
    public State emptyState() {
      return new State(List.of());
    }

    @Override
    public CommandHandler<Command, Changed, State> commandHandler() {
      return newCommandHandlerBuilder()
          .forAnyState()
          .onCommand(
              Put.class,
              (state, put) ->
                  Effect()
                      .persist(new Changed(put.value(), lastSequenceNumberNext(state)))
                      .thenReply(put.replyTo(), next -> next))
          .onCommand(Get.class, (state, get) -> Effect().reply(get.replyTo(), state))
          .build();
    }

    private static long lastSequenceNumberNext(State state) {
      return state.values().size() + 1;
    }

    @Override
    public EventHandler<State, Changed> eventHandler() {
      return newEventHandlerBuilder()
          .forAnyState()
          .onEvent(Changed.class, (state, event) -> state.with(event.value()))
          .build();
    }

    @Override
    public boolean shouldSnapshot(State state, Changed event, long sequenceNr) {
      return sequenceNr % SNAPSHOT_EVERY == 0;
    }
  }

  private void start(TestDatabase kind) throws Exception {
    start(Node.start(1, kind.fresh()));
  }

  private void start(Node started) throws Exception {
    node = started;
    node.own(DOC);
    var config =
        ConfigFactory.parseString(CONFIG)
            .withFallback(ConfigFactory.parseResources("holdfast-persistence.conf"))
            .withFallback(ConfigFactory.defaultReference());
    var setup =
        ActorSystemSetup.create(
            BootstrapSetup.create(config),
            new DatabaseSetup(node.database, node.journal, node.snapshots));
    system = ActorSystem.create(Behaviors.empty(), "plugin", setup);
    kit = ActorTestKit.create(system);
  }

  @AfterEach
  void stop() {
    kit.shutdownTestKit();
    node.close();
  }

  @ParameterizedTest
  @EnumSource(TestDatabase.class)
  void persistsAndRecovers(TestDatabase kind) throws Exception {
    start(kind);
    var first = kit.spawn(Entity.create());
    assertThat(put(first, "a").values()).containsExactly("a");
    assertThat(put(first, "b").values()).containsExactly("a", "b");
    kit.stop(first);
    var second = kit.spawn(Entity.create());
    assertThat(get(second).values()).containsExactly("a", "b");
    assertThat(put(second, "c").values()).containsExactly("a", "b", "c");
    assertThat(node.listed("docs", "", 10)).containsExactly(new Listings.Row("a", "0-3"));
    put(second, "gone");
    assertThat(node.listed("docs", "", 10)).isEmpty();
  }

  @ParameterizedTest
  @EnumSource(TestDatabase.class)
  void snapshotsKeepTheJournalShortAndRecoveryComplete(TestDatabase kind) throws Exception {
    start(kind);
    var first = kit.spawn(Entity.create());
    for (int i = 1; i <= 63; i++) {
      put(first, "v" + i);
    }
    await().until(() -> node.number("SELECT MAX(sequence_nr) FROM snapshot") == 60);
    assertThat(node.number("SELECT MIN(sequence_nr) FROM journal")).isEqualTo(41);
    assertThat(node.number("SELECT COUNT(*) FROM snapshot")).isEqualTo(2);
    kit.stop(first);
    var second = kit.spawn(Entity.create());
    assertThat(get(second).values()).hasSize(63).endsWith("v62", "v63");
    assertThat(put(second, "v64").values()).hasSize(64);
  }

  @ParameterizedTest
  @CsvSource({"3", "20", "23"}) // no snapshot; a snapshot and nothing behind it; events behind it
  void anEntityComesBackWithOneQuery(int events) throws Exception {
    try (var driver = new WatchedDriver()) {
      start(Node.startWatched(1, TestDatabase.H2, driver));
      var first = kit.spawn(Entity.create());
      for (int i = 1; i <= events; i++) {
        put(first, "v" + i);
      }
      int snapshots = Math.min(2, events / SNAPSHOT_EVERY);
      await().until(() -> node.number("SELECT COUNT(*) FROM snapshot") == snapshots);
      kit.stop(first);
      var queries = new CopyOnWriteArrayList<String>();
      driver.watch(
          "prepareStatement",
          sql -> {
            if (Thread.currentThread().getName().startsWith("holdfast-database-read")) {
              queries.add(sql);
            }
          });
      assertThat(get(kit.spawn(Entity.create())).values()).hasSize(events).endsWith("v" + events);
      assertThat(queries).hasSize(1);
    }
  }

  @ParameterizedTest
  @EnumSource(TestDatabase.class)
  void aRejectedEventRestartsTheEntityWhichReadsAgain(TestDatabase kind) throws Exception {
    start(kind);
    var entity = kit.spawn(Entity.create());
    put(entity, "a");
    node.execute("UPDATE shard_owner SET incarnation = 2");
    var probe = kit.<State>createTestProbe();
    entity.tell(new Put("lost", probe.getRef()));
    probe.expectNoMessage(Duration.ofMillis(300));
    node.rows.takeOver(new TreeSet<>(Set.of(node.slotOf(DOC))), Set.of(), 1);
    assertThat(get(entity).values()).containsExactly("a");
    assertThat(put(entity, "b").values()).containsExactly("a", "b");
  }

  private State put(ActorRef<Command> entity, String value) {
    var probe = kit.<State>createTestProbe();
    entity.tell(new Put(value, probe.getRef()));
    return probe.receiveMessage(Duration.ofSeconds(10));
  }

  private State get(ActorRef<Command> entity) {
    var probe = kit.<State>createTestProbe();
    entity.tell(new Get(probe.getRef()));
    return probe.receiveMessage(Duration.ofSeconds(10));
  }
}
