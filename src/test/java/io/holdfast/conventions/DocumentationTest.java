package io.holdfast.conventions;

import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigValue;
import io.holdfast.http.ProblemType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Holds what documents promise to have. */
class DocumentationTest {
  private static final Path REFERENCE = Path.of("src", "main", "resources", "reference.conf");

  private static String readme;

  @BeforeAll
  static void read() throws IOException {
    readme = Files.readString(Path.of("README.md"));
  }

  @ParameterizedTest
  @EnumSource
  void everyProblemTypeHasARowInReadme(ProblemType type) {
    assertThat(readme).contains("| `%s` | %d | ".formatted(type.typeName(), type.status()));
  }

  /** The password shares the comment of the user above it. */
  @Test
  void everyKeyOfTheReferenceHasItsComment() {
    var uncommented =
        reference().entrySet().stream()
            .filter(entry -> commentsOf(entry).isEmpty())
            .map(Map.Entry::getKey)
            .toList();
    assertThat(uncommented).containsExactly("holdfast.database.password");
  }

  private static List<String> commentsOf(Map.Entry<String, ConfigValue> entry) {
    return entry.getValue().origin().comments();
  }

  private static Config reference() {
    return ConfigFactory.parseFile(REFERENCE.toFile());
  }

  private static final Pattern LIMIT_COUNTED = Pattern.compile("\\bLimits\\s*\\.(dropped|show)\\(");

  private static final Pattern LIMIT_NAMED =
      Pattern.compile("\\bLimits\\s*\\.(?:dropped|show)\\(\\s*meters,\\s*\"([^\"]+)\"");

  /** So that neither can be changed without the other. */
  @Test
  void readmeNamesExactlyTheLimitsThatAreCounted() throws IOException {
    assertThat(limitsInReadme()).hasSizeGreaterThan(10).doesNotHaveDuplicates();
    assertThat(new TreeSet<>(limitsInReadme())).isEqualTo(limitsInSources());
  }

  /** Behind the words that begin the list; what stands in brackets says what a limit is. */
  private static List<String> limitsInReadme() {
    var words = "All others are values of `limit` in `limit_dropped_total`:";
    var list = readme.substring(readme.indexOf(words) + words.length()).lines().findFirst();
    var names = list.orElseThrow().replaceAll("\\([^)]*\\)", "");
    return Pattern.compile("`([^`]+)`").matcher(names).results().map(it -> it.group(1)).toList();
  }

  /** As README writes those that each collection, or route, has. */
  private static TreeSet<String> limitsInSources() throws IOException {
    var limits = new TreeSet<String>();
    try (var files = Files.walk(Path.of("src", "main", "java"))) {
      for (var file : files.filter(it -> it.toString().endsWith(".java")).toList()) {
        var source = Files.readString(file);
        var named = LIMIT_NAMED.matcher(source).results().map(it -> it.group(1)).toList();
        assertThat(named)
            .as(file + ": a limit is counted under a literal name")
            .hasSize((int) LIMIT_COUNTED.matcher(source).results().count());
        named.stream()
            .map(it -> it.replace("documents.%s.", "documents.N."))
            .map(it -> it.replace("routes.%s.", "routes.R."))
            .forEach(limits::add);
      }
    }
    return limits;
  }
}
