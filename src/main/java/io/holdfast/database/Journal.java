package io.holdfast.database;

import io.holdfast.database.JournalWrite.ListingRow;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import org.apache.pekko.actor.ActorRef;
import org.apache.pekko.persistence.AtomicWrite;
import org.apache.pekko.persistence.PersistentRepr;
import org.apache.pekko.persistence.journal.japi.AsyncWriteJournal;
import scala.concurrent.Future;
import scala.jdk.javaapi.CollectionConverters;
import scala.jdk.javaapi.FutureConverters;

/**
 * Pekko's journal seam over {@link JournalDao} and {@link Recoveries}. Made by Pekko by its class
 * name.
 *
 * <p>A write that was certainly not made is rejected ({@code EventRejectedException}, cause {@link
 * JournalRejected}) and does not count in the journal's breaker; a database that does not answer is
 * a failure ({@code JournalFailureException}, cause {@link JournalUnavailable}).
 */
public final class Journal extends AsyncWriteJournal {
  private final DatabaseSetup setup;
  private final Payloads payloads;

  public Journal() {
    var system = context().system();
    this.setup = system.settings().setup().get(DatabaseSetup.class).orElseThrow();
    this.payloads = new Payloads(system);
  }

  @Override
  public Future<Iterable<Optional<Exception>>> doAsyncWriteMessages(
      Iterable<AtomicWrite> messages) {
    var writes = new ArrayList<AtomicWrite>();
    messages.forEach(writes::add);
    CompletionStage<Optional<Exception>> rejection;
    try {
      rejection = setup.journal().write(events(writes)).thenApply(Journal::rejection);
    } catch (RuntimeException e) {
      // It cannot be serialized: this event's own fault, not the database's.
      rejection = CompletableFuture.completedFuture(Optional.of(e));
    }
    return future(rejection.thenApply(each -> Collections.nCopies(writes.size(), each)));
  }

  /** All of one message to the journal is written, or nothing: it comes from one entity. */
  private JournalWrite events(List<AtomicWrite> writes) {
    var rows = new ArrayList<EventRow>();
    Optional<ListingRow> listing = Optional.empty();
    for (var write : writes) {
      for (var event : CollectionConverters.asJava(write.payload())) {
        rows.add(row(event));
        if (event.payload() instanceof ListingChange change) {
          listing = Optional.of(ListingRow.of(event.persistenceId(), change));
        }
      }
    }
    return new JournalWrite.Events(writes.get(0).persistenceId(), rows, listing);
  }

  private EventRow row(PersistentRepr event) {
    if (!event.manifest().isEmpty()) {
      throw new UnsupportedOperationException("event adapters' manifests are not stored");
    }
    var payload = payloads.serialize(event.payload());
    return new EventRow(
        event.sequenceNr(), payload.serializerId(), payload.manifest(), payload.bytes());
  }

  private static Optional<Exception> rejection(WriteOutcome outcome) {
    if (outcome instanceof WriteOutcome.Rejected rejected) {
      return Optional.of(new JournalRejected(rejected.reason()));
    }
    if (outcome instanceof WriteOutcome.Unavailable unavailable) {
      throw failure(unavailable);
    }
    return Optional.empty();
  }

  /** With the failure itself, which a stage that depends on another one wraps. */
  static <T> Future<T> future(CompletionStage<T> stage) {
    var future = new CompletableFuture<T>();
    stage.whenComplete(
        (value, failure) -> {
          if (failure == null) {
            future.complete(value);
          } else {
            boolean isWrapped =
                failure instanceof CompletionException && failure.getCause() != null;
            future.completeExceptionally(isWrapped ? failure.getCause() : failure);
          }
        });
    return FutureConverters.asScala(future);
  }

  static JournalUnavailable failure(WriteOutcome.Unavailable unavailable) {
    return new JournalUnavailable(unavailable.mayHaveBeenWritten(), unavailable.detail(), null);
  }

  /** Completes when stored; fails otherwise, for whoever knows no rejection. */
  static CompletionStage<Void> stored(CompletionStage<WriteOutcome> outcome) {
    return outcome.thenAccept(
        result ->
            rejection(result)
                .ifPresent(
                    rejected -> {
                      throw (JournalRejected) rejected;
                    }));
  }

  @Override
  public Future<Void> doAsyncDeleteMessagesTo(String persistenceId, long toSequenceNr) {
    var deletion = new JournalWrite.EventDeletion(persistenceId, toSequenceNr);
    return future(stored(setup.journal().write(deletion)));
  }

  @Override
  public Future<Long> doAsyncReadHighestSequenceNr(String persistenceId, long fromSequenceNr) {
    return future(setup.recoveries().highestSequenceNr(persistenceId, fromSequenceNr));
  }

  @Override
  public Future<Void> doAsyncReplayMessages(
      String persistenceId, long from, long to, long max, Consumer<PersistentRepr> replayed) {
    Consumer<EventRow> consumer = event -> replayed.accept(persistent(persistenceId, event));
    var read = setup.recoveries().forReplay(persistenceId, from, to, max);
    if (read.isPresent()) {
      return future(handOver(read.get().events(), from, to, consumer));
    }
    return future(
        setup
            .database()
            .blocking(
                () -> {
                  setup.journal().replay(persistenceId, from, to, max, consumer);
                  return null;
                }));
  }

  private static CompletionStage<Void> handOver(
      List<EventRow> events, long from, long to, Consumer<EventRow> consumer) {
    try {
      events.stream()
          .filter(event -> event.sequenceNr() >= from && event.sequenceNr() <= to)
          .forEach(consumer);
      return CompletableFuture.completedFuture(null);
    } catch (RuntimeException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  private PersistentRepr persistent(String persistenceId, EventRow event) {
    var payload = payloads.deserialize(event.serializerId(), event.manifest(), event.payload());
    return PersistentRepr.apply(
        payload, event.sequenceNr(), persistenceId, "", false, ActorRef.noSender(), "");
  }
}
