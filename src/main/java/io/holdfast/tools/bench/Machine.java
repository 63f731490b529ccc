package io.holdfast.tools.bench;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.regex.Pattern;

/** What the kernel and the JVMs tell of the processes and of the machine (Linux). */
final class Machine {
  private static final double TICKS_PER_SECOND = 100;

  /** Places in what {@link #fields} gives. */
  static final int USER_TIME = 11;

  static final int SYSTEM_TIME = 12;
  private static final Pattern MEMORY = Pattern.compile("MemTotal:\\s+(\\d+) kB");
  private static final Pattern HEAP_USED = Pattern.compile("heap\\s+total \\d+K, used (\\d+)K");

  private Machine() {}

  /** One line. */
  static String describe() throws IOException {
    var memory = MEMORY.matcher(Files.readString(Path.of("/proc/meminfo")));
    return "%d cores, %s GiB, Java %s, %s"
        .formatted(
            Runtime.getRuntime().availableProcessors(),
            memory.find() ? Long.toString(Long.parseLong(memory.group(1)) >> 20) : "?",
            System.getProperty("java.version"),
            System.getProperty("os.name") + " " + System.getProperty("os.version"));
  }

  /** Seconds of processor time that the processes have used; those that ended count nothing. */
  static double cpuSeconds(List<Long> pids) {
    return pids.stream().mapToDouble(Machine::cpuSeconds).sum();
  }

  private static double cpuSeconds(long pid) {
    try {
      var stat = Files.readString(Path.of("/proc/" + pid + "/stat"), StandardCharsets.ISO_8859_1);
      var fields = fields(stat);
      return (Long.parseLong(fields[USER_TIME]) + Long.parseLong(fields[SYSTEM_TIME]))
          / TICKS_PER_SECOND;
    } catch (IOException e) {
      return 0;
    }
  }

  /** What stands behind the name in a {@code stat} of the kernel's (proc(5)). */
  static String[] fields(String stat) {
    return stat.substring(stat.lastIndexOf(')') + 2).split(" ");
  }

  /** Bytes of heap in use after a full collection; empty where there is no {@code jcmd}. */
  static OptionalLong heapUsedAfterCollection(long pid) throws IOException {
    jcmd(pid, "GC.run");
    var matcher = HEAP_USED.matcher(jcmd(pid, "GC.heap_info"));
    return matcher.find()
        ? OptionalLong.of(Long.parseLong(matcher.group(1)) * 1024)
        : OptionalLong.empty();
  }

  /** What it printed; nothing where there is no {@code jcmd}. */
  static String jcmd(long pid, String... command) throws IOException {
    var program = Path.of(System.getProperty("java.home"), "bin", "jcmd");
    if (!Files.isExecutable(program)) {
      return "";
    }
    var words = new ArrayList<>(List.of(program.toString(), Long.toString(pid)));
    words.addAll(List.of(command));
    var process = new ProcessBuilder(words).redirectErrorStream(true).start();
    return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
  }
}
