package io.holdfast.tools.chaos;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The faults of one run, with all that they need around its cluster. */
final class Stage implements AutoCloseable {
  private final Map<String, Fault> faults = new LinkedHashMap<>();
  private final Preparation preparation;

  private Stage(Preparation preparation) {
    this.preparation = preparation;
  }

  /**
   * Arranges what the faults need.
   *
   * @param faults those that may be played
   */
  static Stage of(List<Fault> faults, Preparation preparation) {
    var stage = new Stage(preparation);
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

  /** What the cluster's processes shall see besides the usual. */
  Map<String, String> environment() {
    return preparation.environment(System.getenv());
  }

  /** The last first; to be called once the cluster is stopped. */
  @Override
  public void close() {
    var all = new ArrayList<>(faults.values());
    faults.clear();
    for (int i = all.size() - 1; i >= 0; i--) {
      all.get(i).close();
    }
  }
}
