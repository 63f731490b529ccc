package io.holdfast;

import io.holdfast.database.KeyedRequests;
import io.holdfast.upstream.KeyStore;
import io.holdfast.upstream.KeyedId;
import io.holdfast.upstream.KeyedRow;
import io.holdfast.upstream.StoredAnswer;
import java.util.Optional;
import java.util.concurrent.CompletionStage;

/**
 * The table of requests under keys, as requests to services on one incarnation of a node see it.
 */
record KeysInDatabase(KeyedRequests requests, long me) implements KeyStore {
  @Override
  public CompletionStage<Seen> claim(KeyedId id, Claim claim) {
    return seen(requests.claim(of(id), of(claim), claim.keptMax()));
  }

  @Override
  public CompletionStage<Seen> takeOver(KeyedId id, String from, Claim claim) {
    return seen(requests.takeOver(of(id), from, of(claim)));
  }

  @Override
  public CompletionStage<Seen> look(KeyedId id) {
    return seen(requests.look(of(id)));
  }

  private CompletionStage<Seen> seen(CompletionStage<Optional<KeyedRequests.Row>> row) {
    return row.handle(
        (found, failure) ->
            failure == null
                ? new Seen.Found(found.map(KeysInDatabase::row), requests.now())
                : new Seen.Away());
  }

  private static KeyedRow row(KeyedRequests.Row row) {
    return new KeyedRow(
        row.fingerprint(),
        KeyedRow.State.valueOf(row.state().name()),
        row.token(),
        row.runsUntil(),
        row.runnerGone(),
        row.answer()
            .map(it -> StoredAnswer.stored(it.status(), it.reason(), it.fields(), it.content())));
  }

  @Override
  public CompletionStage<Ended> end(KeyedId id, String token, Ending ending) {
    return write(of(id), token, ending)
        .handle(
            (mine, failure) -> failure != null ? Ended.AWAY : mine ? Ended.DONE : Ended.NOT_MINE);
  }

  private CompletionStage<Boolean> write(KeyedRequests.Id id, String token, Ending ending) {
    if (ending instanceof Ending.Answered answered) {
      var it = answered.answer();
      return requests.answer(
          id,
          token,
          new KeyedRequests.Answer(it.status(), it.reason(), it.fieldBytes(), it.content()));
    }
    if (ending instanceof Ending.NotKept notKept) {
      return requests.notKept(id, token, notKept.status());
    }
    return ending instanceof Ending.Unknown
        ? requests.unknown(id, token)
        : requests.release(id, token);
  }

  @Override
  public boolean isAway() {
    return requests.isAway();
  }

  private static KeyedRequests.Id of(KeyedId id) {
    return new KeyedRequests.Id(id.scope(), id.key());
  }

  private KeyedRequests.Claim of(Claim claim) {
    return new KeyedRequests.Claim(claim.token(), claim.fingerprint(), me, claim.runsFor());
  }
}
