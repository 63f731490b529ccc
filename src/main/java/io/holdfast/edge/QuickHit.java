package io.holdfast.edge;

import io.holdfast.caching.TargetUri;
import io.holdfast.caching.VaryKey;
import io.holdfast.http.CacheStatus;
import io.holdfast.http.RequestHead;
import io.holdfast.resource.ServedCopies.Copy;
import io.holdfast.resource.StoredTarget;
import io.holdfast.route.Route;
import io.holdfast.upstream.ForwardClient;
import java.time.Instant;

/**
 * The short path of a fresh hit: a plain request whose answer does not vary, is fresh, and is
 * vouched for, is answered from bytes that are there. It decides as {@link
 * io.holdfast.caching.Reuse} does for such a request; whatever is not so plain goes the long way.
 */
final class QuickHit {
  /** As the log has it. */
  private static final String HIT = "holdfast; hit";

  private QuickHit() {}

  /**
   * @return false: nothing was done
   */
  static boolean answer(
      Route route, RequestHead head, ForwardClient client, CachedExchange.Surroundings stored) {
    if (!route.caching().on()) {
      return false;
    }
    var host = PlainRequest.hostOf(head);
    if (host.isEmpty()) {
      return false;
    }
    var shared = route.caching().hostIgnored() ? TargetUri.ANY_HOST : host.get();
    var target = new StoredTarget(route.name(), TargetUri.of("http", shared, head.target()));
    var copy = stored.copies().only(target);
    if (copy.isEmpty()) {
      return false;
    }
    var now = stored.clock().instant();
    if (!isAnswer(copy.get(), now, stored)) {
      return false;
    }
    give(copy.get(), now, target, client, stored);
    return true;
  }

  private static boolean isAnswer(Copy copy, Instant now, CachedExchange.Surroundings stored) {
    var response = copy.response();
    return copy.key().method().equals("GET")
        && response.status() == 200
        && response.vary().equals(VaryKey.NONE)
        && response.part().isEmpty()
        && response.isFresh(now)
        && copy.vouched().holds()
        && !copy.vouched().isToBeRenewed() // That takes the whole request, by the long way.
        && copy.purge() >= stored.purges().known()
        && stored.stored().knowsPurges().getAsBoolean();
  }

  private static void give(
      Copy copy,
      Instant now,
      StoredTarget target,
      ForwardClient client,
      CachedExchange.Surroundings stored) {
    var response = copy.response();
    long ttl = response.ttl(now);
    var status = CacheStatus.hit().withTtl(ttl);
    var head =
        copy.rendered()
            .at(
                response.age(now),
                age ->
                    StoredRendering.whole(
                        response,
                        copy.content().length,
                        age,
                        status.value(),
                        stored.upstreams().proxyName()));
    stored.counts().given(target.route(), status);
    copy.hits().increment();
    client.cacheStatus(HIT);
    client.answering(response.status());
    boolean last = client.isLast();
    var end = last ? StoredRendering.LAST : StoredRendering.NOT_LAST;
    var bytes = client.buffer(head.length + end.length + copy.content().length);
    bytes.writeBytes(head).writeBytes(end).writeBytes(copy.content());
    client.write(bytes);
    client.complete(false);
  }
}
