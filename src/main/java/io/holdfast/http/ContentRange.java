package io.holdfast.http;

import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Pattern;

/**
 * {@code Content-Range} of a 206 answer with one part (RFC 9110, section 14.4).
 *
 * @param range what is in the content
 * @param complete length of the whole representation, where it is known
 */
public record ContentRange(ByteRange range, OptionalLong complete) {
  private static final Pattern SYNTAX =
      Pattern.compile("bytes ([0-9]{1,18})-([0-9]{1,18})/(\\*|[0-9]{1,18})");

  /** Nothing if it is malformed, contradicts itself, is unsatisfied or not of bytes. */
  public static Optional<ContentRange> parse(String text) {
    var match = SYNTAX.matcher(text.strip());
    if (!match.matches()) {
      return Optional.empty();
    }
    long first = Long.parseLong(match.group(1));
    long last = Long.parseLong(match.group(2));
    var complete =
        match.group(3).equals("*")
            ? OptionalLong.empty()
            : OptionalLong.of(Long.parseLong(match.group(3)));
    return last < first || complete.isPresent() && complete.getAsLong() <= last
        ? Optional.empty()
        : Optional.of(new ContentRange(new ByteRange(first, last), complete));
  }

  /** Of a 416 answer: none of the ranges lies within so many bytes. */
  public static String unsatisfied(long complete) {
    return "bytes */" + complete;
  }

  /** As a field value. */
  @Override
  public String toString() {
    return "bytes %d-%d/%s"
        .formatted(
            range.first(),
            range.last(),
            complete.isPresent() ? Long.toString(complete.getAsLong()) : "*");
  }
}
