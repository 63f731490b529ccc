package io.holdfast.config;

import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigOrigin;
import com.typesafe.config.ConfigValue;
import java.util.List;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Collects the faults of one configuration. Not thread-safe. */
public final class ConfigFaults {
  /** How the library describes a section that several layers wrote, the strongest first. */
  private static final Pattern MERGED = Pattern.compile("merge of (.+?): (\\d+),");

  /** How the library describes a value that a program made. */
  private static final String MADE_HERE = "hardcoded value";

  private final String operatorFile;
  private final TreeSet<ConfigFault> faults = new TreeSet<>();

  /**
   * @param operatorFile named where a fault lies in what the operator did not write; may be empty
   */
  public ConfigFaults(String operatorFile) {
    this.operatorFile = operatorFile;
  }

  /** Adds a fault of a file as a whole. */
  public void add(String file, int line, String reason) {
    faults.add(new ConfigFault(file, line, "", reason));
  }

  void add(ConfigValue where, String path, String reason) {
    var place = placeOf(where);
    var file = place.file().isEmpty() ? operatorFile : place.file();
    faults.add(new ConfigFault(file, place.line(), path, reason));
  }

  boolean at(String path) {
    return faults.stream().anyMatch(f -> f.path().equals(path) || f.path().startsWith(path + "["));
  }

  public boolean isEmpty() {
    return faults.isEmpty();
  }

  /** All faults, ordered by file and line. */
  public List<ConfigFault> list() {
    return List.copyOf(faults);
  }

  /**
   * Where something was written.
   *
   * @param file empty for a default of ours
   * @param line 0 when not known
   */
  record Place(String file, int line) {
    String text() {
      return line > 0 ? file + ": " + line : file;
    }
  }

  static Place placeOf(ConfigValue value) {
    return placeOf(originOf(value));
  }

  static Place placeOf(ConfigOrigin origin) {
    var merged = origin == null ? null : MERGED.matcher(origin.description());
    if (merged != null && merged.lookingAt() && !merged.group(1).contains(" @ ")) {
      return new Place(merged.group(1), Integer.parseInt(merged.group(2)));
    }
    return origin != null && isWritten(origin)
        ? new Place(fileOf(origin), Math.max(0, origin.lineNumber()))
        : new Place("", 0);
  }

  /** The library gives an origin as words, the line at their end. */
  private static String fileOf(ConfigOrigin origin) {
    var words = origin.filename() == null ? origin.description() : origin.filename();
    var line = ": " + origin.lineNumber();
    return words.endsWith(line) ? words.substring(0, words.length() - line.length()) : words;
  }

  private static boolean isWritten(ConfigOrigin origin) {
    return origin.resource() == null && !origin.description().equals(MADE_HERE);
  }

  /** A merged object has no place of its own; its first written value has. */
  private static ConfigOrigin originOf(ConfigValue value) {
    return leaves(value)
        .map(ConfigValue::origin)
        .filter(ConfigFaults::isWritten)
        .min((a, b) -> Integer.compare(a.lineNumber(), b.lineNumber()))
        .orElse(value.origin());
  }

  private static Stream<ConfigValue> leaves(ConfigValue value) {
    return value instanceof ConfigObject object && !object.isEmpty()
        ? object.values().stream().flatMap(ConfigFaults::leaves)
        : Stream.of(value);
  }
}
