package io.holdfast.system;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.testing.NodeProcesses;
import io.holdfast.testing.TestDatabase;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/**
 * Runs what README shows of documents and operations, and compares the answers with those that it
 * shows.
 */
class ReadmeTest {
  private static final String COMMAND = "    $ curl ";
  private static final Pattern NODE = Pattern.compile("127\\.0\\.0\\.1:808([123])");

  private record Example(String command, List<String> answer) {}

  @Test
  void everyRequestAnswersAsItSays() throws Exception {
    try (var nodes =
        NodeProcesses.start(
            3,
            TestDatabase.H2.fresh(),
            "holdfast.routes.docs.path=/docs",
            "holdfast.routes.docs.documents=docs",
            "holdfast.routes.docs.async.mode=allowed")) {
      assertAnswers(nodes, "## Documents", 13);
      assertAnswers(nodes, "## Operations: knowing what became of one", 8);
    }
  }

  private static void assertAnswers(NodeProcesses nodes, String heading, int atLeast)
      throws Exception {
    var examples = examples(heading);
    assertThat(examples).hasSizeGreaterThanOrEqualTo(atLeast);
    var operation = "";
    for (var example : examples) {
      var answered = run(nodes, example.command().replace("$op", operation));
      for (var line : example.answer()) {
        assertThat(answered)
            .as("%s%nanswers%n%s", example.command(), String.join("\n", answered))
            .anyMatch(it -> isLike(line, it));
      }
      operation = locationOf(answered).orElse(operation);
    }
  }

  private static Optional<String> locationOf(List<String> answer) {
    return answer.stream()
        .filter(it -> it.startsWith("Location: /operations/"))
        .map(it -> it.substring("Location: ".length()))
        .findFirst();
  }

  /** The commands of a section, each with the lines that README shows under it. */
  private static List<Example> examples(String heading) throws IOException {
    var examples = new ArrayList<Example>();
    boolean inSection = false;
    for (var line : Files.readAllLines(Path.of("README.md"))) {
      if (line.startsWith("## ")) {
        inSection = line.equals(heading);
      } else if (inSection && line.startsWith(COMMAND)) {
        examples.add(new Example(line.substring(6), new ArrayList<>()));
      } else if (inSection && line.startsWith("    ") && !examples.isEmpty()) {
        examples.get(examples.size() - 1).answer().add(line.strip());
      }
    }
    return examples;
  }

  private static List<String> run(NodeProcesses nodes, String command) throws Exception {
    var here =
        NODE.matcher(command)
            .replaceAll(m -> "127.0.0.1:" + nodes.httpPort(Integer.parseInt(m.group(1))));
    var process = new ProcessBuilder("bash", "-c", here).redirectErrorStream(true).start();
    process.getOutputStream().close();
    var text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    process.waitFor();
    return text.lines().toList();
  }

  /** Three dots stand for anything. */
  private static boolean isLike(String shown, String answered) {
    int dots = shown.indexOf("...");
    return dots < 0
        ? answered.equals(shown)
        : answered.startsWith(shown.substring(0, dots))
            && answered.endsWith(shown.substring(dots + 3));
  }
}
