package io.holdfast.http;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The field lines of a message, in order (RFC 9110, section 5). Immutable; names are compared
 * without regard to case.
 */
public record Fields(List<FieldLine> lines) {
  public static final Fields NONE = new Fields(List.of());

  /** What a line costs beside its characters. */
  private static final int LINE_BYTES = 100;

  public Fields {
    lines = List.copyOf(lines);
  }

  /** Name, value, name, value. */
  public static Fields of(String... namesAndValues) {
    var lines = new ArrayList<FieldLine>();
    for (int i = 0; i < namesAndValues.length; i += 2) {
      lines.add(new FieldLine(namesAndValues[i], namesAndValues[i + 1]));
    }
    return new Fields(lines);
  }

  public boolean has(String name) {
    for (var line : lines) {
      if (line.is(name)) {
        return true;
      }
    }
    return false;
  }

  /** The value of the first line of that name. */
  public Optional<String> first(String name) {
    for (var line : lines) {
      if (line.is(name)) {
        return Optional.of(line.value());
      }
    }
    return Optional.empty();
  }

  /** The values of all lines of that name. */
  public List<String> all(String name) {
    return lines.stream().filter(line -> line.is(name)).map(FieldLine::value).toList();
  }

  /** All lines of that name as one, joined with commas (section 5.3). */
  public Optional<String> joined(String name) {
    var found = Optional.<String>empty();
    for (var line : lines) {
      if (line.is(name)) {
        found = Optional.of(found.map(before -> before + ", " + line.value()).orElse(line.value()));
      }
    }
    return found;
  }

  /** Without all lines of these names, given in lower case. */
  public Fields without(Set<String> lowerCaseNames) {
    return new Fields(
        lines.stream()
            .filter(line -> !lowerCaseNames.contains(line.name().toLowerCase(Locale.ROOT)))
            .toList());
  }

  /** With this one line in place of all lines of its name. */
  public Fields with(String name, String value) {
    return new Fields(
        Stream.concat(
                lines.stream().filter(line -> !line.is(name)),
                Stream.of(new FieldLine(name, value)))
            .toList());
  }

  /** Roughly what they take in memory. */
  public int memoryBytes() {
    return lines.stream()
        .mapToInt(line -> LINE_BYTES + line.name().length() + line.value().length())
        .sum();
  }

  /** With the other's lines in place of all lines of the names that it has. */
  public Fields replacedBy(Fields other) {
    return new Fields(
        Stream.concat(lines.stream().filter(line -> !other.has(line.name())), other.lines.stream())
            .toList());
  }
}
