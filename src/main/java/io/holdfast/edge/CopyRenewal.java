package io.holdfast.edge;

import io.holdfast.resource.Representation;
import io.holdfast.resource.ServedCopies.Copy;
import io.holdfast.resource.ServedCopies.Vouched;
import java.time.Duration;
import java.util.List;

/**
 * Asks the owner of a copy that is in use to vouch for it a little longer, before its time is over.
 */
final class CopyRenewal {
  private CopyRenewal() {}

  static void begin(CachedRequest request, Copy copy, CachedExchange.Surroundings surroundings) {
    var owner = surroundings.owners().get();
    if (owner.isEmpty() || !surroundings.copies().beginRenewal(request.target(), copy)) {
      return;
    }
    var inquiries = owner.get();
    var vouched = Vouched.fromNow();
    var number = new long[1];
    number[0] =
        inquiries.begin(
            reply -> {
              if (reply instanceof Representation.Queued) {
                return;
              }
              inquiries.end(number[0]);
              if (reply instanceof Representation.Found found) {
                keep(request, copy, found, vouched, surroundings);
              }
              reply.fetch().ifPresent(it -> Inquiry.release(request, inquiries, it));
            },
            Duration.ZERO);
    inquiries.tell(
        new Representation.Ask(
            request.target(),
            request.caching(),
            List.of(copy.response().contentId()),
            0,
            number[0],
            inquiries.replies()));
  }

  private static void keep(
      CachedRequest request,
      Copy copy,
      Representation.Found found,
      Vouched vouched,
      CachedExchange.Surroundings surroundings) {
    if (found.vouched()) {
      var content = found.known() ? copy.content() : found.content();
      surroundings
          .copies()
          .keep(
              request.target(),
              new Copy(request.key(), found.response(), content, found.purge(), vouched));
    }
  }
}
