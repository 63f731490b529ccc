package io.holdfast.http;

import java.nio.charset.StandardCharsets;

/**
 * A run of bytes inside a shared array, which nobody changes any more.
 *
 * @param array the array, not copied
 * @param from index of the first byte
 * @param to index after the last byte
 */
public record Bytes(byte[] array, int from, int to) {
  public Bytes {
    if (from < 0 || to < from || to > array.length) {
      throw new IllegalArgumentException(from + ".." + to + " of " + array.length);
    }
  }

  public int length() {
    return to - from;
  }

  /** Each byte as one character, as header sections are read. */
  public String latin1() {
    return new String(array, from, length(), StandardCharsets.ISO_8859_1);
  }
}
