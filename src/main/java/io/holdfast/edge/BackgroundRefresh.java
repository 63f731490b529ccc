package io.holdfast.edge;

import io.holdfast.caching.CacheRequest;
import io.holdfast.caching.Reuse;
import io.holdfast.caching.ReuseDecision;
import io.holdfast.caching.StoredResponse;
import io.holdfast.http.Bytes;
import io.holdfast.http.CacheStatus;
import io.holdfast.resource.Ticket;
import io.holdfast.upstream.ForwardClient;
import io.holdfast.upstream.Forwarder;
import io.holdfast.upstream.Forwarding;
import io.holdfast.upstream.ResponseHead;
import io.holdfast.upstream.Timed;
import java.util.List;
import java.util.Optional;

/**
 * Refreshes what was just given stale (RFC 5861, section 3): for the cache alone, with nobody
 * waiting.
 */
final class BackgroundRefresh {
  /** Who waits for it. */
  private static final Fetch.Client NOBODY =
      new Fetch.Client() {
        @Override
        public boolean isGone() {
          return true;
        }

        @Override
        public void interim(ResponseHead head) {}

        @Override
        public boolean pass(ResponseHead head, CacheStatus status) {
          return true;
        }

        @Override
        public boolean passContent(Bytes bytes) {
          return true;
        }

        @Override
        public void complete() {}

        @Override
        public void broken() {}

        @Override
        public void give(StoredResponse response, byte[] content, CacheStatus status) {}

        @Override
        public void refuse(ForwardClient.Failure failure, CacheStatus status) {}

        @Override
        public void resume() {}

        @Override
        public boolean hasFallback() {
          return false;
        }
      };

  private BackgroundRefresh() {}

  /**
   * @param renewal of the ticket
   * @param stale what was given
   */
  static void begin(
      CachedRequest request,
      Ticket ticket,
      Renewal renewal,
      StoredResponse stale,
      Forwarder loop,
      Optional<Inquiries> owner,
      CachedExchange.Surroundings surroundings) {
    var report =
        new FetchOwner(
            request,
            ticket,
            renewal,
            owner,
            surroundings.copies(),
            surroundings.purges().known(),
            false);
    var caching = request.caching();
    var asGet = new CacheRequest("GET", caching.key(), caching.fields());
    var decision =
        Reuse.decide(
            asGet,
            List.of(stale.staled(surroundings.clock().instant())),
            surroundings.clock().instant());
    if (!caching.key().method().equals("GET")
        || !(decision instanceof ReuseDecision.StaleWhileRevalidate it)) {
      report.release();
      return;
    }
    var validation = it.validation();
    ReuseDecision asked =
        validation.asked().isEmpty()
            ? new ReuseDecision.Miss(validation.why(), validation.forwarded(), Optional.empty())
            : validation;
    var question =
        new Question(
            asGet,
            asked,
            request.settings(),
            id -> surroundings.copies().content(request.target(), id));
    var fetch =
        new Fetch(
            question,
            NOBODY,
            report,
            surroundings.clock(),
            surroundings.room(),
            "",
            report::release);
    var begun = new Forwarding[1];
    fetch.begun(() -> Optional.ofNullable(begun[0]));
    begun[0] =
        loop.forward(
            request.forward().asking("GET", question.forwarded().lines()),
            fetch,
            request.upstream());
    if (!fetch.isOver()) {
      loop.add(new UnderWay(fetch, loop));
    }
  }

  /** Until it is over it hears of the time. */
  private record UnderWay(Fetch fetch, Forwarder loop) implements Timed {
    @Override
    public void tick(long now) {
      fetch.tick(now);
      if (fetch.isOver()) {
        loop.remove(this);
      }
    }
  }
}
