package io.holdfast.tools.bench;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** Finds the end of one HTTP answer in what has arrived, and its status. */
final class AnswerReader {
  private static final byte[] LENGTH = "\r\ncontent-length:".getBytes(StandardCharsets.US_ASCII);
  private static final int STATUS_AT = 9;
  private static final int NO_CONTENT = 204;
  private static final int NOT_MODIFIED = 304;

  private AnswerReader() {}

  /**
   * The status of the answer that the buffer holds from 0 to its position.
   *
   * @return 0 when it is not complete; -1 when its length is not told
   */
  static int complete(ByteBuffer buffer) {
    int head = headLength(buffer);
    if (head < 0) {
      return 0;
    }
    int status =
        (buffer.get(STATUS_AT) - '0') * 100
            + (buffer.get(STATUS_AT + 1) - '0') * 10
            + buffer.get(STATUS_AT + 2)
            - '0';
    long content = status == NO_CONTENT || status == NOT_MODIFIED ? 0 : contentLength(buffer, head);
    if (content < 0) {
      return -1;
    }
    return buffer.position() >= head + content ? status : 0;
  }

  private static int headLength(ByteBuffer buffer) {
    for (int i = STATUS_AT; i + 3 < buffer.position(); i++) {
      if (buffer.get(i) == '\r'
          && buffer.get(i + 1) == '\n'
          && buffer.get(i + 2) == '\r'
          && buffer.get(i + 3) == '\n') {
        return i + 4;
      }
    }
    return -1;
  }

  private static long contentLength(ByteBuffer buffer, int head) {
    for (int i = 0; i + LENGTH.length < head; i++) {
      if (isLengthAt(buffer, i)) {
        return number(buffer, i + LENGTH.length);
      }
    }
    return -1;
  }

  private static boolean isLengthAt(ByteBuffer buffer, int at) {
    for (int i = 0; i < LENGTH.length; i++) {
      int it = buffer.get(at + i);
      if (LENGTH[i] != (it >= 'A' && it <= 'Z' ? it + 32 : it)) {
        return false;
      }
    }
    return true;
  }

  private static long number(ByteBuffer buffer, int at) {
    long number = 0;
    for (int i = at; buffer.get(i) != '\r'; i++) {
      if (buffer.get(i) != ' ') {
        number = number * 10 + buffer.get(i) - '0';
      }
    }
    return number;
  }
}
