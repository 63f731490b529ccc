package io.holdfast.edge;

import io.holdfast.caching.Purge;
import io.holdfast.operation.Attempts;
import io.holdfast.operation.Operations;
import io.holdfast.resource.ChangeFeed;
import io.holdfast.resource.Copies;
import io.holdfast.resource.Document;
import io.holdfast.resource.DocumentsSettings;
import io.holdfast.resource.Listing;
import io.holdfast.resource.PurgeLog;
import io.holdfast.resource.Representation;
import io.holdfast.resource.ServedCopies;
import io.holdfast.resource.Standing;
import io.holdfast.resource.VouchedCopies;
import io.holdfast.route.Route;
import io.holdfast.route.Routes;
import io.holdfast.telemetry.Failover;
import io.holdfast.telemetry.Tracing;
import io.holdfast.upstream.Upstreams;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.stream.Materializer;
import org.slf4j.Logger;
import org.slf4j.helpers.NOPLogger;

/** Wires the public port: routes, couriers, copies. One for each life of a node. */
public final class Edge {
  /** Two, so that a busy node's exchanges do not wait behind each other on one actor. */
  private static final int COURIERS = 2;

  private static final Duration BODY_PATIENCE = Duration.ofSeconds(60);

  private final Surroundings surroundings;
  private final VouchedCopies vouched = new VouchedCopies();
  private final EdgeKeys keys;
  private final Optional<Accepting> accepting;
  private final List<ActorRef<Courier.Command>> couriers;
  private final ContentBudget budget;
  private final Watching watching;
  private volatile Optional<Inquiries> inquiries = Optional.empty();
  private volatile boolean over;

  /** Starts an actor under the guardian. */
  public interface Spawner {
    <T> ActorRef<T> spawn(Behavior<T> behavior, String name);
  }

  /**
   * What the edge needs of its node.
   *
   * @param toOwner sends a command to the owner of its document
   * @param stored what answers from stored responses needs
   * @param shardOf the shard of a document
   * @param copies by collection: the last known representations
   * @param clock the same for all nodes
   * @param operations of the cluster, if this node has to do with them
   */
  public record Surroundings(
      Consumer<Document.Command> toOwner,
      Stored stored,
      Function<String, Integer> shardOf,
      Map<String, Copies> copies,
      Listing listing,
      ChangeFeed feed,
      BooleanSupplier databaseAway,
      InstantSource clock,
      Optional<Operations> operations,
      Spawner spawner,
      Materializer materializer,
      MeterRegistry meters,
      Failover failover) {}

  /**
   * What one life of a node has to do with stored responses.
   *
   * @param toOwner sends a command to the owner of its target
   * @param knowsPurges whether copies may be given as current, as far as purges go
   * @param purge of a group, which an answer of a service asks for
   */
  public record Stored(
      Consumer<Representation.Command> toOwner,
      BooleanSupplier knowsPurges,
      Function<Purge.Scope, CompletionStage<?>> purge,
      CacheCounts counts) {}

  /**
   * Where requests go that are for services.
   *
   * @param trustedProxies addresses, or blocks of them, whose word about their clients is believed
   * @param copies of stored responses
   * @param purges those that this node knows
   * @param variantsMax stored responses of one target
   * @param owners as this life of the node, or the next one, reaches them
   * @param tracing what shows requests
   */
  public record Forwarded(
      Upstreams upstreams,
      List<String> trustedProxies,
      ServedCopies copies,
      PurgeLog purges,
      int variantsMax,
      AtomicReference<Inquiries> owners,
      Tracing tracing) {
    Dispatch.Services services(
        ContentBudget budget,
        Supplier<Standing> standing,
        InstantSource clock,
        Stored stored,
        Optional<Accepting> accepting,
        Consumer<Standing> marked) {
      return new Dispatch.Services(
          upstreams,
          TrustedProxies.of(trustedProxies),
          budget,
          Optional.of(
              new CachedExchange.Surroundings(
                  () -> Optional.ofNullable(owners.get()).filter(it -> !it.isOver()),
                  copies,
                  purges,
                  standing,
                  clock,
                  budget,
                  upstreams,
                  variantsMax,
                  stored,
                  marked)),
          accepting);
    }
  }

  /** Starts what all requests of a node share. */
  public static Edge start(HttpSettings settings, Surroundings surroundings) {
    return new Edge(settings, surroundings);
  }

  private Edge(HttpSettings settings, Surroundings surroundings) {
    this.surroundings = surroundings;
    this.keys = new EdgeKeys(surroundings.clock());
    this.couriers = couriers(settings, vouched, surroundings);
    this.budget = new ContentBudget(surroundings.meters());
    this.watching = new Watching(settings.inFlightMax(), surroundings.meters());
    this.accepting =
        surroundings
            .operations()
            .map(it -> new Accepting(it, keys, surroundings.clock(), watching));
  }

  /**
   * A handler of the requests that come in on one port.
   *
   * @param routes those of the moment
   * @param access gets a line for each
   * @param meters count them
   */
  public HttpServer.Handler handler(
      Supplier<Routes> routes,
      Map<String, DocumentsSettings> documents,
      Forwarded forwarded,
      Logger access,
      MeterRegistry meters) {
    var log = new RequestLog(access, meters, forwarded.tracing());
    var owners =
        Inquiries.start(
            surroundings.spawner(), surroundings.stored().toOwner(), forwarded.copies());
    inquiries = Optional.of(owners);
    forwarded.owners().set(owners);
    return handler(routes, documents, Optional.of(services(forwarded, log)), log);
  }

  private Dispatch.Services services(Forwarded forwarded, RequestLog log) {
    return forwarded.services(
        budget,
        this::reach,
        surroundings.clock(),
        surroundings.stored(),
        accepting,
        log::markedStored);
  }

  /**
   * How operations are carried out on this node.
   *
   * @param routes those of the moment
   */
  public Attempts attempts(
      Supplier<Routes> routes, Map<String, DocumentsSettings> documents, Forwarded forwarded) {
    var log = new RequestLog(NOPLogger.NOP_LOGGER, new SimpleMeterRegistry(), Tracing.OFF);
    var forwarder = forwarded.upstreams().forwarder();
    var stored = services(forwarded, log).stored().orElseThrow();
    return new OperationAttempts(
        forwarded.upstreams(),
        forwarder,
        new DocumentAttempts(collections(documents, log), surroundings.materializer()),
        (route, method, target, host, request) ->
            new Invalidations(routes.get(), stored, forwarder)
                .of(route, method, target, host, request),
        this::reach,
        surroundings.clock(),
        forwarded.tracing());
  }

  /** The same where no route leads to a service. */
  public HttpServer.Handler handler(
      List<Route> routes,
      Map<String, DocumentsSettings> documents,
      Logger access,
      MeterRegistry meters) {
    var fixed = new Routes(routes);
    return handler(
        () -> fixed, documents, Optional.empty(), new RequestLog(access, meters, Tracing.OFF));
  }

  private HttpServer.Handler handler(
      Supplier<Routes> routes,
      Map<String, DocumentsSettings> documents,
      Optional<Dispatch.Services> services,
      RequestLog log) {
    var collections = collections(documents, log);
    return new Dispatch(
        routes, collections, log, surroundings.materializer(), services, operations());
  }

  private Optional<OperationsHandler> operations() {
    return surroundings
        .operations()
        .map(
            it ->
                new OperationsHandler(
                    new OperationsHandler.Surroundings(
                        it, watching, surroundings.databaseAway(), surroundings.materializer())));
  }

  private Map<String, DocumentHandler> collections(
      Map<String, DocumentsSettings> documents, RequestLog log) {
    var collections = new HashMap<String, DocumentHandler>();
    documents.forEach(
        (name, collection) ->
            collections.put(
                name,
                new DocumentHandler(
                    collection,
                    new DocumentHandler.Surroundings(
                        this::carry,
                        surroundings.copies().get(name),
                        vouched,
                        surroundings.listing(),
                        surroundings.feed(),
                        new BodyReader(surroundings.materializer(), BODY_PATIENCE),
                        budget,
                        watching,
                        this::reach,
                        surroundings.clock(),
                        keys,
                        accepting,
                        log::markedDocument))));
    return collections;
  }

  private Standing reach() {
    return surroundings.databaseAway().getAsBoolean() ? Standing.DATABASE_AWAY : Standing.CURRENT;
  }

  private void carry(String entityId, Courier.Carry carry) {
    if (over) {
      carry.outcome().complete(new Courier.Outcome.NotAnswered(Courier.Fate.NOT_CARRIED_OUT));
    } else {
      couriers.get(Math.floorMod(entityId.hashCode(), COURIERS)).tell(carry);
    }
  }

  /**
   * This life of the node is over: whatever waits for an owner is answered now, as far as it can
   * be, and so is what comes late.
   */
  public void giveUp() {
    over = true;
    couriers.forEach(courier -> courier.tell(Courier.GiveUp.NOW));
    inquiries.ifPresent(Inquiries::giveUp);
  }

  private static List<ActorRef<Courier.Command>> couriers(
      HttpSettings settings, VouchedCopies vouched, Surroundings surroundings) {
    var shared =
        Courier.Surroundings.create(
            surroundings.toOwner(),
            surroundings.shardOf(),
            vouched,
            surroundings.databaseAway(),
            settings.heldMax(),
            surroundings.meters(),
            surroundings.failover());
    var couriers = new ArrayList<ActorRef<Courier.Command>>();
    for (int i = 0; i < COURIERS; i++) {
      couriers.add(surroundings.spawner().spawn(Courier.create(shared), "courier-" + i));
    }
    return couriers;
  }
}
