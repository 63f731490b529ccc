package io.holdfast.http;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * {@code Range} in bytes (RFC 9110, sections 14.1 and 14.2), as asked: what it comes to is known
 * only with the length of the representation.
 */
public record Ranges(List<Spec> specs) {
  /** With more of them, the field is ignored: nobody needs them, and each costs a part. */
  public static final int SPECS_MAX = 16;

  private static final int DIGITS_MAX = 18;

  /**
   * One range.
   *
   * @param first position of the first byte; empty for the last so many bytes
   * @param last position of the last byte, or how many at the end; empty for all from the first
   */
  public record Spec(OptionalLong first, OptionalLong last) {
    /** Of a representation of that length; nothing if no byte of it is meant. */
    Optional<ByteRange> within(long length) {
      if (first.isEmpty()) {
        long suffix = Math.min(length, last.getAsLong());
        return suffix == 0
            ? Optional.empty()
            : Optional.of(new ByteRange(length - suffix, length - 1));
      }
      return first.getAsLong() >= length
          ? Optional.empty()
          : Optional.of(
              new ByteRange(first.getAsLong(), Math.min(length - 1, last.orElse(length - 1))));
    }
  }

  /**
   * Nothing if it is to be ignored: another unit, malformed, or more than {@link #SPECS_MAX}
   * ranges.
   */
  public static Optional<Ranges> parse(String text) {
    int equals = text.indexOf('=');
    if (equals < 0 || !text.substring(0, equals).strip().equalsIgnoreCase("bytes")) {
      return Optional.empty();
    }
    var specs = new ArrayList<Spec>();
    for (var part : FieldText.split(text.substring(equals + 1), ',')) {
      if (part.isEmpty()) {
        continue;
      }
      var spec = spec(part);
      if (spec.isEmpty() || specs.size() == SPECS_MAX) {
        return Optional.empty();
      }
      specs.add(spec.get());
    }
    return specs.isEmpty() ? Optional.empty() : Optional.of(new Ranges(List.copyOf(specs)));
  }

  private static Optional<Spec> spec(String part) {
    int dash = part.indexOf('-');
    if (dash < 0) {
      return Optional.empty();
    }
    var first = position(part.substring(0, dash));
    var last = position(part.substring(dash + 1));
    boolean wellFormed =
        (first.isPresent() || dash == 0)
            && (last.isPresent() || dash == part.length() - 1)
            && (first.isPresent() || last.isPresent())
            && (first.isEmpty() || last.isEmpty() || first.getAsLong() <= last.getAsLong());
    return wellFormed ? Optional.of(new Spec(first, last)) : Optional.empty();
  }

  private static OptionalLong position(String digits) {
    boolean number =
        !digits.isEmpty()
            && digits.length() <= DIGITS_MAX
            && digits.chars().allMatch(c -> c >= '0' && c <= '9');
    return number ? OptionalLong.of(Long.parseLong(digits)) : OptionalLong.empty();
  }

  /**
   * The bytes meant, of a representation of that length: in the order asked, those that overlap or
   * touch joined (section 15.3.7.2). None if no range can be satisfied.
   */
  public List<ByteRange> within(long length) {
    var found = new ArrayList<ByteRange>();
    for (var spec : specs) {
      spec.within(length).ifPresent(range -> join(found, range));
    }
    return List.copyOf(found);
  }

  private static void join(List<ByteRange> found, ByteRange added) {
    var range = added;
    int place = -1;
    for (int i = found.size() - 1; i >= 0; i--) {
      if (found.get(i).touches(range)) {
        range = range.union(found.remove(i));
        place = i;
      }
    }
    found.add(place < 0 ? found.size() : place, range);
  }
}
