package io.holdfast.upstream;

import io.holdfast.http.Bytes;

/** A request that is being forwarded, as its client's connection sees it. On its event loop. */
public interface Forwarding {

  /** A piece of the request's content. The bytes are not changed afterwards. */
  void content(Bytes bytes);

  /** The content is whole. */
  void contentEnded();

  /** Whether more content is wanted now; else {@link ForwardClient#resume} says when. */
  boolean wantsContent();

  /** The client takes bytes again. */
  void writable();

  /** The client is gone, or its request is broken: nobody waits for an answer. */
  void abandon();
}
