package io.holdfast.database;

import java.sql.SQLException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.function.ToLongFunction;

/**
 * Questions of one kind: those that come while others are under way wait, and go together. So the
 * busier a node is the less each costs, and one that comes alone waits for nobody.
 *
 * @param <T> a question
 * @param <R> its answer
 */
final class Batches<T, R> {
  static final int WAITING_MAX = 20_000;

  private final ThreadPoolExecutor threads;
  private final Limits limits;
  private final ToLongFunction<T> bytes;
  private final Work<T, R> work;
  private final Deque<Asked<T, R>> waiting = new ArrayDeque<>();
  private int running;

  /** All in one transaction; an answer for each question, in their order. */
  @FunctionalInterface
  interface Work<T, R> {
    List<R> run(List<T> questions) throws SQLException;
  }

  /**
   * @param atOnce batches under way
   * @param questionsMax of a batch
   * @param bytesMax of a batch, unless it is one question
   */
  record Limits(int atOnce, int questionsMax, long bytesMax) {}

  private record Asked<T, R>(T question, long bytes, CompletableFuture<R> answer) {
    void fail(Throwable why) {
      answer.completeExceptionally(why);
    }
  }

  Batches(ThreadPoolExecutor threads, Limits limits, ToLongFunction<T> bytes, Work<T, R> work) {
    this.threads = threads;
    this.limits = limits;
    this.bytes = bytes;
    this.work = work;
  }

  /** Fails with what the database said, or with {@link RejectedExecutionException}. */
  CompletionStage<R> ask(T question) {
    var asked = new Asked<>(question, bytes.applyAsLong(question), new CompletableFuture<R>());
    boolean begin;
    synchronized (this) {
      if (waiting.size() >= WAITING_MAX) {
        asked.fail(new RejectedExecutionException("too many wait"));
        return asked.answer();
      }
      waiting.addLast(asked);
      begin = running < limits.atOnce();
      running += begin ? 1 : 0;
    }
    if (begin) {
      begin();
    }
    return asked.answer();
  }

  private void begin() {
    try {
      threads.execute(this::runAll);
    } catch (RejectedExecutionException | Error e) { // they are closed, or there is no other
      stopped(List.of(), e);
    }
  }

  private void runAll() {
    var batch = List.<Asked<T, R>>of();
    try {
      for (batch = next(); !batch.isEmpty(); batch = next()) {
        run(batch);
      }
    } catch (RuntimeException | Error e) {
      stopped(batch, e);
    }
  }

  /** Nobody takes what waits, until somebody asks again. */
  private void stopped(List<Asked<T, R>> underWay, Throwable why) {
    List<Asked<T, R>> all;
    synchronized (this) {
      running--;
      all = List.copyOf(waiting);
      waiting.clear();
    }
    underWay.forEach(one -> one.fail(why));
    all.forEach(one -> one.fail(why));
  }

  private synchronized List<Asked<T, R>> next() {
    var batch = new ArrayList<Asked<T, R>>();
    long size = 0;
    while (!waiting.isEmpty() && batch.size() < limits.questionsMax()) {
      size += waiting.peekFirst().bytes();
      if (!batch.isEmpty() && size > limits.bytesMax()) {
        break;
      }
      batch.add(waiting.removeFirst());
    }
    running -= batch.isEmpty() ? 1 : 0;
    return batch;
  }

  private void run(List<Asked<T, R>> batch) {
    try {
      var answers = work.run(batch.stream().map(Asked::question).toList());
      for (int i = 0; i < batch.size(); i++) {
        batch.get(i).answer().complete(answers.get(i));
      }
    } catch (SQLException | RuntimeException e) {
      if (batch.size() > 1 && isOfTheValues(e)) {
        batch.forEach(one -> run(List.of(one)));
      } else {
        batch.forEach(one -> one.fail(e));
      }
    } catch (Error e) { // no memory, say: those that come later have to be asked all the same
      batch.forEach(one -> one.fail(e));
    }
  }

  /** One whose values the database does not take must not keep the others back. */
  private static boolean isOfTheValues(Exception failure) {
    return !(failure instanceof SQLException e) || FailureKind.of(e) == FailureKind.REFUSED;
  }
}
