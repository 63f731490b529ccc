package io.holdfast.upstream;

/** Memory for content, which the requests of a node share. */
public interface Room {

  /** Takes so many bytes, or nothing. */
  boolean take(long bytes);

  void giveBack(long bytes);
}
