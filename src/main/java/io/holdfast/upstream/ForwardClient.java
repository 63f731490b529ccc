package io.holdfast.upstream;

import io.holdfast.http.FieldLine;
import io.holdfast.http.ProblemType;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * The client's side of a forwarded request. All calls come on its event loop, and none after {@link
 * #complete}, {@link #broken} or {@link #refuse}.
 */
public interface ForwardClient {

  /** For the {@code Date} of an answer that has none. */
  Instant now();

  /** The head of the final answer is written next. */
  void answering(int status);

  /** What {@code Cache-Status} says of the answer that follows: for the log. */
  default void cacheStatus(String value) {}

  /** Whether this answer is the last of the connection, and should say so. */
  boolean isLast();

  /** Room for so many bytes of the answer, in the memory that it leaves from. */
  default ByteBuf buffer(int bytes) {
    return Unpooled.buffer(bytes);
  }

  /**
   * Bytes of the answer.
   *
   * @return whether more may come at once; else {@link Forwarding#writable} says when
   */
  boolean write(ByteBuf bytes);

  /**
   * The answer is whole.
   *
   * @param untilClose only the end of the connection tells the client so
   */
  void complete(boolean untilClose);

  /** The answer broke off: the client must see that it is not whole. */
  void broken();

  /** There is no answer of an instance. Nothing was written before. */
  void refuse(Failure failure);

  /** More of the request's content is wanted again. */
  void resume();

  /**
   * Why Holdfast itself answers.
   *
   * @param fields what the answer says besides: {@code Proxy-Status} (RFC 9209), or the {@code
   *     Idempotency-Key} under which repeating is safe
   */
  record Failure(ProblemType type, String detail, List<FieldLine> fields) {
    public Failure(ProblemType type, String detail) {
      this(type, detail, List.of());
    }

    /** With one more field. */
    public Failure with(String name, String value) {
      return with(List.of(new FieldLine(name, value)));
    }

    /** With these fields, too. */
    public Failure with(List<FieldLine> more) {
      var all = new ArrayList<>(fields);
      all.addAll(more);
      return new Failure(type, detail, List.copyOf(all));
    }
  }
}
