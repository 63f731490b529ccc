package io.holdfast.config;

import java.util.Comparator;

/**
 * One fault of a configuration, printed as {@code file: line: path: reason and remedy}; the parts
 * that are not known are left out.
 *
 * @param file as the operator wrote it, or the words for another source; empty when not known
 * @param line from 1; 0 when not known
 * @param path of the key; empty for a fault of the whole file
 */
public record ConfigFault(String file, int line, String path, String reason)
    implements Comparable<ConfigFault> {
  private static final Comparator<ConfigFault> ORDER =
      Comparator.comparing(ConfigFault::file)
          .thenComparingInt(ConfigFault::line)
          .thenComparing(ConfigFault::path)
          .thenComparing(ConfigFault::reason);

  @Override
  public int compareTo(ConfigFault other) {
    return ORDER.compare(this, other);
  }

  /** The fault as one line. */
  @Override
  public String toString() {
    var text = new StringBuilder();
    if (!file.isEmpty()) {
      text.append(file).append(": ");
    }
    if (line > 0) {
      text.append(line).append(": ");
    }
    if (!path.isEmpty()) {
      text.append(path).append(": ");
    }
    return text.append(reason).toString();
  }
}
