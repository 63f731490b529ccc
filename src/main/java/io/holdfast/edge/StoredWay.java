package io.holdfast.edge;

import io.holdfast.caching.CacheKey;
import io.holdfast.caching.CacheRequest;
import io.holdfast.caching.CacheSettings;
import io.holdfast.caching.TargetUri;
import io.holdfast.http.Bytes;
import io.holdfast.http.Fields;
import io.holdfast.http.RequestHead;
import io.holdfast.resource.StoredTarget;
import io.holdfast.route.Routes;
import io.holdfast.upstream.Consequences;
import io.holdfast.upstream.ForwardClient;
import io.holdfast.upstream.ForwardRequest;
import io.holdfast.upstream.Forwarder;
import io.holdfast.upstream.Forwarding;
import io.holdfast.upstream.Upstream;
import java.util.List;
import java.util.Optional;

/**
 * The way of a request by a route that stores responses, or has a fallback: retrievals are answered
 * from what is stored, everything else makes that invalid.
 */
final class StoredWay {
  private final Routes.Match match;
  private final Routes routes;
  private final CachedExchange.Surroundings stored;
  private final ForwardClient client;
  private final Forwarder loop;

  StoredWay(
      Routes.Match match,
      Routes routes,
      CachedExchange.Surroundings stored,
      ForwardClient client,
      Forwarder loop) {
    this.match = match;
    this.routes = routes;
    this.stored = stored;
    this.client = client;
    this.loop = loop;
  }

  Forwarding go(RequestHead head, ForwardRequest request, String host, Upstream upstream) {
    var target = Invalidations.targetOf(match.route(), head.target(), host);
    var fields = new Fields(request.fields());
    boolean hasContent = !(head.content() instanceof RequestHead.None);
    return switch (head.method()) {
      case "GET", "HEAD" ->
          hasContent
              ? forward(request, upstream)
              : answer(CacheKey.get(target), request, fields, upstream, List.of());
      case "QUERY" -> query(head, target, request, fields, upstream);
      default ->
          change(new CacheRequest(head.method(), CacheKey.get(target), fields), request, upstream);
    };
  }

  private Invalidations invalidations() {
    return new Invalidations(routes, stored, loop);
  }

  /** Of a request under a key, whose answer does not come by here. */
  Consequences consequences(RequestHead head, ForwardRequest request, String host) {
    return invalidations().of(match.route(), head.method(), head.target(), host, request);
  }

  private Forwarding forward(ForwardRequest request, Upstream upstream) {
    return loop.forward(request, client, upstream, stored.upstreams().proxyName());
  }

  private Forwarding answer(
      CacheKey key, ForwardRequest request, Fields fields, Upstream upstream, List<Bytes> content) {
    var caching = new CacheRequest(request.method(), key, fields);
    var exchange =
        new CachedExchange(
            new CachedRequest(
                owned(key.target()),
                caching,
                request,
                upstream,
                settings(),
                match.route().caching().on(),
                match.route().fallback()),
            client,
            loop,
            stored,
            content);
    exchange.begin();
    return exchange;
  }

  private CacheSettings settings() {
    var caching = match.route().caching();
    return new CacheSettings(
        caching.staleIfError(),
        caching.staleWhileRevalidate(),
        caching.contentBytesMax(),
        stored.variantsMax());
  }

  private StoredTarget owned(TargetUri target) {
    return new StoredTarget(match.route().name(), target);
  }

  private Forwarding query(
      RequestHead head,
      TargetUri target,
      ForwardRequest request,
      Fields fields,
      Upstream upstream) {
    if (head.content() instanceof RequestHead.None) {
      var key = CacheKey.query(target, fields, new byte[0]);
      return answer(key, request, fields, upstream, List.of());
    }
    var exchange =
        new QueryExchange(
            client,
            loop,
            stored.room(),
            (whole, pieces) ->
                answer(
                    CacheKey.query(target, fields, whole),
                    request.whole(whole.length, request.deadlineNanos()),
                    fields,
                    upstream,
                    pieces),
            () -> forward(request, upstream));
    exchange.begin(head);
    return exchange;
  }

  /** Anything but a retrieval. */
  private Forwarding change(CacheRequest caching, ForwardRequest request, Upstream upstream) {
    if (caching.changesNothing() || !match.route().caching().on()) {
      return forward(request, upstream);
    }
    var answer =
        new InvalidatingAnswer(
            caching,
            loop.answerTo(client, request.minorVersion(), stored.upstreams().proxyName()),
            (invalidation, then) ->
                invalidations().invalidate(invalidation, request.deadlineNanos(), then));
    var forwarding = loop.forward(request, answer, upstream);
    answer.begun(() -> Optional.of(forwarding));
    return forwarding;
  }
}
