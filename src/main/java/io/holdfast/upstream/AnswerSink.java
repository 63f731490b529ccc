package io.holdfast.upstream;

import io.holdfast.http.Bytes;

/**
 * Where the answer of a {@link Forward} goes. On its event loop, and nothing after {@link
 * #complete}, {@link #broken} or {@link #refuse}.
 */
public interface AnswerSink {

  /** An interim response (RFC 9110, section 15.2). */
  void interim(ResponseHead head);

  /**
   * The head of the final answer.
   *
   * @return whether more may come at once; else {@link Forwarding#writable} says when
   */
  boolean head(ResponseHead head);

  /**
   * A piece of its content.
   *
   * @return whether more may come at once; else {@link Forwarding#writable} says when
   */
  boolean content(Bytes bytes);

  /** The answer is whole. */
  void complete();

  /** The answer broke off behind its head. */
  void broken();

  /** There is no answer of an instance, and there was no head of one. */
  void refuse(ForwardClient.Failure failure);

  /** More of the request's content is wanted again. */
  void resume();
}
