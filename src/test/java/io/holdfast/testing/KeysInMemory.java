package io.holdfast.testing;

import io.holdfast.upstream.KeyStore;
import io.holdfast.upstream.KeyedId;
import io.holdfast.upstream.KeyedRow;
import io.holdfast.upstream.StoredAnswer;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.ForkJoinPool;

/** A table of requests under keys, which can be away, and refuse to write ends down. */
public final class KeysInMemory implements KeyStore {
  private final Map<KeyedId, KeyedRow> rows = new HashMap<>();
  private final Executor elsewhere = ForkJoinPool.commonPool();
  private volatile boolean away;
  private volatile boolean takesNoEnds;
  private volatile boolean takesClaimsSilently;

  /** From now on it answers, or does not. */
  public void away(boolean isAway) {
    away = isAway;
  }

  /** It breaks when it is to write down what became of a request. */
  public void takesNoEnds(boolean breaks) {
    takesNoEnds = breaks;
  }

  /** It makes rows, and breaks before it says so. */
  public void takesClaimsSilently(boolean breaks) {
    takesClaimsSilently = breaks;
  }

  public synchronized Map<KeyedId, KeyedRow> rows() {
    return Map.copyOf(rows);
  }

  /** The only row there is. */
  public synchronized Optional<KeyedRow> row() {
    return rows.values().stream().findAny();
  }

  /** As if whoever has the row had died. */
  public synchronized void runnersAreGone() {
    rows.replaceAll(
        (id, row) ->
            new KeyedRow(
                row.fingerprint(), row.state(), row.token(), row.runsUntil(), true, row.answer()));
  }

  private static KeyedRow made(Claim claim) {
    return new KeyedRow(
        claim.fingerprint(),
        KeyedRow.State.RUNNING,
        claim.token(),
        now().plus(claim.runsFor()),
        false,
        Optional.empty());
  }

  private static Instant now() {
    return Instant.now();
  }

  @Override
  public CompletionStage<Seen> claim(KeyedId id, Claim claim) {
    return later(
        () -> {
          rows.putIfAbsent(id, made(claim));
          return takesClaimsSilently ? new Seen.Away() : found(id);
        });
  }

  @Override
  public CompletionStage<Seen> takeOver(KeyedId id, String from, Claim claim) {
    return later(
        () -> {
          rows.computeIfPresent(id, (key, row) -> row.token().equals(from) ? made(claim) : row);
          return found(id);
        });
  }

  @Override
  public CompletionStage<Seen> look(KeyedId id) {
    return later(() -> found(id));
  }

  private Seen found(KeyedId id) {
    return new Seen.Found(Optional.ofNullable(rows.get(id)), now());
  }

  private CompletionStage<Seen> later(java.util.function.Supplier<Seen> work) {
    return CompletableFuture.supplyAsync(
        () -> {
          synchronized (this) {
            return away ? new Seen.Away() : work.get();
          }
        },
        elsewhere);
  }

  @Override
  public CompletionStage<Ended> end(KeyedId id, String token, Ending ending) {
    return CompletableFuture.supplyAsync(() -> ended(id, token, ending), elsewhere);
  }

  private synchronized Ended ended(KeyedId id, String token, Ending ending) {
    var row = rows.get(id);
    if (away || takesNoEnds) {
      return Ended.AWAY;
    }
    if (row == null || !row.token().equals(token)) {
      return ending instanceof Ending.Released ? Ended.DONE : Ended.NOT_MINE;
    }
    if (ending instanceof Ending.Released) {
      rows.remove(id);
    } else {
      rows.put(id, ended(row, ending));
    }
    return Ended.DONE;
  }

  private static KeyedRow ended(KeyedRow row, Ending ending) {
    Optional<StoredAnswer> answer =
        ending instanceof Ending.Answered answered
            ? Optional.of(answered.answer())
            : Optional.empty();
    var state =
        answer.isPresent()
            ? KeyedRow.State.ANSWERED
            : ending instanceof Ending.NotKept ? KeyedRow.State.NOT_KEPT : KeyedRow.State.UNKNOWN;
    return new KeyedRow(
        row.fingerprint(), state, row.token(), row.runsUntil(), row.runnerGone(), answer);
  }

  @Override
  public boolean isAway() {
    return away;
  }
}
