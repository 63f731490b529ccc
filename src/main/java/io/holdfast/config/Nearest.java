package io.holdfast.config;

import java.util.Collection;
import java.util.Comparator;
import java.util.Optional;

/** The known word that a mistyped one most likely stands for. */
final class Nearest {
  private Nearest() {}

  /** The nearest of the known words by edit distance, the first in their order when two tie. */
  static Optional<String> to(String word, Collection<String> known) {
    return known.stream().min(Comparator.comparingInt(k -> distance(word, k)));
  }

  /** Near enough to be meant: at most a third of its letters differ. */
  static boolean isTypo(String word, String known) {
    return distance(word, known) <= Math.max(1, known.length() / 3);
  }

  /** The edits (insert, delete, replace a character) that lead from one word to the other. */
  static int distance(String a, String b) {
    var row = new int[b.length() + 1];
    for (var j = 0; j < row.length; j++) {
      row[j] = j;
    }
    for (var i = 1; i <= a.length(); i++) {
      var diagonal = row[0];
      row[0] = i;
      for (var j = 1; j <= b.length(); j++) {
        var replaced = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(replaced, Math.min(row[j], row[j - 1]) + 1);
      }
    }
    return row[b.length()];
  }
}
