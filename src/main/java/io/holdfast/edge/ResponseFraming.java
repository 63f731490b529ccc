package io.holdfast.edge;

import io.holdfast.http.FieldSyntax;
import java.nio.charset.StandardCharsets;

/**
 * Finds where the response to one request ends in the bytes that the HTTP layer renders. Pure, like
 * {@link RequestFraming}, but trusting: these bytes are our own.
 */
final class ResponseFraming {
  private enum Phase {
    STATUS_LINE,
    FIELDS,
    FIXED,
    CHUNK_SIZE,
    CHUNK_DATA,
    TRAILERS,
    UNTIL_CLOSE,
    COMPLETE
  }

  private static final int LINE_MAX = 64;

  private final byte[] line = new byte[LINE_MAX]; // the beginning of the current line is enough
  private int lineLength;
  private boolean withoutContent;
  private boolean noContentForHead;
  private int status;
  private boolean interim;
  private boolean chunked;
  private boolean close;
  private boolean keepAlive;
  private long contentLength;
  private long remaining;
  private Phase phase = Phase.COMPLETE;

  /**
   * A response begins.
   *
   * @param toHead whether it answers a HEAD request, and so has no content whatever its fields say
   */
  void begin(boolean toHead) {
    noContentForHead = toHead;
    beginHead();
  }

  private void beginHead() {
    phase = Phase.STATUS_LINE;
    lineLength = 0;
    chunked = false;
    close = false;
    keepAlive = false;
    contentLength = -1;
  }

  /** Whether bytes of the final response have passed, not only of an interim one. */
  boolean begun() {
    return phase != Phase.STATUS_LINE || lineLength > 0;
  }

  /** Whether the whole response has passed. */
  boolean complete() {
    return phase == Phase.COMPLETE;
  }

  /** The status code, once it has passed. */
  int status() {
    return status;
  }

  /** Whether the connection ends with it, by the rules of the given HTTP/1 version. */
  boolean last(int minorVersion) {
    return close || (minorVersion == 0 && !keepAlive);
  }

  /** Whether only the end of the connection will end it. */
  boolean endsWithConnection() {
    return phase == Phase.UNTIL_CLOSE;
  }

  /** Takes the next bytes. */
  void feed(byte[] bytes, int from, int to) {
    int i = from;
    while (i < to && phase != Phase.COMPLETE && phase != Phase.UNTIL_CLOSE) {
      if (phase == Phase.FIXED || phase == Phase.CHUNK_DATA) {
        int skipped = (int) Math.min(remaining, to - i);
        remaining -= skipped;
        i += skipped;
        dataSkipped();
      } else {
        byte b = bytes[i++];
        if (b == '\n') {
          lineComplete();
        } else if (b != '\r' && lineLength < LINE_MAX) {
          line[lineLength++] = b;
        }
      }
    }
  }

  private void dataSkipped() {
    if (remaining == 0) {
      phase = phase == Phase.FIXED ? Phase.COMPLETE : Phase.CHUNK_SIZE;
    }
  }

  private void lineComplete() {
    switch (phase) {
      case STATUS_LINE -> statusLine();
      case FIELDS -> field();
      case CHUNK_SIZE -> chunkSize();
      case TRAILERS -> phase = lineLength == 0 ? Phase.COMPLETE : Phase.TRAILERS;
      case FIXED, CHUNK_DATA, UNTIL_CLOSE, COMPLETE -> throw new IllegalStateException("" + phase);
    }
    lineLength = 0;
  }

  private void statusLine() {
    status = (line[9] - '0') * 100 + (line[10] - '0') * 10 + (line[11] - '0');
    interim = status < 200;
    withoutContent = noContentForHead || interim || status == 204 || status == 304;
    phase = Phase.FIELDS;
  }

  private void field() {
    if (lineLength == 0) {
      headComplete();
    } else if (startsWith("content-length:")) {
      contentLength = Long.parseLong(text(15).strip());
    } else if (startsWith("transfer-encoding:")) {
      chunked = text(18).strip().equalsIgnoreCase("chunked");
    } else if (startsWith("connection:")) {
      close = text(11).strip().equalsIgnoreCase("close");
      keepAlive = text(11).strip().equalsIgnoreCase("keep-alive");
    }
  }

  private void headComplete() {
    if (interim) {
      beginHead();
    } else if (withoutContent || contentLength == 0) {
      phase = Phase.COMPLETE;
    } else if (chunked) {
      phase = Phase.CHUNK_SIZE;
    } else {
      remaining = contentLength;
      phase = contentLength > 0 ? Phase.FIXED : Phase.UNTIL_CLOSE;
    }
  }

  private void chunkSize() {
    if (lineLength > 0) { // the empty line is the end of the previous chunk
      String text = text(0);
      int extension = text.indexOf(';');
      remaining = Long.parseLong(extension < 0 ? text : text.substring(0, extension), 16);
      phase = remaining == 0 ? Phase.TRAILERS : Phase.CHUNK_DATA;
    }
  }

  private boolean startsWith(String lowerCase) {
    int length = lowerCase.length();
    return lineLength >= length && FieldSyntax.equalsIgnoreCase(line, 0, length, lowerCase);
  }

  private String text(int from) {
    return new String(line, from, lineLength - from, StandardCharsets.ISO_8859_1);
  }
}
