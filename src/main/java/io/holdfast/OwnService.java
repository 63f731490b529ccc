package io.holdfast;

import io.holdfast.cluster.SelfCheck;
import io.holdfast.database.Database;
import io.holdfast.database.Slots;
import io.holdfast.edge.Edge;
import io.holdfast.edge.HttpServer;
import io.holdfast.edge.OwnRequests;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a node must be able to do by itself: answer a request for a document that it owns, through
 * its public port, an event loop, a courier, sharding, the document and the guard. Shard after
 * shard in turn; one that does not answer is asked again until it does, or is not its own any more.
 *
 * <p>A node without a shard shows by any answer that its edge works: it is not to blame for the
 * owner.
 */
final class OwnService implements SelfCheck.Probe {
  private static final Logger access = LoggerFactory.getLogger("holdfast.self-check");
  private static final int REFUSED = 500;

  private final HttpServer server;
  private final OwnRequests requests;
  private final Duration timeout;
  private final Supplier<Set<Integer>> ownedSlots;
  private final Slots slots;
  private final Database database;
  private final Map<Integer, String> ids;
  private int lastShard = -1;

  private OwnService(
      HttpServer server,
      OwnRequests requests,
      Duration timeout,
      Supplier<Set<Integer>> ownedSlots,
      Slots slots,
      Database database) {
    this.server = server;
    this.requests = requests;
    this.timeout = timeout;
    this.ownedSlots = ownedSlots;
    this.slots = slots;
    this.database = database;
    this.ids = OwnDocuments.oneOfEachShard(slots);
  }

  /**
   * @param server from now on tells own requests from those of clients
   * @param ownedSlots those of this node's shards
   */
  static OwnService at(
      HttpServer server,
      Edge edge,
      HoldfastSettings settings,
      Supplier<Set<Integer>> ownedSlots,
      Slots slots,
      Database database) {
    var timeout = settings.cluster().selfCheck().timeout();
    // So that a refusal is known before the time is up.
    var deadline = timeout.multipliedBy(4).dividedBy(5);
    var handler = OwnDocuments.handler(edge, deadline, access, new SimpleMeterRegistry());
    var requests = new OwnRequests(handler);
    server.recognise(requests);
    return new OwnService(server, requests, timeout, ownedSlots, slots, database);
  }

  @Override
  public Optional<String> ask() throws IOException {
    int shard = nextShard();
    int status = requests.get(server.address(), "/" + ids.get(shard), timeout);
    if (status >= REFUSED && owns(shard)) {
      return Optional.of("answered with " + status);
    }
    lastShard = shard;
    return Optional.empty();
  }

  private int nextShard() {
    var owned = new TreeSet<Integer>();
    ids.keySet().stream().filter(this::owns).forEach(owned::add);
    var next = owned.higher(lastShard);
    return next != null ? next : owned.isEmpty() ? 0 : owned.first();
  }

  private boolean owns(int shard) {
    return ownedSlots.get().contains(slots.slotOf(Slots.Kind.DOCUMENT, shard));
  }

  @Override
  public boolean isDatabaseAway() {
    return database.health().isAway();
  }

  @Override
  public boolean hasDescriptors() {
    return Descriptors.areLeft();
  }
}
