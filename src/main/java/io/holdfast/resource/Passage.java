package io.holdfast.resource;

import java.util.concurrent.atomic.AtomicReference;

/**
 * The way of one write, with all its attempts, out of the hands of this node's edge: an attempt
 * passes when it is made bytes for another node, or when an owner on this node takes it up. Until
 * then, wherever it waits, the way can be closed; what comes to a closed way is dropped. So an edge
 * that has closed it knows that the write was not carried out and will not be. Safe for many
 * threads.
 */
public final class Passage {
  private enum State {
    OPEN,
    PASSED,
    CLOSED
  }

  private final AtomicReference<State> state = new AtomicReference<>(State.OPEN);

  /** Of a write that has come from another node. */
  static Passage passed() {
    var passage = new Passage();
    passage.pass();
    return passage;
  }

  /**
   * An attempt is about to leave, or to be decided about.
   *
   * @return whether it may; else it must be dropped without a trace
   */
  public boolean pass() {
    state.compareAndSet(State.OPEN, State.PASSED);
    return state.get() == State.PASSED;
  }

  /**
   * No attempt may pass any more.
   *
   * @return whether none has
   */
  public boolean close() {
    state.compareAndSet(State.OPEN, State.CLOSED);
    return state.get() == State.CLOSED;
  }
}
