package io.holdfast.tools.chaos;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/** All faults there are, by the words that name them. */
final class Faults {
  private static final Map<String, Supplier<Fault>> BY_WORD = new LinkedHashMap<>();

  static {
    List.<Supplier<Fault>>of(
            Nothing::new,
            Kill::young,
            Kill::oldest,
            Kill::allButOne,
            Kill::twice,
            KillAll::new,
            Pause::new,
            Partition::young,
            Partition::oldest,
            Partition::cutOff,
            Partition::withoutDatabase,
            Partition::mute,
            DatabaseStop::new,
            DatabaseStopAndKill::new,
            SlowDatabase::new,
            Stop::new,
            Add::new,
            Roll::new,
            Busy::new,
            DiskFull::new,
            DatabaseDiskFull::new,
            ClockSkew::new)
        .forEach(it -> BY_WORD.put(it.get().word(), it));
  }

  private Faults() {}

  static List<String> words() {
    return List.copyOf(BY_WORD.keySet());
  }

  /** A new one of that word. */
  static Fault of(String word) {
    return BY_WORD.get(word).get();
  }

  static List<Fault> all() {
    return BY_WORD.values().stream().map(Supplier::get).toList();
  }
}
