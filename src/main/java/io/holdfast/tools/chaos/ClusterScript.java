package io.holdfast.tools.chaos;

import com.fasterxml.jackson.core.JsonProcessingException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * {@code scripts/cluster} for one directory. All repair goes through it, and all harm but kills.
 *
 * @param script its path
 * @param data the directory of the cluster
 * @param environment what the script and all that it starts see besides the usual
 */
public record ClusterScript(Path script, Path data, Map<String, String> environment) {

  private record Ended(int exitCode, String output) {}

  /** Runs a command; fails with what it said if it did not succeed. */
  public String run(String... arguments) {
    return run(List.of(arguments));
  }

  public String run(List<String> arguments) {
    var ended = execute(arguments);
    if (ended.exitCode() != 0) {
      throw new ChaosFailure(
          ended.exitCode(),
          "cluster %s: %s".formatted(String.join(" ", arguments), ended.output().strip()));
    }
    return ended.output();
  }

  /** Runs a command of which it does not matter whether it succeeds. */
  public boolean attempt(String... arguments) {
    return execute(List.of(arguments)).exitCode() == 0;
  }

  public ClusterView view() {
    var text = run("status", "--json");
    try {
      return ClusterView.parse(text);
    } catch (JsonProcessingException e) {
      throw new ChaosFailure(1, "cluster status --json is not JSON: " + text.strip());
    }
  }

  private Ended execute(List<String> arguments) {
    var command = new ArrayList<>(List.of(script.toString(), "--data", data.toString()));
    command.addAll(arguments);
    try {
      var builder = new ProcessBuilder(command).redirectErrorStream(true);
      builder.environment().putAll(environment);
      var process = builder.start();
      process.getOutputStream().close();
      var output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      return new Ended(process.waitFor(), output);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ChaosFailure(1, "interrupted");
    }
  }
}
