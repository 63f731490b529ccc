package io.holdfast.operation;

import io.holdfast.database.FailureKind;
import io.holdfast.database.OperationRows;
import io.holdfast.database.OperationRows.Accepting;
import io.holdfast.database.OperationRows.Part;
import io.holdfast.database.OperationRows.Row;
import io.holdfast.database.OperationTable;
import io.holdfast.database.Slots;
import io.holdfast.http.Sha256;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Accepts operations: those that come at the same time in one transaction. A transaction whose
 * outcome is not known is asked for again, which changes nothing if it was done.
 */
final class Acceptor {
  /** A database that was away for longer when the request came is away. */
  private static final Duration PATIENCE = Duration.ofMillis(300);

  /** For one that stopped answering in the middle. */
  private static final Duration PATIENCE_IN_THE_MIDDLE = Duration.ofSeconds(8);

  private static final Logger LOG = LoggerFactory.getLogger(Acceptor.class);

  private static final Executor AGAIN =
      CompletableFuture.delayedExecutor(100, TimeUnit.MILLISECONDS);

  private final OperationTable table;
  private final Slots slots;
  private final Lanes lanes;

  /**
   * @param lanes say where it is best carried out, and are told of each that is there now
   */
  Acceptor(OperationTable table, Slots slots, Lanes lanes) {
    this.table = table;
    this.slots = slots;
    this.lanes = lanes;
  }

  CompletionStage<Acceptance> accept(NewOperation operation) {
    var accepting = accepting(operation);
    return accept(accepting, System.nanoTime(), false);
  }

  private CompletionStage<Acceptance> accept(Accepting it, long since, boolean inTheMiddle) {
    return table
        .accept(it)
        .handle(
            (row, failure) ->
                failure == null
                    ? CompletableFuture.completedStage(accepted(it, row))
                    : again(it, since, inTheMiddle, failure))
        .thenCompose(next -> next);
  }

  private Acceptance accepted(Accepting asked, Row row) {
    // An earlier build kept none for services.
    if (!row.fingerprint().isEmpty() && !row.fingerprint().equals(asked.fingerprint())) {
      return new Acceptance.Reused();
    }
    if (row.state() == OperationRows.State.EXPIRED) {
      return new Acceptance.Expired();
    }
    tellLanes(row, asked);
    return new Acceptance.Accepted(Operation.of(row));
  }

  /** It is accepted whether they hear of it or not: they also look by themselves. */
  private void tellLanes(Row row, Accepting asked) {
    try {
      lanes.accepted(row, asked.request());
    } catch (RuntimeException e) {
      LOG.error("No lane was told of operation {}", row.id(), e);
    }
  }

  private CompletionStage<Acceptance> again(
      Accepting it, long since, boolean inTheMiddle, Throwable failure) {
    boolean mayBeDone = inTheMiddle || mayHaveBeenDone(failure);
    var patience = mayBeDone ? PATIENCE_IN_THE_MIDDLE : PATIENCE;
    if (System.nanoTime() - since >= patience.toNanos() || kind(failure).isEmpty()) {
      return CompletableFuture.completedStage(
          mayBeDone ? new Acceptance.Unknown() : new Acceptance.NotNow());
    }
    return CompletableFuture.runAsync(() -> {}, AGAIN)
        .thenCompose(waited -> accept(it, since, mayBeDone));
  }

  private static Stream<Throwable> causes(Throwable failure) {
    return Stream.iterate(failure, Objects::nonNull, Throwable::getCause);
  }

  private static Optional<FailureKind> kind(Throwable failure) {
    return causes(failure)
        .filter(SQLException.class::isInstance)
        .map(SQLException.class::cast)
        .findFirst()
        .map(FailureKind::of);
  }

  /**
   * Of what is no failure of the database's nobody knows when it came: perhaps after the commit.
   */
  private static boolean mayHaveBeenDone(Throwable failure) {
    return kind(failure)
        .map(it -> it == FailureKind.SILENT || it == FailureKind.CONNECTION_LOST)
        .orElseGet(() -> causes(failure).noneMatch(RejectedExecutionException.class::isInstance));
  }

  private Accepting accepting(NewOperation it) {
    var order = it.route().async().ordered() ? orderKey(it) : "";
    return new Accepting(
        it.id(),
        slot(it, order),
        it.route().name(),
        it.method(),
        it.target(),
        it.fingerprint(),
        it.priority().ordinal(),
        order,
        it.route().async().deadline(),
        new Part(it.request().reason(), it.request().fields(), it.request().content()));
  }

  /** Those in order have the same; any other may have any, and keeps it. */
  private int slot(NewOperation it, String order) {
    int of = slots.slotOf(Slots.Kind.OPERATION, slots.shardOf(order.isEmpty() ? it.id() : order));
    return order.isEmpty() ? lanes.bestSlot(it.route()).orElse(of) : of;
  }

  private static String orderKey(NewOperation it) {
    var digest = Sha256.begin();
    digest.update(it.route().name().getBytes(StandardCharsets.UTF_8));
    digest.update((byte) 0);
    digest.update(it.path().getBytes(StandardCharsets.UTF_8));
    return Sha256.text(digest.digest());
  }
}
