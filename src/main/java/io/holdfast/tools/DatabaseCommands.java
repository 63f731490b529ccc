package io.holdfast.tools;

import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** The commands about the embedded database. */
final class DatabaseCommands {
  private DatabaseCommands() {}

  /** {@code db}. */
  @Command(
      name = "db",
      description = "Stops and starts the embedded database.",
      mixinStandardHelpOptions = true,
      subcommands = {DbStop.class, DbStart.class})
  static final class Db implements Runnable {
    @ParentCommand private ClusterCommand parent;
    @Spec private CommandSpec spec;

    @Override
    public void run() {
      throw new CommandLine.ParameterException(spec.commandLine(), "stop or start?");
    }
  }

  /** {@code db stop}. */
  @Command(
      name = "stop",
      description = "Stops the embedded database; the nodes go on without it as well as they can.",
      mixinStandardHelpOptions = true)
  static final class DbStop implements Callable<Integer> {
    @ParentCommand private Db db;
    @Spec private CommandSpec spec;

    @Override
    public Integer call() {
      var embedded = Embedded.of(db.parent.cluster());
      if (embedded.process().running().isEmpty()) {
        throw Refusal.failed("the database does not run");
      }
      db.parent
          .data()
          .exclusively(
              () -> {
                embedded.stop();
                return null;
              });
      spec.commandLine().getOut().println("database stopped");
      return 0;
    }
  }

  /** {@code db start}. */
  @Command(
      name = "start",
      description = "Starts the embedded database.",
      mixinStandardHelpOptions = true)
  static final class DbStart implements Callable<Integer> {
    @ParentCommand private Db db;
    @Spec private CommandSpec spec;

    @Override
    public Integer call() {
      var embedded = Embedded.of(db.parent.cluster());
      var pid =
          db.parent
              .data()
              .exclusively(
                  () -> {
                    if (embedded.process().running().isPresent()) {
                      throw Refusal.failed("the database already runs");
                    }
                    embedded.requireFree();
                    embedded.start();
                    return embedded.process().running().map(ProcessMark::pid).orElse(0L);
                  });
      spec.commandLine().getOut().printf("database started (pid %d)%n", pid);
      return 0;
    }
  }

  /** {@code backup}. */
  @Command(
      name = "backup",
      description = "Writes all documents, as of now, to a file; the cluster may go on meanwhile.",
      mixinStandardHelpOptions = true)
  static final class BackUp implements Callable<Integer> {
    @Parameters(paramLabel = "FILE", description = "The file; it must not exist yet.")
    private Path file;

    @ParentCommand private ClusterCommand parent;
    @Spec private CommandSpec spec;

    @Override
    public Integer call() {
      var cluster = parent.cluster();
      Backup.requireEmbedded(cluster, "pg_dump");
      var bytes = Backup.write(cluster, file.toAbsolutePath().normalize());
      spec.commandLine().getOut().printf("%s written (%,d bytes)%n", file, bytes);
      return 0;
    }
  }

  /** {@code restore}. */
  @Command(
      name = "restore",
      description = {
        "Puts the documents of a backup in the place of those that are there.",
        "The nodes must be stopped. What was there before is kept beside it."
      },
      mixinStandardHelpOptions = true)
  static final class Restore implements Callable<Integer> {
    @Parameters(paramLabel = "FILE", description = "What backup wrote.")
    private Path file;

    @ParentCommand private ClusterCommand parent;
    @Spec private CommandSpec spec;

    @Override
    public Integer call() {
      var data = parent.data();
      if (!data.exists()) {
        data.prepare();
        data.remember(Remembered.defaults());
      }
      var cluster = parent.cluster();
      Backup.requireEmbedded(cluster, "pg_restore");
      var out = spec.commandLine().getOut();
      var kept = data.exclusively(() -> Backup.restore(cluster, file.toAbsolutePath().normalize()));
      out.printf("%s restored; begin with %s%n", file, parent.typed("start"));
      kept.ifPresent(it -> out.printf("What was there before is kept in %s%n", it));
      return 0;
    }
  }
}
