package io.holdfast.cluster;

import io.holdfast.database.Registry;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Consumer;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks what blocks on a thread of its own, one question at a time. Each question gets exactly one
 * answer, whatever it throws: who asked waits for it, and would wait for ever.
 */
final class Questions<A> implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Questions.class);

  private final Consumer<A> answers;
  private final ExecutorService thread;

  /** A question to the database. */
  @FunctionalInterface
  interface Question<R> {
    R ask() throws Registry.Unanswered;
  }

  /**
   * @param answers takes every answer, on the thread that asks
   */
  Questions(String threadName, Consumer<A> answers) {
    this.answers = answers;
    this.thread =
        Executors.newSingleThreadExecutor(
            work -> {
              var thread = new Thread(work, threadName);
              thread.setDaemon(true);
              return thread;
            });
  }

  /**
   * @param answered makes the answer of the result
   * @param unanswered makes the answer of the reason why there is no result
   */
  <R> void ask(
      Question<R> question, Function<R, ? extends A> answered, Function<String, A> unanswered) {
    thread.execute(() -> answers.accept(answer(question, answered, unanswered)));
  }

  private <R> A answer(
      Question<R> question, Function<R, ? extends A> answered, Function<String, A> unanswered) {
    try {
      return answered.apply(question.ask());
    } catch (Registry.Unanswered e) {
      return unanswered.apply(e.getMessage());
    } catch (Throwable e) {
      log.error("A question to the database broke", e);
      return unanswered.apply(e.toString());
    }
  }

  /** Questions that were asked are still put. */
  @Override
  public void close() {
    thread.shutdown();
  }
}
