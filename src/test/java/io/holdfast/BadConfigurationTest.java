package io.holdfast;

import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.ConfigFactory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the operator reads of a bad configuration is kept, word for word, beside it. */
class BadConfigurationTest {
  private static final Path FOLDER = Path.of("src", "test", "resources", "config");

  @ParameterizedTest
  @ValueSource(
      strings = {
        "values",
        "keys",
        "together",
        "unrouted",
        "stored",
        "syntax",
        "substitutions",
        "including",
        "including-nothing",
        "empty",
        "absent"
      })
  void everyFaultIsNamedAtOnce(String name) throws IOException {
    var told = faultsOf(FOLDER.resolve(name + ".conf"));
    assertThat(told).isEqualTo(Files.readString(FOLDER.resolve(name + ".expected")));
    assertThat(told).doesNotContain("sesame");
  }

  private static String faultsOf(Path file) {
    var result = HoldfastSettings.load(Optional.of(file), ConfigFactory.empty());
    var faults =
        result instanceof HoldfastSettings.Result.Refused refused ? refused.faults() : List.of();
    return faults.stream().map(fault -> fault + "\n").collect(Collectors.joining());
  }
}
