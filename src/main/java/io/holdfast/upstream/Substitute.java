package io.holdfast.upstream;

import java.util.Optional;
import java.util.concurrent.CompletionStage;

/**
 * What is done in the place of forwarding a request. May be done again: it changes nothing then.
 */
@FunctionalInterface
public interface Substitute {

  /**
   * An answer, or why there is none: one of both.
   *
   * @param refused then nothing was done, or it is not known
   */
  record Answer(Optional<StoredAnswer> given, Optional<ForwardClient.Failure> refused) {
    public static Answer of(StoredAnswer answer) {
      return new Answer(Optional.of(answer), Optional.empty());
    }

    public static Answer of(ForwardClient.Failure failure) {
      return new Answer(Optional.empty(), Optional.of(failure));
    }
  }

  /**
   * Does not fail.
   *
   * @param done run, on any thread, once the content is not needed any more; the answer may take
   *     longer
   */
  CompletionStage<Answer> answer(byte[] content, Runnable done);
}
