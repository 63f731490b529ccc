package io.holdfast.resilience;

import java.util.Collection;
import java.util.Comparator;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;

/**
 * Names one of several for a key so that all who ask agree without talking, and that only what a
 * candidate had moves when it goes or comes: rendezvous (highest random weight) hashing, Thaler and
 * Ravishankar 1998, with weights as in Schindelhauer and Schomaker's logarithmic method. Pure.
 */
public final class Rendezvous {
  private Rendezvous() {}

  /** The one for the key, all candidates being equal. */
  public static <T> Optional<T> choose(
      String key, Collection<T> candidates, Function<T, String> name) {
    return choose(key, candidates, name, candidate -> 1);
  }

  /**
   * The one for the key.
   *
   * @param weight above 0: who has twice the weight gets twice the keys
   */
  public static <T> Optional<T> choose(
      String key, Collection<T> candidates, Function<T, String> name, ToDoubleFunction<T> weight) {
    return candidates.stream()
        .max(
            Comparator.comparingDouble(
                    (T it) -> score(key, name.apply(it), weight.applyAsDouble(it)))
                .thenComparing(name));
  }

  private static double score(String key, String name, double weight) {
    double uniform = (hash(key, name) >>> 11) * 0x1.0p-53;
    return -weight / Math.log(Math.max(uniform, Double.MIN_NORMAL));
  }

  /** FNV-1a over both, with a finish that spreads each bit (that of SplitMix64). */
  private static long hash(String key, String name) {
    long hash = 0xcbf29ce484222325L;
    for (var part : new String[] {key, "\n", name}) {
      for (int i = 0; i < part.length(); i++) {
        hash = (hash ^ part.charAt(i)) * 0x100000001b3L;
      }
    }
    hash = (hash ^ (hash >>> 30)) * 0xbf58476d1ce4e5b9L;
    hash = (hash ^ (hash >>> 27)) * 0x94d049bb133111ebL;
    return hash ^ (hash >>> 31);
  }
}
