package io.holdfast.upstream;

/** What time does something to. */
interface Timed {

  /** Called every some milliseconds. */
  void tick(long nowNanos);
}
