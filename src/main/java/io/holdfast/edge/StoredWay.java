package io.holdfast.edge;

import static io.holdfast.edge.Invalidating.Outcome.PENDING;

import io.holdfast.caching.CacheKey;
import io.holdfast.caching.CacheRequest;
import io.holdfast.caching.CacheSettings;
import io.holdfast.caching.Invalidation;
import io.holdfast.caching.Purge;
import io.holdfast.caching.TargetUri;
import io.holdfast.http.Bytes;
import io.holdfast.http.FieldLine;
import io.holdfast.http.Fields;
import io.holdfast.http.RequestHead;
import io.holdfast.http.RequestTarget;
import io.holdfast.resource.Purging;
import io.holdfast.resource.StoredTarget;
import io.holdfast.route.Routes;
import io.holdfast.upstream.Consequences;
import io.holdfast.upstream.ForwardClient;
import io.holdfast.upstream.ForwardRequest;
import io.holdfast.upstream.Forwarder;
import io.holdfast.upstream.Forwarding;
import io.holdfast.upstream.ResponseHead;
import io.holdfast.upstream.Upstream;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import java.util.stream.Collectors;

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
    var target = targetOf(head, host);
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

  private TargetUri targetOf(RequestHead head, String host) {
    var shared = match.route().caching().hostIgnored() ? TargetUri.ANY_HOST : host;
    return TargetUri.of("http", shared, head.target());
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
            (invalidation, then) -> invalidate(invalidation, request.deadlineNanos(), then));
    var forwarding = loop.forward(request, answer, upstream);
    answer.begun(() -> Optional.of(forwarding));
    return forwarding;
  }

  /** Of a request under a key, whose answer does not come by here. */
  Consequences consequences(RequestHead head, ForwardRequest request, String host) {
    var caching =
        new CacheRequest(
            head.method(), CacheKey.get(targetOf(head, host)), new Fields(request.fields()));
    if (caching.changesNothing() || !match.route().caching().on()) {
      return Consequences.NONE;
    }
    return new Consequences() {
      @Override
      public void ofAnswer(ResponseHead answer, Consumer<List<FieldLine>> then) {
        var invalidation =
            Invalidation.by(
                caching,
                new io.holdfast.caching.ResponseHead(answer.status(), new Fields(answer.fields())));
        if (invalidation.reachesNothing()) {
          then.accept(List.of());
        } else {
          invalidate(
              invalidation, request.deadlineNanos(), outcome -> then.accept(outcome.marks()));
        }
      }

      @Override
      public void ofSilence(Consumer<List<FieldLine>> then) {
        invalidate(
            new Invalidation(Set.of(caching.key().target()), Set.of()),
            request.deadlineNanos(),
            outcome -> then.accept(outcome.marks()));
      }
    };
  }

  private void invalidate(
      Invalidation invalidation, long deadlineNanos, Consumer<Invalidating.Outcome> then) {
    var targets =
        invalidation.targets().stream()
            .flatMap(it -> ownedBy(it).stream())
            .collect(Collectors.toSet());
    var groups =
        invalidation.groups().stream()
            .map(it -> new Purge.Group(it, invalidation.targets().iterator().next()))
            .map(stored.stored().purge())
            .map(CompletionStage::toCompletableFuture)
            .toArray(CompletableFuture[]::new);
    var warm = routes.warm();
    Invalidating.begin(
        targets,
        it -> warm.contains(it.route()),
        stored,
        loop,
        deadlineNanos,
        outcome ->
            CompletableFuture.allOf(groups)
                .whenComplete(
                    (done, failure) ->
                        loop.later(() -> then.accept(areWrittenDown(groups) ? outcome : PENDING))));
  }

  /** A purge that is in the table reaches what is kept there, too, whenever it is read. */
  private static boolean areWrittenDown(CompletableFuture<?>[] groups) {
    return Arrays.stream(groups)
        .noneMatch(
            it -> it.isCompletedExceptionally() || it.getNow(null) instanceof Purging.Refused);
  }

  /** A location may lead to another route. */
  private Optional<StoredTarget> ownedBy(TargetUri target) {
    var path = RequestTarget.parse(target.pathAndQuery()).path();
    return routes
        .match(path)
        .map(Routes.Match::route)
        .filter(it -> it.isForwarded() && it.caching().on())
        .map(
            it ->
                new StoredTarget(
                    it.name(),
                    it.caching().hostIgnored()
                        ? new TargetUri(target.scheme(), TargetUri.ANY_HOST, target.pathAndQuery())
                        : target));
  }
}
