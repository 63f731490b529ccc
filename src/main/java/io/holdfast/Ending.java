package io.holdfast;

import io.holdfast.cluster.Departure;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How a life ends: in order, or in a hurry because its incarnation can be a member no more. What
 * cannot serve may not be able to end either; then the process ends, for the kernel closes the
 * sockets, by which peers and clients notice it at once.
 */
final class Ending {
  /** A log that cannot be written is not waited for. */
  private static final Duration LAST_WORD = Duration.ofSeconds(1);

  private static final Logger log = LoggerFactory.getLogger(Ending.class);

  private final CompletableFuture<Departure> departure = new CompletableFuture<>();

  /** False when it had begun before. */
  boolean depart(Departure how) {
    return departure.complete(how);
  }

  boolean isDeparture() {
    return departure.isDone();
  }

  /** It is a departure that leaves the public port open. */
  boolean keepsPort() {
    return departure.isDone() && departure.join().keepsPort();
  }

  Life.End end() {
    if (!departure.isDone()) {
      return Life.End.STOPPED;
    }
    return departure.join() == Departure.END_PROCESS ? Life.End.CANNOT_SERVE : Life.End.START_ANEW;
  }

  /**
   * Waits for the end of everything in this life, on no thread that belongs to it.
   *
   * @param ended the end of the actor system
   */
  void await(CompletionStage<?> ended, String node) {
    var all = ended.toCompletableFuture();
    var overdue =
        departure.thenCompose(
            how ->
                new CompletableFuture<Void>()
                    .completeOnTimeout(null, how.endsWithin().toMillis(), TimeUnit.MILLISECONDS));
    CompletableFuture.anyOf(all, overdue).join();
    if (!all.isDone()) {
      endProcess(node);
    }
  }

  private static void endProcess(String node) {
    CompletableFuture.runAsync(() -> log.error("{} does not end: its process does", node))
        .completeOnTimeout(null, LAST_WORD.toMillis(), TimeUnit.MILLISECONDS)
        .join();
    Runtime.getRuntime().halt(Node.FAILED);
  }
}
