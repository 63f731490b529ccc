package io.holdfast.tools.chaos;

import com.typesafe.config.ConfigUtil;
import io.holdfast.tools.Network;
import io.holdfast.tools.OwnClusterOptions;
import io.holdfast.tools.lab.Lab;
import io.holdfast.tools.lab.Place;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A run in a lab, for faults of the network: the same command once more, at the clients' place,
 * from which it reaches nodes that have places of their own.
 */
final class LabRun {
  private static final String TOKEN = "of-this-lab-alone";

  private LabRun() {}

  /** Whether this process is that command. */
  static boolean isThis() {
    return Network.ofThisProcess().lab().isPresent();
  }

  /**
   * Makes a lab and runs the command in it.
   *
   * @return its exit code
   */
  static int run(int nodes, List<String> arguments) throws IOException, InterruptedException {
    var command = new ArrayList<String>();
    command.add(OwnClusterOptions.script().resolveSibling("chaos").toString());
    command.addAll(arguments);
    try (var lab = Lab.make(nodes)) {
      var builder = new ProcessBuilder(lab.in(Place.CLIENTS, command)).inheritIO();
      builder.environment().put(Network.VARIABLE, lab.directory().toString());
      return builder.start().waitFor();
    }
  }

  /** The nodes are not on loopback there, and so their admin ports ask for a token. */
  static Path config(Optional<Path> other) throws IOException {
    var file = Files.createTempFile("holdfast-lab-", ".conf");
    file.toFile().deleteOnExit();
    var lines = new ArrayList<String>();
    other
        .map(it -> ConfigUtil.quoteString(it.toString()))
        .ifPresent(it -> lines.add("include required(file(" + it + "))"));
    lines.add("holdfast.admin.token = " + TOKEN);
    return Files.write(file, lines);
  }
}
