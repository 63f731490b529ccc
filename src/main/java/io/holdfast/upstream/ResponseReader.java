package io.holdfast.upstream;

import io.holdfast.http.Bytes;
import io.holdfast.http.FieldSyntax;
import io.holdfast.upstream.ResponseHead.Content;

/**
 * Finds where responses begin and end in the bytes that an instance sends, and gives up on what two
 * readers could understand in two ways (RFC 9112, sections 4 to 7). Pure: bytes go in by {@link
 * #feed}, and {@link #next} says what they are. Content comes out without the chunk framing;
 * trailers end here.
 */
final class ResponseReader {
  /** A head may not be larger. */
  static final int HEAD_MAX = 64 * 1024;

  /** A chunk's size with its extensions may not be longer. */
  static final int CHUNK_LINE_MAX = 272;

  /** The trailer section may not be larger. */
  static final int TRAILERS_MAX = 16 * 1024;

  private static final int SIZE_DIGITS_MAX = 15;
  private static final Step MORE = new Step.More();
  private static final Step END = new Step.End();

  /** What the next bytes are. */
  sealed interface Step {
    /** Nothing yet. */
    record More() implements Step {}

    /** An interim response (1xx), or the head of the final one. */
    record Head(ResponseHead head) implements Step {}

    /** A piece of content of at least one byte. */
    record Body(Bytes bytes) implements Step {}

    /** The response is complete. What follows belongs to nothing. */
    record End() implements Step {}

    /** Nothing after this is looked at. */
    record Broken(ProxyError error, String reason) implements Step {}
  }

  private enum Phase {
    HEAD,
    FIXED,
    CHUNK_SIZE,
    CHUNK_DATA,
    CHUNK_END,
    TRAILERS,
    UNTIL_CLOSE,
    END,
    COMPLETE,
    BROKEN
  }

  private byte[] buffer = new byte[0];
  private int start;
  private int scan;
  private int end;
  private Phase phase = Phase.COMPLETE;
  private boolean toHead;
  private long remaining;
  private int trailerBytes;
  private Step broken = MORE;

  /**
   * A request was sent: what comes answers it.
   *
   * @param head whether it was a HEAD request, whose answer has no content
   */
  void expect(boolean head) {
    toHead = head;
    phase = Phase.HEAD;
  }

  /** Takes the next bytes. The array belongs to this object now. */
  void feed(byte[] bytes) {
    if (start == end) {
      buffer = bytes;
      start = 0;
      scan = 0;
      end = bytes.length;
      return;
    }
    // A new array each time: pieces of the old one may have been given away.
    int held = end - start;
    var grown = new byte[held + bytes.length];
    System.arraycopy(buffer, start, grown, 0, held);
    System.arraycopy(bytes, 0, grown, held, bytes.length);
    buffer = grown;
    scan -= start;
    start = 0;
    end = grown.length;
  }

  /** Bytes that no request has asked for: the connection is of no more use. */
  boolean hasUnasked() {
    return phase == Phase.COMPLETE && end > start;
  }

  /** The connection has ended. */
  Step ended() {
    if (phase == Phase.UNTIL_CLOSE) {
      phase = Phase.COMPLETE;
      return END;
    }
    return cutOff();
  }

  /** The connection has ended, and not in order. */
  Step cutOff() {
    return phase == Phase.HEAD && end == start
        ? broken(
            ProxyError.CONNECTION_TERMINATED,
            "The instance closed the connection without an answer.")
        : broken(
            ProxyError.HTTP_RESPONSE_INCOMPLETE,
            "The instance closed the connection in the middle of its answer.");
  }

  Step next() {
    return switch (phase) {
      case HEAD -> head();
      case FIXED -> data(Phase.END);
      case CHUNK_SIZE -> chunkSize();
      case CHUNK_DATA -> data(Phase.CHUNK_END);
      case CHUNK_END -> chunkEnd();
      case TRAILERS -> trailers();
      case UNTIL_CLOSE -> rest();
      case END -> {
        phase = Phase.COMPLETE;
        yield END;
      }
      case COMPLETE -> MORE;
      case BROKEN -> broken;
    };
  }

  private Step head() {
    int headEnd = endOfHead();
    if (headEnd < 0) {
      return end - start > HEAD_MAX ? tooLarge() : MORE;
    }
    if (headEnd - start > HEAD_MAX) {
      return tooLarge();
    }
    var read = HeadOfResponse.read(new Bytes(buffer, start, headEnd), toHead);
    useUpTo(headEnd);
    if (read instanceof HeadOfResponse.Read.Wrong wrong) {
      return broken(wrong.error(), wrong.reason());
    }
    var head = ((HeadOfResponse.Read.Right) read).head();
    if (!head.isInterim()) {
      begin(head.content());
    }
    return new Step.Head(head);
  }

  /** The index after the empty line, or -1. */
  private int endOfHead() {
    for (int i = Math.max(scan, start); i < end; i++) {
      if (buffer[i] == '\n' && i - start >= 3 && buffer[i - 2] == '\n' && buffer[i - 1] == '\r') {
        return i + 1;
      }
      if (buffer[i] == '\n' && i > start && buffer[i - 1] == '\n') {
        return i + 1; // of bare line feeds: refused as a whole
      }
    }
    scan = end;
    return -1;
  }

  private void begin(Content content) {
    if (content instanceof Content.Length fixed) {
      remaining = fixed.bytes();
      phase = remaining == 0 ? Phase.END : Phase.FIXED;
    } else if (content instanceof Content.Chunked) {
      trailerBytes = 0;
      phase = Phase.CHUNK_SIZE;
    } else {
      phase = content instanceof Content.None ? Phase.END : Phase.UNTIL_CLOSE;
    }
  }

  private Step data(Phase after) {
    int available = end - start;
    if (available == 0) {
      return MORE;
    }
    int length = (int) Math.min(available, remaining);
    var piece = new Bytes(buffer, start, start + length);
    useUpTo(start + length);
    remaining -= length;
    if (remaining == 0) {
      phase = after;
    }
    return new Step.Body(piece);
  }

  private Step rest() {
    if (end == start) {
      return MORE;
    }
    var piece = new Bytes(buffer, start, end);
    useUpTo(end);
    return new Step.Body(piece);
  }

  private Step chunkSize() {
    int lf = lineEnd();
    if ((lf < 0 ? end : lf) - start > CHUNK_LINE_MAX) {
      return broken("A chunk's size and extensions are too long.");
    }
    if (lf < 0) {
      return MORE;
    }
    int to = lf - 1;
    int digits = start;
    remaining = 0;
    while (digits < to && Character.digit(buffer[digits], 16) >= 0) {
      remaining = remaining * 16 + Character.digit(buffer[digits++], 16);
    }
    boolean isSize = digits > start && digits - start <= SIZE_DIGITS_MAX;
    if (to < start || buffer[to] != '\r' || !isSize || !isExtension(digits, to)) {
      return broken("A chunk does not begin with its size.");
    }
    useUpTo(lf + 1);
    phase = remaining == 0 ? Phase.TRAILERS : Phase.CHUNK_DATA;
    return next();
  }

  private boolean isExtension(int from, int to) {
    int at = from;
    while (at < to && (buffer[at] == ' ' || buffer[at] == '\t')) {
      at++;
    }
    return at == to || buffer[at] == ';' && FieldSyntax.isValue(buffer, at, to);
  }

  private Step chunkEnd() {
    if (end - start >= 1 && buffer[start] != '\r'
        || end - start >= 2 && buffer[start + 1] != '\n') {
      return broken("A chunk is longer than its size.");
    }
    if (end - start < 2) {
      return MORE;
    }
    useUpTo(start + 2);
    phase = Phase.CHUNK_SIZE;
    return next();
  }

  private Step trailers() {
    while (true) {
      int lf = lineEnd();
      if (trailerBytes + (lf < 0 ? end : lf) - start > TRAILERS_MAX) {
        return broken(
            ProxyError.HTTP_RESPONSE_TRAILER_SECTION_SIZE, "Its trailer section is too large.");
      }
      if (lf < 0) {
        return MORE;
      }
      if (lf == start || buffer[lf - 1] != '\r') {
        return broken("A line of its answer ends with a bare LF.");
      }
      boolean last = lf - 1 == start;
      trailerBytes += lf + 1 - start;
      useUpTo(lf + 1);
      if (last) {
        phase = Phase.END;
        return next();
      }
    }
  }

  private int lineEnd() {
    for (int i = Math.max(scan, start); i < end; i++) {
      if (buffer[i] == '\n') {
        scan = i;
        return i;
      }
    }
    scan = end;
    return -1;
  }

  private void useUpTo(int index) {
    start = index;
    scan = index;
  }

  private Step tooLarge() {
    return broken(
        ProxyError.HTTP_RESPONSE_HEADER_SECTION_SIZE, "The head of its answer is too large.");
  }

  private Step broken(String reason) {
    return broken(ProxyError.HTTP_PROTOCOL_ERROR, reason);
  }

  private Step broken(ProxyError error, String reason) {
    phase = Phase.BROKEN;
    broken = new Step.Broken(error, reason);
    buffer = new byte[0];
    start = 0;
    end = 0;
    return broken;
  }
}
