package io.holdfast.edge;

import io.holdfast.resource.Representation;
import io.holdfast.resource.ServedCopies;
import io.holdfast.resource.ServedCopies.Copy;
import io.holdfast.resource.ServedCopies.Vouched;
import io.holdfast.resource.Ticket;
import io.holdfast.upstream.Forwarder;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * What one request asks the owner of its target, again and again under one number, wherever that
 * owner is meanwhile. On an event loop, on which it is answered.
 */
final class Inquiry {
  /** To write an answer down, beyond the deadline for its beginning. */
  private static final Duration FETCH_GRACE = Duration.ofSeconds(5);

  /** Hears all replies, also those that nobody waits for any more. */
  interface Listener {
    /**
     * @param content of what was found, if it is here
     */
    void replied(Representation.Reply reply, Optional<byte[]> content);
  }

  private final CachedRequest request;
  private final Inquiries owners;
  private final ServedCopies copies;
  private final Forwarder loop;
  private final Listener listener;
  private long number;
  private boolean isAskedAgain;

  Inquiry(
      CachedRequest request,
      Inquiries owners,
      ServedCopies copies,
      Forwarder loop,
      Listener listener) {
    this.request = request;
    this.owners = owners;
    this.copies = copies;
    this.loop = loop;
    this.listener = listener;
  }

  Inquiries owners() {
    return owners;
  }

  /** Asks for the first time, or as if it were. */
  void begin(List<Copy> known) {
    var word = Vouched.fromNow();
    number = owners.begin(reply -> heard(reply, word), Duration.ofMillis(patienceMillis()));
    isAskedAgain = false;
    ask(known);
  }

  /**
   * In case that the owner has moved.
   *
   * @param known need not be sent
   */
  void again(List<Copy> known) {
    isAskedAgain = true;
    ask(known);
  }

  private void ask(List<Copy> known) {
    owners.tell(
        new Representation.Ask(
            request.target(),
            request.caching(),
            known.stream().map(it -> it.response().contentId()).toList(),
            patienceMillis(),
            number,
            owners.replies(),
            request.forward().trace().span()));
  }

  private long patienceMillis() {
    long left = request.forward().deadlineNanos() - System.nanoTime();
    return Math.max(0, left) / 1_000_000 + FETCH_GRACE.toMillis();
  }

  /**
   * On the thread of replies: there a copy is kept before its owner can take it back. Later it
   * might be kept behind that.
   */
  private void heard(Representation.Reply reply, Vouched word) {
    if (reply instanceof Representation.Found found) {
      var content = contentOf(found);
      content.ifPresent(it -> keep(found, it, found.vouched() ? word : Vouched.NOT));
      loop.later(() -> listener.replied(found, content));
    } else {
      loop.later(() -> listener.replied(reply, Optional.empty()));
    }
  }

  private Optional<byte[]> contentOf(Representation.Found found) {
    return found.known()
        ? copies.content(request.target(), found.response().contentId())
        : Optional.of(found.content());
  }

  private void keep(Representation.Found found, byte[] content, Vouched word) {
    copies.keep(
        request.target(), new Copy(request.key(), found.response(), content, found.purge(), word));
  }

  /** Whether it replies to what was asked last. */
  boolean isAnsweredBy(Representation.Reply reply) {
    return reply.exchange() == number;
  }

  /**
   * There is nothing more to hear. If it was asked twice, the answer may have crossed the second
   * question; and whoever is told to fetch in answer to that has to say that he does not, since all
   * others wait for him.
   */
  void end() {
    end(Ticket.NONE);
  }

  /**
   * The same, for one who fetches.
   *
   * @param ticket under which: that may come twice as well
   */
  void end(Ticket ticket) {
    if (isAskedAgain) {
      owners.hear(number, late(request, owners, ticket));
    } else {
      owners.end(number);
    }
  }

  private static Consumer<Representation.Reply> late(
      CachedRequest request, Inquiries owners, Ticket ticket) {
    return reply ->
        reply
            .fetch()
            .filter(it -> !it.equals(ticket))
            .ifPresent(it -> release(request, owners, it));
  }

  /** What was to be fetched is not. */
  void release(Ticket ticket) {
    release(request, owners, ticket);
  }

  static void release(CachedRequest request, Inquiries owners, Ticket ticket) {
    owners.tell(new Representation.Release(request.target(), request.caching(), ticket));
  }
}
