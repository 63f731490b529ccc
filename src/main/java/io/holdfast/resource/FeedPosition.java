package io.holdfast.resource;

import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.StringJoiner;
import java.util.TreeMap;

/**
 * How far a reader of a collection's changes has come: a position for each stream, and when that
 * was all there was. As text it is an event's id ({@code Last-Event-ID}), good on every node.
 *
 * @param at when nothing beyond it was known
 * @param generation of the database's history that it is a position in
 * @param positions of each stream of changes
 */
public record FeedPosition(Instant at, long generation, Map<Long, Long> positions) {
  private static final int RADIX = 36;

  /** A longer text, of very many streams, is not read: who has it begins anew. */
  public static final int TEXT_MAX = 4096;

  public FeedPosition {
    positions = Map.copyOf(positions);
  }

  /** The last position of a stream that has been seen. */
  long of(long stream) {
    return positions.getOrDefault(stream, 0L);
  }

  /** Whether nothing happened between the two. */
  boolean isWhere(FeedPosition other) {
    return generation == other.generation && positions.equals(other.positions);
  }

  /** Letters, digits, {@code -} and {@code .} only. */
  public String text() {
    var parts = new StringJoiner(".");
    var seconds = Long.toString(at.getEpochSecond(), RADIX);
    parts.add(generation == 0 ? seconds : seconds + "-" + Long.toString(generation, RADIX));
    new TreeMap<>(positions)
        .forEach(
            (stream, position) ->
                parts.add(
                    Long.toUnsignedString(stream, RADIX) + "-" + Long.toString(position, RADIX)));
    return parts.toString();
  }

  /** Nothing if it is no such text. */
  public static Optional<FeedPosition> parse(String text) {
    if (text.isEmpty() || text.length() > TEXT_MAX) {
      return Optional.empty();
    }
    try {
      var parts = text.split("\\.", -1);
      var begin = parts[0].split("-", 2);
      var at = Instant.ofEpochSecond(number(begin[0]));
      long generation = begin.length == 1 ? 0 : number(begin[1]);
      var positions = new HashMap<Long, Long>();
      for (int i = 1; i < parts.length; i++) {
        int dash = parts[i].indexOf('-');
        if (dash < 1) {
          return Optional.empty();
        }
        long stream = Long.parseUnsignedLong(parts[i].substring(0, dash), RADIX);
        positions.put(stream, number(parts[i].substring(dash + 1)));
      }
      return Optional.of(new FeedPosition(at, generation, positions));
    } catch (RuntimeException e) {
      return Optional.empty();
    }
  }

  private static long number(String text) {
    long value = Long.parseLong(text, RADIX);
    if (value < 0) {
      throw new NumberFormatException(text);
    }
    return value;
  }
}
