package io.holdfast.upstream;

/** What time does something to. */
public interface Timed {

  /** Called every some milliseconds. */
  void tick(long nowNanos);
}
