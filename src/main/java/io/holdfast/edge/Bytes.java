package io.holdfast.edge;

import java.nio.charset.StandardCharsets;

/**
 * A run of bytes inside a shared array, which nobody changes any more.
 *
 * @param array the array, not copied
 * @param from index of the first byte
 * @param to index after the last byte
 */
record Bytes(byte[] array, int from, int to) {
  Bytes {
    if (from < 0 || to < from || to > array.length) {
      throw new IllegalArgumentException(from + ".." + to + " of " + array.length);
    }
  }

  int length() {
    return to - from;
  }

  /** Each byte as one character, as header sections are read. */
  String latin1() {
    return new String(array, from, length(), StandardCharsets.ISO_8859_1);
  }
}
