package io.holdfast.operation;

import io.holdfast.route.Route;
import java.util.Arrays;
import java.util.Optional;
import java.util.function.Consumer;

/** How operations are carried out: the way of any request. */
public interface Attempts {

  /** Nobody carries anything out. */
  Attempts NONE =
      new Attempts() {
        @Override
        public boolean isOpen(Route route) {
          return false;
        }

        @Override
        public boolean isRepeatable(Route route, String method) {
          return false;
        }

        @Override
        public Runnable begin(Request request, Consumer<Ended> ended) {
          throw new IllegalStateException("nobody carries out " + request.id());
        }
      };

  /**
   * What is to be carried out.
   *
   * @param id of the operation
   * @param target as the client sent it
   * @param priority as it was accepted with
   */
  record Request(
      String id, Route route, String method, String target, int priority, Message message) {}

  /**
   * How it ended.
   *
   * @param answer of the service, if there is one that is kept
   */
  record Ended(AttemptPolicy.Outcome outcome, Optional<Answer> answer) {}

  /** An answer. */
  record Answer(int status, Message message) {

    /** The same with no more than so many bytes of content. */
    public Answer upTo(int bytes) {
      var content = Arrays.copyOf(message.content(), Math.min(bytes, message.content().length));
      return new Answer(status, new Message(message.reason(), message.fields(), content));
    }
  }

  /** Whether an attempt may be answered now: no breaker is open, some instance can be used. */
  boolean isOpen(Route route);

  /** Whether it may be sent again although it may have been carried out. */
  boolean isRepeatable(Route route, String method);

  /**
   * Begins an attempt.
   *
   * @param ended told once how it ended, on any thread
   * @return abandons it: what becomes of it is of no interest any more
   */
  Runnable begin(Request request, Consumer<Ended> ended);
}
