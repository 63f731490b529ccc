package io.holdfast.caching;

import static io.holdfast.caching.Given.request;
import static io.holdfast.caching.Given.response;
import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.caching.Purge.Group;
import io.holdfast.caching.Purge.Prefix;
import io.holdfast.caching.Purge.Route;
import io.holdfast.caching.Purge.Target;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** RFC 9111, section 4.4; RFC 9875; purges and generations. */
class InvalidationTest {
  private static final TargetUri B = TargetUri.of("http", "example.com", "/b");

  private static Set<String> paths(String method, int status, String fields) {
    return Invalidation.by(request(method, ""), response(status, fields)).targets().stream()
        .map(TargetUri::pathAndQuery)
        .collect(Collectors.toSet());
  }

  @ParameterizedTest
  @ValueSource(strings = {"POST", "PUT", "PATCH", "DELETE", "M-SEARCH", "get", "LOCK"})
  void section4_4UnsafeAndUnknownMethodsInvalidateTheTarget(String method) {
    for (int status : new int[] {200, 201, 204, 303, 304}) {
      assertThat(paths(method, status, "")).containsExactly("/a");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"POST", "PUT", "DELETE", "M-SEARCH"})
  void section4_4ErrorsInvalidateNothing(String method) {
    for (int status : new int[] {100, 400, 404, 412, 500, 503}) {
      assertThat(paths(method, status, "Location: /b")).isEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"GET", "HEAD", "OPTIONS", "TRACE", "QUERY", "PROPFIND"})
  void section4_4SafeMethodsInvalidateNothing(String method) {
    var head = response(200, "Location: /b | Cache-Group-Invalidation: \"g\"");
    assertThat(Invalidation.by(request(method, ""), head)).isEqualTo(Invalidation.NOTHING);
    assertThat(Invalidation.NOTHING.reachesNothing()).isTrue();
  }

  @ParameterizedTest(name = "{0}: {1}")
  @CsvSource({
    "http://example.com/b,          /b",
    "http://example.com:80/b,       /b",
    "HTTP://EXAMPLE.com/b,          /b",
    "//example.com/b,               /b",
    "/b,                            /b",
    "b,                             /b",
    "./b,                           /b",
    "x/../b,                        /b",
    "b?q=1,                         /b?q=1",
    "?q=1,                          /a?q=1",
    "/%7Eb,                         /~b",
    "http://example.com,            /",
    "/b#part,                       /b",
    "http://other.example.com/b,",
    "https://example.com/b,",
    "http://example.com:8080/b,",
    "//evil/b,",
    "mailto:a@example.com,",
    "http://[,",
    "'/a b',"
  })
  void section4_4LocationsOfTheSameOriginToo(String location, String path) {
    var expected = path == null ? Set.of("/a") : Set.of("/a", path);
    assertThat(paths("POST", 201, "Location: " + location)).isEqualTo(expected);
    assertThat(paths("PUT", 200, "Content-Location: " + location)).isEqualTo(expected);
  }

  @Test
  void section4_4BothLocations() {
    assertThat(paths("DELETE", 204, "Location: /b | Content-Location: /c"))
        .containsExactlyInAnyOrder("/a", "/b", "/c");
  }

  @ParameterizedTest(name = "{0}: {1}")
  @CsvSource(
      delimiter = ';',
      quoteCharacter = '#',
      value = {
        "\"a\";                          a",
        "\"a\", \"b c\";                 a,b c",
        "\"a\" | G: \"b\";               a,b",
        "a;                              ",
        "\"a\", b;                       ",
        "1;                              ",
        "(\"a\");                        ",
        "\"a;                            "
      })
  void rfc9875GroupsAreListsOfStrings(String value, String groups) {
    var expected = groups == null ? Set.of() : Set.of(groups.split(","));
    var stored = value.replace("G:", "Cache-Groups:");
    assertThat(CacheGroups.of(Given.fields("Cache-Groups: " + stored))).isEqualTo(expected);
    var invalidating = value.replace("G:", "Cache-Group-Invalidation:");
    assertThat(
            Invalidation.by(
                    request("POST", ""), response(200, "Cache-Group-Invalidation: " + invalidating))
                .groups())
        .isEqualTo(expected);
  }

  @Test
  void rfc9875ParametersAreIgnored() {
    assertThat(CacheGroups.of(Given.fields("Cache-Groups: \"a\";revalidate, \"b\";x=1")))
        .containsExactlyInAnyOrder("a", "b");
  }

  @Test
  void rfc9875GroupsHaveBounds() {
    var many = new StringBuilder("\"" + "x".repeat(300) + "\"");
    for (int i = 0; i < 1000; i++) {
      many.append(", \"").append(i).append('"');
    }
    assertThat(CacheGroups.of(Given.fields("Cache-Groups: " + many)))
        .hasSize(CacheGroups.GROUPS_MAX)
        .contains("0");
  }

  @Test
  void aPurgeReachesItsScope() {
    var any = TargetUri.of("http", TargetUri.ANY_HOST, "/b");
    var other = TargetUri.of("http", "other", "/b");
    assertThat(new Route("r").reaches("r", B, Set.of())).isTrue();
    assertThat(new Route("r").reaches("s", B, Set.of())).isFalse();
    assertThat(new Target(B).reaches("r", B, Set.of())).isTrue();
    assertThat(new Target(B).reaches("r", other, Set.of())).isFalse();
    assertThat(new Target(any).reaches("r", other, Set.of())).isTrue();
    assertThat(new Target(B).reaches("r", TargetUri.of("http", "example.com", "/b?c"), Set.of()))
        .isFalse();
    assertThat(new Prefix(any).reaches("r", TargetUri.of("http", "x", "/b/c?d"), Set.of()))
        .isTrue();
    assertThat(new Prefix(any).reaches("r", TargetUri.of("http", "x", "/a/b"), Set.of())).isFalse();
    assertThat(new Group("g", any).reaches("r", B, Set.of("g", "h"))).isTrue();
    assertThat(new Group("g", B).reaches("r", other, Set.of("g"))).isFalse();
    assertThat(new Group("g", any).reaches("r", B, Set.of("h"))).isFalse();
  }

  @Test
  void aFetchThatBeganBeforeAnInvalidationIsNotStored() {
    var began = Generation.FIRST;
    assertThat(began.holds(Generation.FIRST, List.of(), "r", B, Set.of())).isTrue();
    var today = Generation.FIRST.raised();
    assertThat(began.holds(today, List.of(), "r", B, Set.of())).isFalse();
    assertThat(today.holds(today, List.of(), "r", B, Set.of())).isTrue();
  }

  @Test
  void aFetchThatBeganBeforeAPurgeThatReachesItIsNotStored() {
    var purges =
        List.of(
            new Purge(4, new Route("s"), false),
            new Purge(5, new Group("g", TargetUri.of("http", TargetUri.ANY_HOST, "/")), true));
    var today = Generation.FIRST.knowing(5);
    assertThat(new Generation(0, 3).holds(today, purges, "r", B, Set.of("g"))).isFalse();
    assertThat(new Generation(0, 3).holds(today, purges, "s", B, Set.of())).isFalse();
    assertThat(new Generation(0, 3).holds(today, purges, "r", B, Set.of())).isTrue();
    assertThat(new Generation(0, 4).holds(today, purges, "s", B, Set.of())).isTrue();
    assertThat(today.holds(today, purges, "r", B, Set.of("g"))).isTrue();
    assertThat(today.knowing(3)).isEqualTo(today);
  }
}
