package io.holdfast.tools.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;

/**
 * Where the processor time of a node's event loops goes. How much of it is the kernel's says the
 * kernel, thread by thread; whose code the rest is say the samples of Java Flight Recorder, which
 * sees little of a thread that is in the kernel.
 */
final class Profile {
  private static final String LOOPS = "holdfast-edge";
  private static final String NAME = "bench";
  private static final Path PROCESSES = Path.of("/proc");

  private final long pid;
  private final Path file;
  private final Map<String, Ticks> before;

  /** Of one kind of threads; 100 a second. */
  private record Ticks(long user, long system) {
    static final Ticks NONE = new Ticks(0, 0);

    Ticks plus(Ticks other) {
      return new Ticks(user + other.user, system + other.system);
    }

    Ticks minus(Ticks other) {
      return new Ticks(user - other.user, system - other.system);
    }

    long all() {
      return user + system;
    }
  }

  private Profile(long pid, Path file, Map<String, Ticks> before) {
    this.pid = pid;
    this.file = file;
    this.before = before;
  }

  /**
   * @param directory for the recording
   */
  static Profile begin(long pid, Path directory) throws IOException {
    var file = directory.resolve("node.jfr");
    Machine.jcmd(pid, "JFR.start", "name=" + NAME, "settings=profile");
    return new Profile(pid, file, ticks(pid));
  }

  /** What was seen since, in a few lines. */
  String end() throws IOException {
    var after = ticks(pid);
    Machine.jcmd(pid, "JFR.stop", "name=" + NAME, "filename=" + file);
    var loops = spent(after, LOOPS);
    var others = spent(after, "");
    var said =
        "event loops %s of the node's processor time, and of theirs the kernel %s"
            .formatted(
                percent(loops.all(), loops.all() + others.all()),
                percent(loops.system(), loops.all()));
    return Files.exists(file) ? said + "; of the rest " + rest() : said;
  }

  private Ticks spent(Map<String, Ticks> after, String kind) {
    return after.getOrDefault(kind, Ticks.NONE).minus(before.getOrDefault(kind, Ticks.NONE));
  }

  private static String percent(long part, long whole) {
    return "%.0f %%".formatted(100.0 * part / Math.max(1, whole));
  }

  private String rest() throws IOException {
    var samples = new TreeMap<String, Long>();
    try (var recording = new RecordingFile(file)) {
      while (recording.hasMoreEvents()) {
        var event = recording.readEvent();
        if (isOfLoop(event)) {
          samples.merge(whose(event), 1L, Long::sum);
        }
      }
    }
    long all = samples.values().stream().mapToLong(it -> it).sum();
    return samples.entrySet().stream()
        .sorted(Map.Entry.comparingByValue(Comparator.reverseOrder()))
        .map(it -> it.getKey() + " " + percent(it.getValue(), all))
        .collect(Collectors.joining(", ", "", " (" + all + " samples)"));
  }

  private static boolean isOfLoop(RecordedEvent event) {
    if (!event.getEventType().getName().equals("jdk.ExecutionSample")) {
      return false;
    }
    var thread = event.getThread("sampledThread");
    return thread != null
        && thread.getJavaName() != null
        && thread.getJavaName().startsWith(LOOPS)
        && event.getStackTrace() != null
        && !event.getStackTrace().getFrames().isEmpty();
  }

  private static String whose(RecordedEvent event) {
    var type = event.getStackTrace().getFrames().get(0).getMethod().getType().getName();
    if (type.startsWith("io.holdfast.")) {
      return "Holdfast";
    }
    if (type.startsWith("io.netty.")) {
      return "Netty";
    }
    return type.startsWith("java.") || type.startsWith("jdk.") || type.startsWith("sun.")
        ? "the JDK"
        : "others";
  }

  /** Of the event loops, and under "" of all other threads. */
  private static Map<String, Ticks> ticks(long pid) throws IOException {
    var ticks = new TreeMap<String, Ticks>();
    try (var threads = Files.list(PROCESSES.resolve(Long.toString(pid)).resolve("task"))) {
      threads.forEach(
          thread -> {
            var stat = stat(thread);
            var kind = stat.contains("(" + LOOPS) ? LOOPS : "";
            ticks.merge(kind, ticks(stat), Ticks::plus);
          });
    }
    return ticks;
  }

  private static String stat(Path thread) {
    try {
      return Files.readString(thread.resolve("stat"), StandardCharsets.ISO_8859_1);
    } catch (NoSuchFileException e) {
      return ""; // it has ended
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Ticks ticks(String stat) {
    if (stat.isEmpty()) {
      return Ticks.NONE;
    }
    var fields = Machine.fields(stat);
    return new Ticks(
        Long.parseLong(fields[Machine.USER_TIME]), Long.parseLong(fields[Machine.SYSTEM_TIME]));
  }
}
