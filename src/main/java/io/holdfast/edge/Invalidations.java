package io.holdfast.edge;

import static io.holdfast.edge.Invalidating.Outcome.PENDING;

import io.holdfast.caching.CacheKey;
import io.holdfast.caching.CacheRequest;
import io.holdfast.caching.Invalidation;
import io.holdfast.caching.Purge;
import io.holdfast.caching.TargetUri;
import io.holdfast.http.FieldLine;
import io.holdfast.http.Fields;
import io.holdfast.http.RequestTarget;
import io.holdfast.resource.Purging;
import io.holdfast.resource.StoredTarget;
import io.holdfast.route.Route;
import io.holdfast.route.Routes;
import io.holdfast.upstream.Consequences;
import io.holdfast.upstream.ForwardRequest;
import io.holdfast.upstream.Forwarder;
import io.holdfast.upstream.ResponseHead;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/** What requests that change something make of what is stored (RFC 9111, section 4.4). */
record Invalidations(Routes routes, CachedExchange.Surroundings stored, Forwarder loop) {

  /** The target of a request by a route, as what is stored of it is known. */
  static TargetUri targetOf(Route route, String sent, String host) {
    return TargetUri.of("http", route.caching().hostIgnored() ? TargetUri.ANY_HOST : host, sent);
  }

  /** Of a request whose answer is not given to its client as it comes. */
  Consequences of(Route route, String method, String target, String host, ForwardRequest request) {
    var caching =
        new CacheRequest(
            method, CacheKey.get(targetOf(route, target, host)), new Fields(request.fields()));
    if (caching.changesNothing() || !route.caching().on()) {
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

  void invalidate(
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
