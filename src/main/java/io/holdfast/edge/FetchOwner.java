package io.holdfast.edge;

import io.holdfast.caching.StoredResponse;
import io.holdfast.caching.UpdateDecision;
import io.holdfast.resource.Representation;
import io.holdfast.resource.ServedCopies;
import io.holdfast.resource.ServedCopies.Copy;
import io.holdfast.resource.ServedCopies.Vouched;
import io.holdfast.resource.Ticket;
import io.holdfast.upstream.ForwardClient;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * Reports what a fetch has brought to the owner of its target, and keeps it as a copy when the
 * owner has taken it: an older answer than the last change of the target is no copy either. Only
 * where no owner has been asked it is kept at once.
 */
final class FetchOwner implements Fetch.Owner {
  private final CachedRequest request;
  private final Ticket ticket;
  private final Renewal renewal;
  private final Optional<Inquiries> inquiries;
  private final ServedCopies copies;
  private final long purge;
  private final boolean seeded;

  /**
   * @param ticket with which it was told to fetch; {@link Ticket#NONE} if nobody told it
   * @param renewal of the ticket
   * @param purge number of the last purge that was known when it began
   * @param seeded what is validated is this node's, and the owner has nothing
   */
  FetchOwner(
      CachedRequest request,
      Ticket ticket,
      Renewal renewal,
      Optional<Inquiries> inquiries,
      ServedCopies copies,
      long purge,
      boolean seeded) {
    this.request = request;
    this.ticket = ticket;
    this.renewal = renewal;
    this.inquiries = inquiries;
    this.copies = copies;
    this.purge = purge;
    this.seeded = seeded;
  }

  @Override
  public void goesOn(long now) {
    renewal.tick(now);
  }

  @Override
  public void store(StoredResponse response, byte[] content) {
    tell(
        (owner, exchange) ->
            new Representation.Store(
                request.target(),
                request.caching(),
                request.settings(),
                ticket,
                response,
                content,
                exchange,
                owner.replies()),
        response,
        Optional.of(content));
  }

  @Override
  public void confirm(UpdateDecision.Updated updated, Optional<byte[]> content) {
    boolean stays = updated.updated().contains(updated.answer());
    if (!stays) {
      copies.drop(request.target());
    }
    if (!seeded) {
      tellConfirmed(updated, stays ? content : Optional.empty());
    } else if (stays && content.isPresent()) {
      store(updated.answer(), content.get());
    } else {
      unshare();
    }
  }

  private void tellConfirmed(UpdateDecision.Updated updated, Optional<byte[]> content) {
    tell(
        (owner, exchange) ->
            new Representation.Confirm(
                request.target(),
                request.caching(),
                request.settings(),
                ticket,
                updated.answer(),
                updated.updated(),
                updated.replaced(),
                exchange,
                owner.replies()),
        updated.answer(),
        content);
  }

  private interface Report {
    Representation.Message with(Inquiries owner, long exchange);
  }

  /**
   * @param content of what is reported, if it is here: then the owner's word makes it a copy
   */
  private void tell(Report report, StoredResponse response, Optional<byte[]> content) {
    if (isUnasked()) {
      content.ifPresent(it -> keep(response, it, purge, Vouched.NOT));
      return;
    }
    var owner = inquiries.get();
    var vouched = Vouched.fromNow();
    var number = new long[1];
    number[0] =
        owner.begin(
            reply -> {
              owner.end(number[0]);
              if (reply instanceof Representation.Found found) {
                var word = found.vouched() ? vouched : Vouched.NOT;
                content.ifPresent(it -> keep(found.response(), it, found.purge(), word));
              }
            },
            Duration.ZERO);
    owner.tell(report.with(owner, number[0]));
  }

  private void keep(StoredResponse response, byte[] content, long known, Vouched vouched) {
    copies.keep(request.target(), new Copy(request.key(), response, content, known, vouched));
  }

  @Override
  public void outdate(List<StoredResponse> stale) {
    tell(new Representation.Outdate(request.target(), request.caching(), ticket, stale));
  }

  @Override
  public void unshare() {
    tell(new Representation.Unshare(request.target(), request.caching(), ticket));
  }

  @Override
  public void fail(Optional<Duration> retryAfter, Optional<ForwardClient.Failure> failure) {
    tell(
        new Representation.Fail(
            request.target(),
            request.caching(),
            ticket,
            retryAfter.map(Duration::toMillis).orElse(-1L),
            failure.map(it -> new Representation.Failure(it.type(), it.detail(), it.fields()))));
  }

  @Override
  public void release() {
    tell(new Representation.Release(request.target(), request.caching(), ticket));
  }

  private void tell(Representation.Message message) {
    if (!isUnasked()) {
      inquiries.get().tell(message);
    }
  }

  private boolean isUnasked() {
    return inquiries.isEmpty() || ticket.equals(Ticket.NONE);
  }
}
