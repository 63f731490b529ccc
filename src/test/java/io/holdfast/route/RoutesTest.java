package io.holdfast.route;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RoutesTest {
  private static final Routes ROUTES = routes("/docs", "/docs/archive", "/");

  @ParameterizedTest(name = "{0}: route {1}, remainder {2}")
  @CsvSource({
    "/docs,             /docs,         ''",
    "/docs/,            /docs,         /",
    "/docs/a,           /docs,         /a",
    "/docs/a/b,         /docs,         /a/b",
    "/docs/archive,     /docs/archive, ''",
    "/docs/archive/7,   /docs/archive, /7",
    "/docs/archived,    /docs,         /archived",
    "/docsearch,        /,             /docsearch",
    "/DOCS,             /,             /DOCS",
    "/doc,              /,             /doc",
    "/%64ocs/a,         /,             /%64ocs/a",
    "/,                 /,             /"
  })
  void theLongestPrefixOnSegmentBordersTakesThePath(String path, String route, String remainder) {
    var match = ROUTES.match(path).orElseThrow();
    assertThat(match.route().path()).isEqualTo(route);
    assertThat(match.remainder()).isEqualTo(remainder);
  }

  @ParameterizedTest
  @CsvSource({"/", "/doc", "/docsearch", "/x/docs", "*", "docs", "''"})
  void aPathThatNoRouteTakesHasNone(String path) {
    assertThat(routes("/docs").match(path)).isEqualTo(Optional.empty());
  }

  @Test
  void theOrderOfTheRoutesDoesNotMatter() {
    var reversed = routes("/", "/docs/archive", "/docs");
    assertThat(reversed.match("/docs/archive/1")).isEqualTo(ROUTES.match("/docs/archive/1"));
  }

  @Test
  void withoutRoutesNothingMatches() {
    assertThat(new Routes(List.of()).match("/")).isEmpty();
  }

  private static Routes routes(String... paths) {
    return new Routes(
        Stream.of(paths)
            .map(path -> Route.toDocuments("r", path, "docs", Duration.ofSeconds(1), false))
            .toList());
  }
}
