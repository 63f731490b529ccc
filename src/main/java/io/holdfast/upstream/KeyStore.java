package io.holdfast.upstream;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * The table of requests under keys, which all nodes share. No stage of it fails: that the table
 * cannot be reached is an outcome.
 */
public interface KeyStore {

  /**
   * Makes the row, unless there is one.
   *
   * @return the row that is there now, whoever made it. When it is {@link Away} the row may have
   *     been made
   */
  CompletionStage<Seen> claim(KeyedId id, Claim claim);

  /**
   * Makes the row the asker's, if it is still as the asker has seen it.
   *
   * @param from the token that the row had
   * @return as of {@link #claim}
   */
  CompletionStage<Seen> takeOver(KeyedId id, String from, Claim claim);

  /** The row, if there is one. */
  CompletionStage<Seen> look(KeyedId id);

  /** Writes down what became of a request, if its row is still that of the token. */
  CompletionStage<Ended> end(KeyedId id, String token, Ending ending);

  /** Whether the table is known to be out of reach. */
  boolean isAway();

  /**
   * What a row is made with.
   *
   * @param runsFor so long nobody else will take the request for lost
   * @param keptMax so many answers of the scope are kept
   */
  record Claim(String token, String fingerprint, Duration runsFor, int keptMax) {}

  /** What was found. */
  sealed interface Seen {
    /**
     * @param now by the clock of the row's times
     */
    record Found(Optional<KeyedRow> row, Instant now) implements Seen {}

    record Away() implements Seen {}
  }

  /** What became of a request. */
  sealed interface Ending {
    record Answered(StoredAnswer answer) implements Ending {}

    /** It was answered with more than is kept. */
    record NotKept(int status) implements Ending {}

    record Unknown() implements Ending {}

    /** It was not carried out, or that does not count: the row is taken away. */
    record Released() implements Ending {}
  }

  /** Whether that was written down. */
  enum Ended {
    DONE,
    /** The row is another's, or there is none. */
    NOT_MINE,
    AWAY
  }

  /** Where there is no table. */
  KeyStore NONE =
      new KeyStore() {
        @Override
        public CompletionStage<Seen> claim(KeyedId id, Claim claim) {
          return look(id);
        }

        @Override
        public CompletionStage<Seen> takeOver(KeyedId id, String from, Claim claim) {
          return look(id);
        }

        @Override
        public CompletionStage<Seen> look(KeyedId id) {
          return CompletableFuture.completedFuture(new Seen.Away());
        }

        @Override
        public CompletionStage<Ended> end(KeyedId id, String token, Ending ending) {
          return CompletableFuture.completedFuture(Ended.AWAY);
        }

        @Override
        public boolean isAway() {
          return true;
        }
      };
}
