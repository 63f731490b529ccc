package io.holdfast.tools.chaos;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The faults of one run, with all that they need around its cluster. */
final class Stage implements AutoCloseable {
  private final Map<String, Fault> faults = new LinkedHashMap<>();

  private Stage() {}

  /**
   * Arranges what the faults need.
   *
   * @param faults those that may be played
   */
  static Stage of(List<Fault> faults, Preparation preparation) {
    var stage = new Stage();
    try {
      for (var fault : faults) {
        stage.faults.put(fault.word(), fault);
        fault.prepare(preparation);
      }
    } catch (RuntimeException e) {
      stage.close();
      throw e;
    }
    return stage;
  }

  Fault fault(String word) {
    return faults.get(word);
  }

  List<Fault> faults() {
    return List.copyOf(faults.values());
  }

  /** The last first, all of them; to be called once the cluster is stopped. */
  @Override
  public void close() {
    var all = new ArrayDeque<Fault>();
    faults.values().forEach(all::push);
    faults.clear();
    close(all);
  }

  private static void close(Deque<Fault> all) {
    while (!all.isEmpty()) {
      try {
        all.pop().close();
      } catch (RuntimeException e) {
        close(all);
        throw e;
      }
    }
  }
}
