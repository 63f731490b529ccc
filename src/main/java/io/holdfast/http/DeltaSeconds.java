package io.holdfast.http;

import java.util.OptionalLong;

/** {@code delta-seconds} (RFC 9111, section 1.2.2). */
public final class DeltaSeconds {
  /** What stands for everything greater: 68 years. */
  public static final long MAX = 1L << 31;

  private static final int DIGITS_MAX = 10;

  private DeltaSeconds() {}

  /** Digits only; nothing for anything else. What is too great is {@link #MAX}. */
  public static OptionalLong parse(String text) {
    if (text.isEmpty() || !text.chars().allMatch(c -> c >= '0' && c <= '9')) {
      return OptionalLong.empty();
    }
    int at = 0;
    while (at < text.length() - 1 && text.charAt(at) == '0') {
      at++;
    }
    var digits = text.substring(at);
    return OptionalLong.of(
        digits.length() > DIGITS_MAX ? MAX : Math.min(MAX, Long.parseLong(digits)));
  }

  /** At least 0, at most {@link #MAX}. */
  public static long capped(long seconds) {
    return Math.max(0, Math.min(MAX, seconds));
  }
}
