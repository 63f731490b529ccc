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
}
