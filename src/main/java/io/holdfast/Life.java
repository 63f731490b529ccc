package io.holdfast;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import io.holdfast.admin.AdminServer;
import io.holdfast.admin.NodeView;
import io.holdfast.admin.OperationsView;
import io.holdfast.admin.Pulse;
import io.holdfast.admin.Pulses;
import io.holdfast.admin.ServicesView;
import io.holdfast.cluster.ClusterLife;
import io.holdfast.cluster.ClusterSetup;
import io.holdfast.cluster.Departure;
import io.holdfast.database.Changes;
import io.holdfast.database.Database;
import io.holdfast.database.DatabaseSetup;
import io.holdfast.database.History;
import io.holdfast.database.JournalDao;
import io.holdfast.database.KeyedRequests;
import io.holdfast.database.Listings;
import io.holdfast.database.OperationTable;
import io.holdfast.database.Registry;
import io.holdfast.database.ShardRows;
import io.holdfast.database.Slots;
import io.holdfast.database.SnapshotDao;
import io.holdfast.database.WriteBehind;
import io.holdfast.edge.CacheCounts;
import io.holdfast.edge.Edge;
import io.holdfast.edge.HttpServer;
import io.holdfast.operation.Lanes;
import io.holdfast.operation.Operation;
import io.holdfast.operation.Operations;
import io.holdfast.ownership.Ownership;
import io.holdfast.ownership.OwnershipSetup;
import io.holdfast.resource.ChangeFeed;
import io.holdfast.resource.ChangeLog;
import io.holdfast.resource.Copies;
import io.holdfast.resource.Document;
import io.holdfast.resource.DocumentsSettings;
import io.holdfast.resource.Listing;
import io.holdfast.resource.LostVersions;
import io.holdfast.resource.Purging;
import io.holdfast.resource.ReadLeases;
import io.holdfast.resource.Representation;
import io.holdfast.resource.Residents;
import io.holdfast.resource.StoredTargets;
import io.holdfast.resource.Warm;
import io.holdfast.telemetry.Failover;
import io.holdfast.telemetry.Meters;
import io.holdfast.telemetry.Story;
import io.holdfast.upstream.Followed;
import io.holdfast.upstream.Order;
import io.holdfast.upstream.Stewards;
import io.holdfast.upstream.UpstreamView;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.apache.pekko.Done;
import org.apache.pekko.actor.BootstrapSetup;
import org.apache.pekko.actor.CoordinatedShutdown;
import org.apache.pekko.actor.setup.ActorSystemSetup;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.Props;
import org.apache.pekko.actor.typed.SpawnProtocol;
import org.apache.pekko.actor.typed.javadsl.Adapter;
import org.apache.pekko.actor.typed.javadsl.AskPattern;
import org.apache.pekko.cluster.Cluster;
import org.apache.pekko.cluster.sharding.typed.javadsl.ClusterSharding;
import org.apache.pekko.cluster.sharding.typed.javadsl.Entity;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One life of a node: from the registration of its incarnation to the end of its actor system.
 * Wires everything, in the order in which each part needs the ones before it, and takes it apart
 * again.
 */
final class Life {
  private static final String SYSTEM = "holdfast";
  private static final int FRAME_MARGIN_BYTES = 64 * 1024;

  /** So that routes with the usual limit can be added while it runs. */
  private static final int STORED_CONTENT_MIN = 1024 * 1024;

  private static final int BUFFERS_BYTES = 16 * 1024 * 1024;

  /** Load balancers notice that the node is not ready before it refuses a connection. */
  private static final Duration NOT_READY_FIRST = Duration.ofSeconds(2);

  /** Nodes of an earlier version, while they are rolled, have no owners of stored responses. */
  private static final Duration STORED_ONES_MAX = Duration.ofSeconds(3);

  /** Longer than an order waits for the other nodes. */
  private static final Duration ORDER_MAX = Duration.ofSeconds(4);

  private static final Logger log = LoggerFactory.getLogger(Life.class);
  private static final Logger access = LoggerFactory.getLogger("holdfast.access");

  /** Why a life ended. */
  enum End {
    STOPPED,
    START_ANEW,
    /** A new beginning in this process would serve no better. */
    CANNOT_SERVE
  }

  private final HoldfastSettings settings;
  private final Config config;
  private final long startedNanos;
  private final int rehearsalRounds;
  private final PublicPort port;
  private final Slots slots;
  private final PrometheusMeterRegistry meters = Meters.create();
  private final Failover failover = new Failover(meters);
  private final Database database;
  private final ShardRows rows;
  private final Listings listings;
  private final KeyedRequests keyed;
  private final WriteBehind warm;
  private final OperationTable operationTable;
  private final Lanes lanes;
  private final Operations operations;
  private final StoredResponses stored;
  private final ChangeFeed feed;
  private final LostVersions lost = new LostVersions(meters);
  private final Map<String, Copies> copies = new HashMap<>();
  private final Ending ending = new Ending();
  private final AtomicReference<Ownership> ownership = new AtomicReference<>();
  private final AtomicReference<DocumentSurroundings> documents = new AtomicReference<>();
  private final CompletableFuture<HttpServer> publicPort = new CompletableFuture<>();
  private final CompletableFuture<ActorRef<Stewards.Command>> stewards = new CompletableFuture<>();
  private final StatusView view;
  private ActorSystem<SpawnProtocol.Command> system;
  private ClusterLife cluster;
  private volatile Edge edge;
  private volatile long incarnation;
  private volatile Exception cannotBegin;

  /**
   * @param port outlives this life
   */
  Life(
      HoldfastSettings settings,
      Config config,
      long startedNanos,
      int rehearsalRounds,
      PublicPort port) {
    this.port = port;
    this.settings = settings;
    this.config = config;
    this.startedNanos = startedNanos;
    this.rehearsalRounds = rehearsalRounds;
    this.slots = new Slots(settings.cluster().shards());
    this.database = Database.open(settings.database(), settings.guard().ttl(), meters);
    this.rows = new ShardRows(database);
    this.listings = new Listings(database);
    this.keyed = KeyedRequests.start(database);
    this.warm =
        WriteBehind.start(
            database,
            new WriteBehind.Keeping(
                () -> incarnation, () -> port.routes().warm(), this::storedSlots),
            settings.cache().warmBytesMax(),
            meters);
    this.operationTable = new OperationTable(database, () -> incarnation);
    this.lanes =
        new Lanes(
            operationTable, slots, port::routes, () -> incarnation, settings.operations(), meters);
    this.operations = Operations.start(operationTable, slots, port::routes, lanes, meters);
    this.stored =
        new StoredResponses(
            database,
            settings.guard().ttl(),
            port::routes,
            new StoredTargets(settings.cache().memoryBytesMax()).bindTo(meters),
            port.forwarded(),
            new CacheCounts(meters),
            warm::counts);
    this.feed = new ChangeFeed(ChangeLog.in(new Changes(database)), database.clock());
    this.view = new StatusView(settings, startedNanos);
    port.forwarded().upstreams().showIn(meters);
    port.forwarded().copies().bindTo(meters);
    port.forwarded().tracing().showIn(meters);
    settings
        .documents()
        .forEach(
            (name, collection) ->
                copies.put(name, copies(collection.copiesBytesMax()).bindTo(meters, name)));
    copies.put(OwnDocuments.COLLECTION, copies(OwnDocuments.COPIES_BYTES));
    database.timeline().listen(lost::begin);
  }

  private Copies copies(long bytesMax) {
    return new Copies(bytesMax, database.timeline()::generation, lost);
  }

  /** Lives until told to stop, or written off. Blocks. */
  End live() throws Exception {
    try (var journal =
        JournalDao.start(database, slots, () -> incarnation, this::startAnew, meters)) {
      system = startSystem(journal);
      try {
        begin();
      } catch (Exception e) {
        system.terminate();
        throw unwrapped(e);
      }
      ending.await(system.getWhenTerminated(), settings.node().name());
      if (cannotBegin != null) {
        throw cannotBegin;
      }
    } finally {
      takeApart();
    }
    return ending.end();
  }

  private ActorSystem<SpawnProtocol.Command> startSystem(JournalDao journal) {
    var setup =
        ActorSystemSetup.create(
            BootstrapSetup.create(ownConfig()),
            new DatabaseSetup(database, journal, new SnapshotDao(journal)),
            new OwnershipSetup(ownership::get, slots),
            new ClusterSetup(
                new Registry(database),
                settings.node(),
                settings.cluster(),
                meters,
                failover,
                this::leave));
    return ActorSystem.create(Guardian.create(), SYSTEM, setup);
  }

  private Config ownConfig() {
    int frame = frameBytes(settings);
    var artery = "pekko.remote.artery.";
    return ConfigFactory.parseMap(
            Map.of(
                artery + "canonical.hostname",
                settings.node().host(),
                artery + "canonical.port",
                settings.node().remotingPort(),
                artery + "advanced.maximum-frame-size",
                frame,
                artery + "advanced.buffer-pool-size",
                Math.max(8, BUFFERS_BYTES / frame)))
        .withFallback(config);
  }

  /** What the longest message between nodes takes: content, fields, and what is said of both. */
  static int frameBytes(HoldfastSettings settings) {
    int content =
        settings.documents().values().stream()
            .mapToInt(DocumentsSettings::contentBytesMax)
            .reduce(storedContentMax(settings), Math::max);
    return content + settings.http().headerBlockBytesMax() + FRAME_MARGIN_BYTES;
  }

  /** The longest content that a stored response may have as long as this process runs. */
  static int storedContentMax(HoldfastSettings settings) {
    return settings.routes().stream()
        .mapToInt(route -> route.caching().contentBytesMax())
        .reduce(STORED_CONTENT_MIN, Math::max);
  }

  private void begin() throws Exception {
    var classic = Adapter.toClassic(system);
    incarnation = Cluster.get(classic).selfUniqueAddress().longUid();
    var sharding = ClusterSharding.get(system);
    view.begin(system, sharding, database, this::ownedShards, incarnation);
    port.answerFromRemains(meters);
    hookShutdown();
    var services = services();
    var pulse = new Pulse(view, services, stored, meters, Story.ofThisProcess());
    var node = settings.node();
    var port = "http://" + node.host() + ":" + node.adminPort();
    var resources = resources();
    var pulses = spawn(Pulses.create(node.name(), port, pulse, resources), Pulses.NAME);
    AdminServer.bind(
            system,
            node.host(),
            node.adminPort(),
            settings.admin(),
            new AdminServer.Views(
                view, services, stored, operationsView(), resources, pulses, meters))
        .toCompletableFuture()
        .get();
    cluster = ClusterLife.start(classic);
    cluster
        .up()
        .thenCompose(up -> prepare())
        .thenAccept(documents -> join(sharding, documents))
        .exceptionally(this::cannotBegin);
  }

  /** Once the node is a member: all that its documents need. */
  private CompletionStage<DocumentSurroundings> prepare() {
    ownership.set(
        Ownership.create(
            new RowsOfShards(rows, incarnation),
            settings.guard(),
            this::startAnew,
            stored.watch(),
            meters,
            failover));
    stored.begin(system, spawn(stored.purging(), Purging.NAME));
    var surroundings = surroundings();
    documents.set(surroundings);
    var warm = new CompletableFuture<Void>();
    if (roundsToRehearse() == 0) {
      warm.complete(null);
    } else {
      spawn(WarmUp.create(surroundings, warm), "warm-up");
    }
    return warm.thenApply(done -> surroundings);
  }

  /** Shards, then, when every shard answers, the public port. */
  private void join(ClusterSharding sharding, DocumentSurroundings surroundings) {
    spawn(DroppedCommands.create(), DroppedCommands.NAME);
    var region = sharding.init(documents(surroundings));
    var representations = sharding.init(representations());
    edge = edge(region, representations);
    port.forwarded().upstreams().keysIn(new KeysInDatabase(keyed, incarnation));
    lanes.begin(system, edge.attempts(port::routes, settings.documents(), port.forwarded()));
    stewards.complete(spawn(Stewards.create(port.forwarded().upstreams()), Stewards.NAME));
    new ShardProbe(system)
        .documents(region, slots)
        .thenCompose(done -> storedOnesAnswer(representations))
        .thenCompose(done -> rehearse())
        .thenCompose(done -> share())
        .thenCompose(done -> open())
        .thenAccept(this::ready)
        .exceptionally(this::cannotBegin);
  }

  /**
   * What is handed over before the first request is handed over in a moment. But while nobody
   * serves, clients wait for any node at all.
   */
  private CompletionStage<Void> share() {
    return cluster.someServe()
        ? ShardShare.arrives(system, this::shardsOwned, slots.shards())
        : CompletableFuture.completedFuture(null);
  }

  private CompletionStage<Void> storedOnesAnswer(ActorRef<Representation.Command> region) {
    return settings.routes().stream().anyMatch(route -> route.caching().on())
        ? new ShardProbe(system)
            .representations(region, slots)
            .toCompletableFuture()
            .completeOnTimeout(null, STORED_ONES_MAX.toMillis(), TimeUnit.MILLISECONDS)
        : CompletableFuture.completedFuture(null);
  }

  /** Of documents: those of stored responses come and go as they are asked for. */
  private List<Integer> ownedShards() {
    var owned = ownership.get();
    return owned == null
        ? List.of()
        : owned.ownedSlots().stream()
            .filter(slot -> slots.isOf(Slots.Kind.DOCUMENT, slot))
            .map(slots::shardOf)
            .sorted()
            .toList();
  }

  private int shardsOwned() {
    return ownedShards().size();
  }

  /** Of shards of stored responses that are this node's. */
  private Set<Integer> storedSlots() {
    var owned = ownership.get();
    return owned == null
        ? Set.of()
        : owned.ownedSlots().stream()
            .filter(slot -> slots.isOf(Slots.Kind.REPRESENTATION, slot))
            .collect(Collectors.toSet());
  }

  private DocumentSurroundings surroundings() {
    var residents = new HashMap<String, Residents>();
    settings
        .documents()
        .forEach(
            (name, collection) ->
                residents.put(
                    name, new Residents(collection.memoryBytesMax()).bindTo(meters, name)));
    return new DocumentSurroundings(
        database,
        ownership.get(),
        slots,
        residents,
        copies,
        new ReadLeases(meters),
        port.forwarded().tracing());
  }

  private Entity<Document.Command, Document.Command> documents(DocumentSurroundings surroundings) {
    return Entity.of(
            Document.TYPE_KEY,
            context -> Document.create(context.getEntityId(), context.getShard(), surroundings))
        .withMessageExtractor(new DocumentShards(slots));
  }

  private Entity<Representation.Command, Representation.Command> representations() {
    var owned =
        new RepresentationSurroundings(
            database,
            ownership.get(),
            slots,
            stored.targets(),
            port.forwarded().purges(),
            Warm.in(warm, slots),
            port.forwarded().tracing());
    return Entity.of(
            Representation.TYPE_KEY,
            context -> Representation.create(context.getEntityId(), context.getShard(), owned))
        .withMessageExtractor(new RepresentationShards(slots));
  }

  private Edge edge(
      ActorRef<Document.Command> region, ActorRef<Representation.Command> representations) {
    return Edge.start(
        settings.http(),
        new Edge.Surroundings(
            region::tell,
            new Edge.Stored(
                representations::tell,
                ownership.get()::knowsPurges,
                scope -> stored.purge(scope, false, false),
                stored.counts()),
            slots::shardOf,
            copies,
            this::page,
            feed,
            () -> !database.isUsable(),
            database.clock(),
            Optional.of(operations),
            this::spawn,
            port.materializer(),
            meters,
            failover));
  }

  /** Orders reach the other nodes once this one is a member. */
  private ServicesView services() {
    return new ServicesView() {
      @Override
      public Followed followed() {
        return port.followed();
      }

      @Override
      public CompletionStage<Followed> reload() {
        return CompletableFuture.supplyAsync(port::reload);
      }

      @Override
      public List<UpstreamView> views() {
        return port.forwarded().upstreams().views();
      }

      @Override
      public CompletionStage<Stewards.Given> give(
          String service, String instance, Order.Word word) {
        return stewards.thenCompose(
            known ->
                AskPattern.ask(
                    known,
                    (ActorRef<Stewards.Given> replyTo) ->
                        new Stewards.Give(service, instance, word, replyTo),
                    ORDER_MAX,
                    system.scheduler()));
      }
    };
  }

  private Resources resources() {
    return new Resources(
        port::routes,
        slots,
        () -> Optional.ofNullable(documents.get()),
        slot -> ownership.get() != null && ownership.get().ownedSlots().contains(slot),
        stored.targets(),
        new History(database),
        database.clock());
  }

  private OperationsView operationsView() {
    return new OperationsView() {
      @Override
      public CompletionStage<List<Operation>> list(
          Optional<Operation.State> state,
          Optional<String> route,
          Optional<String> after,
          int limit) {
        return operations.list(state, route, after, limit);
      }

      @Override
      public CompletionStage<Optional<Operations.Change>> cancel(String id) {
        return operations.cancel(id, OptionalLong.empty());
      }

      @Override
      public CompletionStage<Optional<Operations.Change>> retry(String id) {
        return operations
            .find(id)
            .thenCompose(
                found ->
                    found.isPresent()
                        ? operations.retry(found.get())
                        : CompletableFuture.completedStage(Optional.empty()));
      }
    };
  }

  private CompletionStage<Void> rehearse() {
    return new Rehearsal(settings.node().name(), roundsToRehearse(), settings.http())
        .hold(system, edge);
  }

  /** What it takes is time in which clients of a cluster that has died get no answer at all. */
  private int roundsToRehearse() {
    return cluster.isAwaited() ? 0 : rehearsalRounds;
  }

  private CompletionStage<HttpServer> open() {
    if (ending.isDeparture() || view.readiness().state() == NodeView.State.DRAINING) {
      return CompletableFuture.failedStage(new IllegalStateException("this life is over"));
    }
    return port.serve(
        edge.handler(port::routes, settings.documents(), port.forwarded(), access, meters), meters);
  }

  private CompletionStage<List<Listing.Item>> page(String collection, String after, int limit) {
    return listings
        .page(collection, after, limit)
        .thenApply(rows -> rows.stream().map(it -> new Listing.Item(it.id(), it.etag())).toList());
  }

  private <T> ActorRef<T> spawn(Behavior<T> behavior, String name) {
    CompletionStage<ActorRef<T>> spawned =
        AskPattern.ask(
            system,
            replyTo ->
                new SpawnProtocol.Spawn<>(Guardian.lasting(behavior), name, Props.empty(), replyTo),
            Duration.ofSeconds(5),
            system.scheduler());
    return spawned.toCompletableFuture().join();
  }

  private void ready(HttpServer server) {
    publicPort.complete(server);
    if (!view.ready()) {
      return; // told to stop meanwhile
    }
    var itself =
        OwnService.at(server, edge, settings, ownership.get()::ownedSlots, slots, database);
    view.watch(cluster.checkItself(itself)::trouble);
    log.info(
        "{} is ready after {} s: http://{}:{} (admin http://{}:{})",
        settings.node().name(),
        "%.1f".formatted((System.nanoTime() - startedNanos) / 1e9),
        settings.node().host(),
        server.address().getPort(),
        settings.node().host(),
        settings.node().adminPort());
  }

  private Void cannotBegin(Throwable failure) {
    if (!ending.isDeparture() && view.readiness().state() != NodeView.State.DRAINING) {
      cannotBegin = unwrapped(failure);
      view.failed(cannotBegin);
      system.terminate();
    }
    return null;
  }

  private void startAnew() {
    leave(Departure.START_ANEW);
  }

  /**
   * This incarnation can be a member no more: the cluster has written it off, or it cannot do its
   * work. Ends this life at once.
   */
  private void leave(Departure how) {
    if (ending.depart(how)) {
      if (how.keepsPort()) {
        goOutside();
      }
      var node = Cluster.get(Adapter.toClassic(system));
      node.down(node.selfAddress());
      system.terminate();
    }
  }

  /** What waits for an owner is answered at once, and from now on what was known is the answer. */
  private void goOutside() {
    if (publicPort.isDone()) {
      port.leave(new PublicPort.Remains(copies, feed, database.clock()));
    }
    if (edge != null) {
      edge.giveUp();
    }
  }

  private void hookShutdown() {
    var shutdown = CoordinatedShutdown.get(Adapter.toClassic(system));
    shutdown.addTask(
        CoordinatedShutdown.PhaseBeforeServiceUnbind(), "holdfast-not-ready", this::becomeNotReady);
    shutdown.addTask(
        CoordinatedShutdown.PhaseServiceUnbind(), "holdfast-close-public-port", this::closePort);
    shutdown.addTask(
        CoordinatedShutdown.PhaseServiceRequestsDone(), "holdfast-rest-lanes", this::restLanes);
    shutdown.addTask(
        CoordinatedShutdown.PhaseBeforeClusterShutdown(),
        "holdfast-hand-over",
        () -> handingOver(Ownership::leaves));
    shutdown.addTask(
        CoordinatedShutdown.PhaseClusterLeave(),
        "holdfast-handed-over",
        () -> handingOver(Ownership::left));
  }

  /** Between these phases the shards go to other nodes. */
  private CompletionStage<Done> handingOver(Consumer<Ownership> what) {
    var owned = ownership.get();
    if (owned != null && !ending.isDeparture()) {
      what.accept(owned);
    }
    return CompletableFuture.completedFuture(Done.getInstance());
  }

  private CompletionStage<Done> becomeNotReady() {
    view.draining();
    feed.close();
    operations.endWaiting();
    if (ending.isDeparture() || !port.drain()) {
      return CompletableFuture.completedFuture(Done.getInstance());
    }
    log.info(
        "{} drains: not ready, and in {} s it leaves",
        settings.node().name(),
        NOT_READY_FIRST.toSeconds());
    return new CompletableFuture<Done>()
        .completeOnTimeout(Done.getInstance(), NOT_READY_FIRST.toMillis(), TimeUnit.MILLISECONDS);
  }

  private CompletionStage<Done> closePort() {
    if (ending.keepsPort()) {
      return CompletableFuture.completedFuture(Done.getInstance());
    }
    return ending.isDeparture() ? port.abandon() : port.end();
  }

  /** Who asked for what is carried out has its answer already, and waits for none. */
  private CompletionStage<Done> restLanes() {
    return ending.isDeparture()
        ? CompletableFuture.completedFuture(Done.getInstance())
        : lanes.rest(port.answering());
  }

  private void takeApart() {
    var owned = ownership.get();
    if (owned != null) {
      owned.close();
    }
    feed.close();
    rows.close();
    keyed.close();
    warm.close();
    operations.close();
    operationTable.close();
    stored.close();
    database.close();
    meters.close();
  }

  private static Exception unwrapped(Throwable failure) {
    var cause =
        failure instanceof CompletionException || failure instanceof ExecutionException
            ? failure.getCause()
            : failure;
    return cause instanceof Exception e ? e : new IllegalStateException(cause);
  }
}
