package io.holdfast.tools.lab;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * A network namespace that was made here. It has no name: it is held by a process that ends with
 * its input, and so with this one, however this one ends.
 */
final class Namespace implements AutoCloseable {
  private static final String SIGN = "here";
  private static final Path PROCESSES = Path.of("/proc");
  private static final long END_SECONDS_MAX = 5;

  private final Process holder;
  private final Path file;

  private Namespace(Process holder) throws IOException {
    this.holder = holder;
    this.file = fileOf(holder.pid());
  }

  /** In a session of its own, so that a Ctrl-C is not for the holder. */
  static Namespace make() {
    try {
      var command = new ArrayList<String>();
      Programs.find("setsid").ifPresent(command::add);
      command.addAll(List.of(Programs.path("unshare"), "--net", "/bin/sh", "-c"));
      command.add("echo " + SIGN + "; exec cat");
      var holder = new ProcessBuilder(command).redirectErrorStream(true).start();
      var said =
          new BufferedReader(new InputStreamReader(holder.getInputStream(), StandardCharsets.UTF_8))
              .readLine();
      if (!SIGN.equals(said)) {
        holder.destroyForcibly();
        throw new LabFailure("the kernel makes no network namespace: " + said);
      }
      return new Namespace(holder);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Path fileOf(long pid) {
    return PROCESSES.resolve(Path.of(Long.toString(pid), "ns", "net"));
  }

  /** By which other processes enter it. */
  Path file() {
    return file;
  }

  long holderPid() {
    return holder.pid();
  }

  /** Ends whatever runs in it, which can only be what was started in it, and then lets it go. */
  @Override
  public void close() {
    try {
      var mine = Files.readSymbolicLink(file);
      inhabitants(mine).forEach(ProcessHandle::destroyForcibly);
      holder.getOutputStream().close();
      if (!holder.waitFor(END_SECONDS_MAX, TimeUnit.SECONDS)) {
        holder.destroyForcibly();
      }
    } catch (IOException e) {
      holder.destroyForcibly();
    } catch (InterruptedException e) {
      holder.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }

  private Stream<ProcessHandle> inhabitants(Path namespace) {
    return ProcessHandle.allProcesses()
        .filter(process -> process.pid() != holder.pid() && isIn(process.pid(), namespace));
  }

  private static boolean isIn(long pid, Path namespace) {
    try {
      return Files.readSymbolicLink(fileOf(pid)).equals(namespace);
    } catch (IOException e) {
      return false; // It has ended, or is not ours to look at.
    }
  }
}
