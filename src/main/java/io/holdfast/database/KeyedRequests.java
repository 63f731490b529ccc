package io.holdfast.database;

import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Requests under idempotency keys, on threads that may block. A stage that fails leaves open
 * whether it was done; each question may be asked again. While the database is known to be away
 * nothing is tried.
 *
 * <p>What is old goes little by little, and on every node: they take nothing from each other but
 * work.
 */
public final class KeyedRequests implements AutoCloseable {
  /** For so long a key is known. */
  static final Duration KEPT = Duration.ofHours(24);

  private static final Logger log = LoggerFactory.getLogger(KeyedRequests.class);
  private static final int THREADS = 2;
  private static final Duration EXPIRE_EVERY = Duration.ofSeconds(30);
  private static final int REMOVED_AT_A_TIME = 500;
  private static final int BITES_MAX = 20;

  /** A scope is pruned about as often as this part of what is kept has been added to it. */
  private static final int PART_OF_KEPT = 10;

  private final Database database;
  private final KeyedRows rows;
  private final BlockingThreads threads = new BlockingThreads("holdfast-keys", THREADS);
  private final ScheduledExecutorService cleaner =
      Executors.newSingleThreadScheduledExecutor(BlockingThreads.named("holdfast-keys-expire"));
  private final Map<Id, CompletionStage<Optional<Row>>> looks = new ConcurrentHashMap<>();

  /**
   * A row's name.
   *
   * @param scope 43 characters: whose key it is
   * @param key up to 255
   */
  public record Id(String scope, String key) {}

  /**
   * What a row is made with.
   *
   * @param token of whoever makes it, up to 36 characters
   * @param fingerprint 43 characters: tells another request under the same key
   * @param incarnation of whoever makes it
   * @param runsFor so long nobody else takes the request for lost
   */
  public record Claim(String token, String fingerprint, long incarnation, Duration runsFor) {}

  /** An answer as it is kept; each of the two up to 1 MiB. */
  public record Answer(int status, String reason, byte[] fields, byte[] content) {}

  /** How far a request has come. */
  public enum State {
    RUNNING,
    ANSWERED,
    NOT_KEPT,
    UNKNOWN;

    String word() {
      return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    static State of(String word) {
      return valueOf(word.toUpperCase(Locale.ROOT).replace('-', '_'));
    }
  }

  /**
   * A row as it is.
   *
   * @param runnerGone the incarnation that made it was written off
   */
  public record Row(
      String fingerprint,
      State state,
      String token,
      Instant runsUntil,
      boolean runnerGone,
      Optional<Answer> answer) {}

  private KeyedRequests(Database database) {
    this.database = database;
    this.rows = new KeyedRows(database);
  }

  /** Begins to clean up as well. */
  public static KeyedRequests start(Database database) {
    var started = new KeyedRequests(database);
    started.cleaner.scheduleWithFixedDelay(
        started::expireQuietly,
        EXPIRE_EVERY.toMillis(),
        EXPIRE_EVERY.toMillis(),
        TimeUnit.MILLISECONDS);
    return started;
  }

  /** By the clock that rows are stamped with. */
  public Instant now() {
    return database.clock().instant();
  }

  public boolean isAway() {
    return database.health().isAway();
  }

  /**
   * Makes the row unless there is one.
   *
   * @param keptMax about so many answers of the scope are kept
   * @return which is there now; nothing if it went again meanwhile
   */
  public CompletionStage<Optional<Row>> claim(Id id, Claim claim, int keptMax) {
    return run(() -> rows.claim(id, claim))
        .thenApply(
            row -> {
              if (row.filter(it -> it.token().equals(claim.token())).isPresent()) {
                pruneAtTimes(id.scope(), keptMax);
              }
              return row;
            });
  }

  /** Makes the row the claim's if it has that token and no answer, and says which is there now. */
  public CompletionStage<Optional<Row>> takeOver(Id id, String from, Claim claim) {
    return run(() -> rows.takeOver(id, from, claim));
  }

  /** Those who look at the same time look once. */
  public CompletionStage<Optional<Row>> look(Id id) {
    var mine = new CompletableFuture<Optional<Row>>();
    var other = looks.putIfAbsent(id, mine);
    if (other != null) {
      return other;
    }
    run(() -> rows.look(id))
        .whenComplete(
            (row, failure) -> {
              looks.remove(id);
              if (failure == null) {
                mine.complete(row);
              } else {
                mine.completeExceptionally(failure);
              }
            });
    return mine;
  }

  /**
   * Writes the answer into the token's row.
   *
   * @return whether it is there now
   */
  public CompletionStage<Boolean> answer(Id id, String token, Answer answer) {
    return run(() -> rows.answer(id, token, answer));
  }

  /** The same, for an answer that is not kept. */
  public CompletionStage<Boolean> notKept(Id id, String token, int status) {
    return run(() -> rows.notKept(id, token, status));
  }

  /** The same, where nobody knows of an answer. */
  public CompletionStage<Boolean> unknown(Id id, String token) {
    return run(() -> rows.unknown(id, token));
  }

  /**
   * Takes the token's row away.
   *
   * @return false if it says what became of the request: then it stays
   */
  public CompletionStage<Boolean> release(Id id, String token) {
    return run(() -> rows.release(id, token));
  }

  private <T> CompletionStage<T> run(BlockingThreads.Call<T> question) {
    return threads.run(
        () -> {
          if (isAway()) {
            throw new SQLTransientConnectionException("the database is away");
          }
          return question.run();
        });
  }

  // ---- what is old ----

  /** Whoever adds to it removes, without a count of what is there. */
  private void pruneAtTimes(String scope, int keptMax) {
    if (ThreadLocalRandom.current().nextInt(Math.max(1, keptMax / PART_OF_KEPT)) == 0) {
      try {
        cleaner.execute(() -> quietly(() -> prune(scope, keptMax)));
      } catch (RejectedExecutionException e) {
        // the node ends
      }
    }
  }

  void prune(String scope, int keptMax) throws SQLException {
    int bites = 0;
    while (rows.prune(scope, keptMax, REMOVED_AT_A_TIME) == REMOVED_AT_A_TIME
        && ++bites < BITES_MAX) {
      // there is more
    }
  }

  void expire() throws SQLException {
    int bites = 0;
    while (rows.expire(KEPT, REMOVED_AT_A_TIME) == REMOVED_AT_A_TIME && ++bites < BITES_MAX) {
      // there is more
    }
  }

  private void expireQuietly() {
    quietly(this::expire);
  }

  @FunctionalInterface
  private interface Removal {
    void run() throws SQLException;
  }

  /** What is not removed now is later. */
  private void quietly(Removal removal) {
    try {
      if (!isAway()) {
        removal.run();
      }
    } catch (SQLException | RuntimeException e) {
      log.debug("Old idempotency keys could not be removed now", e);
    }
  }

  @Override
  public void close() {
    cleaner.shutdownNow();
    threads.close();
  }
}
