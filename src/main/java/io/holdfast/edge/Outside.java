package io.holdfast.edge;

import io.holdfast.resource.ChangeFeed;
import io.holdfast.resource.Copies;
import io.holdfast.resource.DocumentsSettings;
import io.holdfast.resource.Standing;
import io.holdfast.resource.VouchedCopies;
import io.holdfast.route.Routes;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.apache.pekko.stream.Materializer;
import org.slf4j.Logger;

/**
 * Answers while the node is no member of a cluster: between two lives, and until it has joined
 * again. There is nobody to ask, so a read is answered from what the node last knew, marked, or
 * refused; a write, a listing and a stream are refused. What goes to services goes on.
 */
public final class Outside {
  private static final Duration BODY_PATIENCE = Duration.ofSeconds(10);

  private static final IllegalStateException NOBODY_TO_ASK =
      new IllegalStateException("This node is no member");

  private Outside() {}

  /**
   * A handler of the requests that come in meanwhile.
   *
   * @param copies by collection: what the node knew when it was last a member
   * @param feed that takes nobody any more
   * @param clock the same for all nodes
   * @param access gets a line for each
   */
  public static HttpServer.Handler handler(
      Supplier<Routes> routes,
      Map<String, DocumentsSettings> documents,
      Map<String, Copies> copies,
      ChangeFeed feed,
      HttpSettings limits,
      Edge.Forwarded forwarded,
      InstantSource clock,
      Materializer materializer,
      Logger access,
      MeterRegistry meters) {
    var log = new RequestLog(access, meters, forwarded.tracing());
    // What waits and is read here is not what the next life shows of itself.
    var apart = new SimpleMeterRegistry();
    var budget = new ContentBudget(apart);
    var watching = new Watching(limits.inFlightMax(), apart);
    var keys = new EdgeKeys(clock);
    var collections = new HashMap<String, DocumentHandler>();
    documents.forEach(
        (name, collection) ->
            collections.put(
                name,
                new DocumentHandler(
                    collection,
                    new DocumentHandler.Surroundings(
                        Outside::refuse,
                        copies.get(name),
                        new VouchedCopies(),
                        (of, after, limit) -> CompletableFuture.failedFuture(NOBODY_TO_ASK),
                        feed,
                        new BodyReader(materializer, BODY_PATIENCE),
                        budget,
                        watching,
                        () -> Standing.CUT_OFF,
                        clock,
                        keys,
                        Optional.empty(),
                        log::markedDocument))));
    return new Dispatch(
        routes,
        collections,
        log,
        materializer,
        Optional.of(
            forwarded.services(
                budget,
                () -> Standing.CUT_OFF,
                clock,
                new Edge.Stored(
                    command -> {},
                    () -> false,
                    scope -> CompletableFuture.failedFuture(NOBODY_TO_ASK),
                    new CacheCounts(meters)),
                Optional.empty(),
                log::markedStored)),
        Optional.empty());
  }

  private static void refuse(String entityId, Courier.Carry carry) {
    carry.outcome().complete(new Courier.Outcome.NotAnswered(Courier.Fate.NOT_CARRIED_OUT));
  }
}
