package io.holdfast.edge;

import io.holdfast.caching.CacheRequest;
import io.holdfast.caching.Invalidation;
import io.holdfast.http.Bytes;
import io.holdfast.http.Fields;
import io.holdfast.upstream.AnswerSink;
import io.holdfast.upstream.ForwardClient;
import io.holdfast.upstream.Forwarding;
import io.holdfast.upstream.ResponseHead;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * The answer to a request that may have changed something: held back until what was stored before
 * is no answer any more (RFC 9111, section 4.4).
 */
final class InvalidatingAnswer implements AnswerSink {

  /** Makes it invalid, and then goes on. */
  @FunctionalInterface
  interface Invalidate {
    void run(Invalidation invalidation, Consumer<Invalidating.Outcome> then);
  }

  private final CacheRequest request;
  private final AnswerSink client;
  private final Invalidate invalidate;
  private final List<Runnable> heldBack = new ArrayList<>();
  private boolean holds;
  private Invalidating.Outcome outcome = Invalidating.Outcome.COMPLETE;
  private Supplier<Optional<Forwarding>> forwarding = Optional::empty;

  InvalidatingAnswer(CacheRequest request, AnswerSink client, Invalidate invalidate) {
    this.request = request;
    this.client = client;
    this.invalidate = invalidate;
  }

  void begun(Supplier<Optional<Forwarding>> by) {
    forwarding = by;
  }

  @Override
  public void interim(ResponseHead head) {
    client.interim(head);
  }

  @Override
  public boolean head(ResponseHead head) {
    var invalidation =
        Invalidation.by(
            request,
            new io.holdfast.caching.ResponseHead(head.status(), new Fields(head.fields())));
    if (invalidation.reachesNothing()) {
      return client.head(head);
    }
    var more = new boolean[1];
    holds = true;
    heldBack.add(() -> more[0] = client.head(head.with(outcome.marks())));
    invalidate.run(invalidation, this::goOn);
    return !holds && more[0];
  }

  private void goOn(Invalidating.Outcome of) {
    holds = false;
    outcome = of;
    heldBack.forEach(Runnable::run);
    heldBack.clear();
    forwarding.get().ifPresent(Forwarding::writable);
  }

  @Override
  public boolean content(Bytes bytes) {
    if (holds) {
      heldBack.add(() -> client.content(bytes));
      return false;
    }
    return client.content(bytes);
  }

  @Override
  public void complete() {
    after(client::complete);
  }

  @Override
  public void broken() {
    after(client::broken);
  }

  private void after(Runnable end) {
    if (holds) {
      heldBack.add(end);
    } else {
      end.run();
    }
  }

  /** It may have been carried out all the same, unless it was never sent. */
  @Override
  public void refuse(ForwardClient.Failure failure) {
    switch (failure.type()) {
      case UPSTREAM_FAILED, UPSTREAM_TIMEOUT, OUTCOME_UNKNOWN ->
          invalidate.run(
              new Invalidation(Set.of(request.key().target()), Set.of()),
              of -> client.refuse(failure.with(of.marks())));
      default -> client.refuse(failure);
    }
  }

  @Override
  public void resume() {
    client.resume();
  }
}
