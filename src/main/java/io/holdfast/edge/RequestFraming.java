package io.holdfast.edge;

import io.holdfast.http.Bytes;
import io.holdfast.http.FieldSyntax;
import io.holdfast.http.RequestHead;
import io.holdfast.http.RequestHead.Chunked;
import io.holdfast.http.RequestHead.Content;
import io.holdfast.http.RequestHead.Length;
import java.util.Optional;

/**
 * Finds where requests begin and end in the bytes of one connection, and refuses what it does not
 * understand beyond doubt. Pure: bytes go in by {@link #feed}, in pieces of any size, and {@link
 * #next} says what they are, one {@link Step} at a time. The steps do not depend on how the bytes
 * were cut, but for the sizes of the {@link Body} pieces.
 *
 * <p>A head comes out only when it is whole and checked. Content comes out as it arrives, without
 * the chunk framing: sizes, extensions and trailers are checked and end here, so nothing behind it
 * can read them in another way.
 */
final class RequestFraming {
  /** Bytes of extensions and size of one chunk; more is a way to send bytes that nobody counts. */
  static final int CHUNK_LINE_MAX = 272;

  /** Bytes of chunk extensions in one request. */
  static final int CHUNK_EXTENSIONS_MAX = 16 * 1024;

  private static final int SIZE_DIGITS_MAX = 15;
  private static final Step MORE = new More();
  private static final Step END = new End();

  /** What the next bytes are. */
  sealed interface Step {}

  /** Nothing yet: what was fed is used up, or ends in the middle of something. */
  record More() implements Step {}

  /**
   * A request begins, and this is its whole head.
   *
   * @param head checked
   */
  record Head(RequestHead head) implements Step {}

  /**
   * The next piece of its content.
   *
   * @param bytes at least one
   */
  record Body(Bytes bytes) implements Step {}

  /** The request is complete. What follows belongs to another. */
  record End() implements Step {}

  /**
   * Nothing after this is looked at.
   *
   * @param refusal what to answer
   */
  record Refused(Refusal refusal) implements Step {}

  private enum Phase {
    BETWEEN,
    HEAD,
    FIXED,
    CHUNK_SIZE,
    CHUNK_DATA,
    CHUNK_END,
    TRAILERS,
    END,
    REFUSED
  }

  private final HttpSettings limits;
  private byte[] buffer = new byte[0];
  private int start; // of what is not used up
  private int line; // of the line being read
  private int scan; // up to here there is no LF in that line
  private int end;
  private Phase phase = Phase.BETWEEN;
  private HeadReader reader;
  private boolean emptyLineSkipped;
  private long remaining; // of the fixed content, or of the chunk
  private int extensionBytes;
  private int trailerLines;
  private Step refused = MORE;

  RequestFraming(HttpSettings limits) {
    this.limits = limits;
    this.reader = new HeadReader(limits);
  }

  /** Takes the next bytes of the connection. The array now belongs to this object. */
  void feed(byte[] bytes) {
    if (start == end) {
      buffer = bytes;
      line -= start;
      scan -= start;
      start = 0;
      end = bytes.length;
      return;
    }
    int held = end - start;
    // Never moves bytes within the old array: pieces of it may have been given away.
    if (end + bytes.length > buffer.length) {
      byte[] grown = new byte[Math.max(held + bytes.length, 2 * held)];
      System.arraycopy(buffer, start, grown, 0, held);
      buffer = grown;
      line -= start;
      scan -= start;
      start = 0;
      end = held;
    }
    System.arraycopy(bytes, 0, buffer, end, bytes.length);
    end += bytes.length;
  }

  /** Bytes that were fed and belong to no step yet. */
  int unread() {
    return end - start;
  }

  /** The method of the request that has begun; empty as long as it is not known. */
  String method() {
    return reader.method();
  }

  /** Its target, which may be what it was refused for; empty as long as it is not known. */
  String target() {
    return reader.target();
  }

  /** Whether a head has begun that is not complete. */
  boolean headBegun() {
    return (phase == Phase.HEAD || phase == Phase.BETWEEN) && end > start;
  }

  /** The next step; {@link More} until more is fed. */
  Step next() {
    return switch (phase) {
      case BETWEEN, HEAD -> head();
      case FIXED -> data(Phase.END);
      case CHUNK_SIZE -> chunkSize();
      case CHUNK_DATA -> data(Phase.CHUNK_END);
      case CHUNK_END -> chunkEnd();
      case TRAILERS -> trailers();
      case END -> requestEnd();
      case REFUSED -> refused;
    };
  }

  private Step head() {
    while (end > start) {
      if (line == start && !mayBegin(buffer[start])) {
        return refuse(Refusal.badRequest("A request does not begin with such a character."));
      }
      int lf = findLineEnd();
      int upTo = lf < 0 ? end : lf + 1;
      Optional<Refusal> refusal = reader.checkSize(upTo - line, upTo - start);
      if (refusal.isPresent()) {
        return refuse(refusal.get());
      }
      if (lf < 0) {
        phase = Phase.HEAD;
        return MORE;
      }
      Step step = headLine(lf);
      if (step != MORE) {
        return step;
      }
    }
    return MORE;
  }

  /** Anything else (a TLS handshake, say) would wait for a line end that never comes. */
  private static boolean mayBegin(byte b) {
    return FieldSyntax.isToken(b) || b == '\r';
  }

  private Step headLine(int lf) {
    if (!endsWithCrLf(lf)) {
      return refuse(bareLineFeed());
    }
    if (lf - 1 == line) {
      return reader.begun() ? headEnd(lf + 1) : emptyLine(lf + 1);
    }
    Optional<Refusal> refusal = reader.line(buffer, line, lf - 1);
    line = lf + 1;
    return refusal.isPresent() ? refuse(refusal.get()) : MORE;
  }

  /** RFC 9112 section 2.2: a server should ignore one empty line before the request line. */
  private Step emptyLine(int next) {
    if (emptyLineSkipped) {
      return refuse(Refusal.badRequest("There is more than one empty line before the request."));
    }
    emptyLineSkipped = true;
    useUpTo(next);
    return MORE;
  }

  private Step headEnd(int headEnd) {
    Optional<Refusal> refusal = reader.finish();
    if (refusal.isPresent()) {
      return refuse(refusal.get());
    }
    RequestHead head = reader.head(new Bytes(buffer, start, headEnd));
    useUpTo(headEnd);
    phase = afterHead(head.content());
    return new Head(head);
  }

  private Phase afterHead(Content content) {
    if (content instanceof Length fixed) {
      remaining = fixed.length();
      return Phase.FIXED;
    }
    extensionBytes = 0;
    trailerLines = 0;
    return content instanceof Chunked ? Phase.CHUNK_SIZE : Phase.END;
  }

  private Step data(Phase after) {
    int available = end - start;
    if (available == 0) {
      return MORE;
    }
    int length = (int) Math.min(available, remaining);
    Bytes piece = new Bytes(buffer, start, start + length);
    useUpTo(start + length);
    remaining -= length;
    if (remaining == 0) {
      phase = after;
    }
    return new Body(piece);
  }

  private Step chunkSize() {
    int lf = findLineEnd();
    if ((lf < 0 ? end : lf + 1) - line > CHUNK_LINE_MAX) {
      return refuse(Refusal.badRequest("A chunk's size and extensions are too long."));
    }
    if (lf < 0) {
      return MORE;
    }
    if (!endsWithCrLf(lf)) {
      return refuse(bareLineFeed());
    }
    int sizeEnd = readSize(lf - 1);
    extensionBytes += lf - 1 - sizeEnd;
    if (sizeEnd == line || sizeEnd - line > SIZE_DIGITS_MAX || !isExtension(sizeEnd, lf - 1)) {
      return refuse(Refusal.badRequest("A chunk does not begin with its size."));
    }
    if (extensionBytes > CHUNK_EXTENSIONS_MAX) {
      return refuse(Refusal.badRequest("There are too many chunk extensions."));
    }
    useUpTo(lf + 1);
    phase = remaining == 0 ? Phase.TRAILERS : Phase.CHUNK_DATA;
    return next();
  }

  private int readSize(int to) {
    remaining = 0;
    int i = line;
    while (i < to && Character.digit(buffer[i], 16) >= 0 && i - line <= SIZE_DIGITS_MAX) {
      remaining = remaining * 16 + Character.digit(buffer[i], 16);
      i++;
    }
    return i;
  }

  private boolean isExtension(int from, int to) {
    return from == to || (buffer[from] == ';' && FieldSyntax.isValue(buffer, from, to));
  }

  private Step chunkEnd() {
    if (end - start >= 1 && buffer[start] != '\r'
        || end - start >= 2 && buffer[start + 1] != '\n') {
      return refuse(Refusal.badRequest("A chunk is longer than its size."));
    }
    if (end - start < 2) {
      return MORE;
    }
    useUpTo(start + 2);
    phase = Phase.CHUNK_SIZE;
    return next();
  }

  /** Trailers obey the rules of heads, and go no further: nobody behind this reads them. */
  private Step trailers() {
    while (true) {
      int lf = findLineEnd();
      if ((lf < 0 ? end : lf + 1) - start > limits.headerBlockBytesMax()) {
        return refuse(
            Refusal.headerTooLarge("The trailer section is larger than this server takes."));
      }
      if (lf < 0) {
        return MORE;
      }
      if (!endsWithCrLf(lf)) {
        return refuse(bareLineFeed());
      }
      if (lf - 1 == line) {
        useUpTo(lf + 1);
        phase = Phase.END;
        return next();
      }
      Optional<Refusal> refusal = trailer(line, lf - 1);
      if (refusal.isPresent()) {
        return refuse(refusal.get());
      }
      line = lf + 1;
    }
  }

  private Optional<Refusal> trailer(int from, int to) {
    if (++trailerLines > limits.headerCountMax()) {
      return Optional.of(
          Refusal.headerTooLarge("There are more trailer lines than this server takes."));
    }
    int colon = FieldSyntax.nameEnd(buffer, from, to);
    if (colon < 0 || !FieldSyntax.isValue(buffer, colon + 1, to)) {
      return Optional.of(Refusal.badRequest("A trailer line is not a field line."));
    }
    return framesOrRoutes(from, colon)
        ? Optional.of(Refusal.badRequest("A trailer has a field that belongs into the head."))
        : Optional.empty();
  }

  /** RFC 9110 section 6.5.1: fields for framing and routing cannot be trailers. */
  private boolean framesOrRoutes(int from, int colon) {
    return FieldSyntax.equalsIgnoreCase(buffer, from, colon, "content-length")
        || FieldSyntax.equalsIgnoreCase(buffer, from, colon, "transfer-encoding")
        || FieldSyntax.equalsIgnoreCase(buffer, from, colon, "host");
  }

  private Step requestEnd() {
    phase = Phase.BETWEEN;
    reader = new HeadReader(limits);
    emptyLineSkipped = false;
    return END;
  }

  private Step refuse(Refusal refusal) {
    phase = Phase.REFUSED;
    refused = new Refused(refusal);
    buffer = new byte[0];
    start = 0;
    end = 0;
    return refused;
  }

  private static Refusal bareLineFeed() {
    return Refusal.badRequest("A line ends with a bare LF.");
  }

  private boolean endsWithCrLf(int lf) {
    return lf > line && buffer[lf - 1] == '\r';
  }

  private void useUpTo(int index) {
    start = index;
    line = index;
    scan = index;
  }

  private int findLineEnd() {
    for (int i = Math.max(scan, line); i < end; i++) {
      if (buffer[i] == '\n') {
        scan = i + 1;
        return i;
      }
    }
    scan = end;
    return -1;
  }
}
