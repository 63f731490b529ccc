package io.holdfast.admin;

import io.holdfast.admin.CacheView.RouteCache;
import io.holdfast.admin.PurgeOrders.Order;
import io.holdfast.database.WriteBehind;
import io.holdfast.http.ProblemType;
import io.holdfast.resource.Purging;
import io.micrometer.core.instrument.Counter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import org.apache.pekko.http.javadsl.model.HttpRequest;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.apache.pekko.http.javadsl.model.headers.RawHeader;
import org.apache.pekko.stream.Materializer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@code /cache}: what this node stores, per route; {@code /cache/purge}: an order, answered when
 * all nodes have carried it out.
 *
 * @param turnedAway counts orders for which there were too many
 */
record CacheEndpoint(CacheView cache, Materializer materializer, Counter turnedAway) {
  static final String PATH = "/cache";
  static final String PURGE_PATH = PATH + "/purge";

  private static final Logger log = LoggerFactory.getLogger(CacheEndpoint.class);

  CompletionStage<HttpResponse> show() {
    var all = new LinkedHashMap<String, Object>();
    all.put("routes", cache.routes().stream().map(CacheEndpoint::shown).toList());
    all.put("top", cache.top());
    all.put("warm", shown(cache.warm()));
    return AdminAnswers.json(200, all);
  }

  private static Map<String, Object> shown(WriteBehind.Counts warm) {
    var shown = new LinkedHashMap<String, Object>();
    shown.put("rows", warm.rows());
    shown.put("bytes", warm.bytes());
    shown.put("waiting", warm.waiting());
    shown.put("written", warm.written());
    shown.put("read", warm.read());
    shown.put("removed", warm.removed());
    shown.put("dropped", warm.dropped());
    return shown;
  }

  private static Map<String, Object> shown(RouteCache route) {
    var shown = new LinkedHashMap<String, Object>();
    shown.put("route", route.route());
    shown.put("entries", route.entries());
    shown.put("bytes", route.bytes());
    shown.put("hits", route.hits());
    shown.put("misses", route.misses());
    shown.put("hitRatio", ratio(route.hits(), route.hits() + route.misses()));
    return shown;
  }

  /** 0 where nothing was asked for; four digits. */
  private static double ratio(long hits, long all) {
    return all == 0 ? 0 : Math.round(hits * 10_000.0 / all) / 10_000.0;
  }

  CompletionStage<HttpResponse> purge(HttpRequest request) {
    return Contents.of(request, PurgeOrders.CONTENT_MAX, materializer, this::carryOut);
  }

  private CompletionStage<HttpResponse> carryOut(byte[] content) {
    var routes = new TreeSet<String>();
    cache.routes().forEach(route -> routes.add(route.route()));
    var order = PurgeOrders.parse(content, routes);
    if (order instanceof Order.Refused refused) {
      return AdminAnswers.problem(refused.type(), refused.detail());
    }
    var give = (Order.Give) order;
    return cache
        .purge(give.scope(), give.soft(), give.dryRun())
        .handle((reply, failure) -> failure == null ? answer(give, reply) : unanswered(failure))
        .thenCompose(Function.identity());
  }

  private CompletionStage<HttpResponse> answer(Order.Give give, Purging.Reply reply) {
    if (reply instanceof Purging.Refused refused) {
      if (refused.reason() == Purging.Reason.TOO_MANY_ORDERS) {
        turnedAway.increment();
      }
      return refused(refused.reason());
    }
    var done = (Purging.Done) reply;
    log.info("The admin port was asked for {}: {}", give, done);
    var shown = new LinkedHashMap<String, Object>();
    shown.put("purged", done.purged());
    shown.put("nodes", done.nodes());
    if (give.dryRun()) {
      shown.put("dry-run", true);
    }
    if (done.pending().isEmpty()) {
      return AdminAnswers.json(200, shown);
    }
    shown.put("pending", done.pending());
    return AdminAnswers.json(202, shown);
  }

  private static CompletionStage<HttpResponse> refused(Purging.Reason reason) {
    return switch (reason) {
      case DATABASE_AWAY ->
          later(
              ProblemType.DATABASE_UNAVAILABLE,
              "Purges are written down in the database, which does not answer. Ask again: a purge"
                  + " that comes twice does no harm");
      case TOO_MANY_ORDERS ->
          later(ProblemType.SHED, "Too many orders to purge are being carried out");
    };
  }

  private static CompletionStage<HttpResponse> unanswered(Throwable failure) {
    log.warn("An order to purge has no answer: {}", failure.toString());
    return later(
        ProblemType.OWNER_UNAVAILABLE,
        "This node is no member of the cluster yet, or has not answered itself in time");
  }

  private static CompletionStage<HttpResponse> later(ProblemType type, String detail) {
    return AdminAnswers.problem(type, detail)
        .thenApply(it -> it.addHeaders(List.of(RawHeader.create("Retry-After", "1"))));
  }
}
