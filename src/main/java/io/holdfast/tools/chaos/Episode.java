package io.holdfast.tools.chaos;

import java.util.List;

/**
 * One fault that was played.
 *
 * @param victims the numbers of the nodes that it took away
 */
record Episode(Fault fault, List<Integer> victims, Harm harm, Fault.Mended mended) {

  /**
   * The moment of the harm, as near as can be seen from outside.
   *
   * @param from not before this
   * @param done not after this
   */
  record Harm(long from, long done) {}

  /** From then on its recovery counts. */
  long recoveryFrom() {
    return switch (fault.limits().since()) {
      case HARM -> harm.done();
      case RETURN -> mended.back();
    };
  }
}
