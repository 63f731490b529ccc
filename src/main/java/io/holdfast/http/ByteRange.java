package io.holdfast.http;

/**
 * A run of bytes of a representation (RFC 9110, section 14.1.2).
 *
 * @param first position of the first byte, from 0
 * @param last position of the last byte, not below the first
 */
public record ByteRange(long first, long last) {
  public ByteRange {
    if (first < 0 || last < first) {
      throw new IllegalArgumentException(first + "-" + last);
    }
  }

  public long length() {
    return last - first + 1;
  }

  public boolean contains(ByteRange other) {
    return first <= other.first && other.last <= last;
  }

  /** Whether the two overlap, or one follows the other without a gap. */
  public boolean touches(ByteRange other) {
    return other.first <= last + 1 && first <= other.last + 1;
  }

  /** The run that holds both, which touch. */
  public ByteRange union(ByteRange other) {
    return new ByteRange(Math.min(first, other.first), Math.max(last, other.last));
  }
}
