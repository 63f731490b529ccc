package io.holdfast;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.admin.ResourceView.Malformed;
import io.holdfast.admin.ResourceView.Nothing;
import io.holdfast.admin.ResourceView.OfDocument;
import io.holdfast.database.Slots;
import io.holdfast.resource.StoredTargets;
import io.holdfast.route.Route;
import io.holdfast.route.Routes;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a path names. */
class ResourcesTest {
  private static final Slots SLOTS = new Slots(16);

  private final Resources resources =
      new Resources(
          () ->
              new Routes(
                  List.of(Route.toDocuments("d", "/docs", "docs", Duration.ofSeconds(1), false))),
          SLOTS,
          Optional::empty,
          slot -> false,
          new StoredTargets(1 << 20),
          null,
          () -> Instant.EPOCH);

  @ParameterizedTest
  @CsvSource({
    "/docs/a, a",
    "/docs/%61, a",
    "/docs/a?x=%2F, a",
    "http://127.0.0.1:8081/docs/a, a",
    "/docs/%7E.b, ~.b"
  })
  void aDocumentIsNamedAsInARequest(String path, String id) {
    var shard = SLOTS.shardOf("docs/" + id);
    assertThat(resources.named(path)).isEqualTo(new OfDocument("d", "docs", id, shard));
  }

  @ParameterizedTest
  @ValueSource(strings = {"/", "/docsa", "/other/a", "/docs", "/docs/", "/docs?x=1"})
  void whatIsNoResourceIsNotThere(String path) {
    assertThat(resources.named(path)).isInstanceOf(Nothing.class);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "docs/a",
        "/docs/a b",
        "/docs/a#b",
        "/docs/<b>",
        "/docs/a/b",
        "/docs/%2F",
        "/docs/%zz",
        "/docs/..",
        "/docs/é",
        "ftp://h/docs/a",
        "http:///docs/a",
        "/docs/a\u0000"
      })
  void whatCannotNameAnythingIsRefused(String path) {
    assertThat(resources.named(path)).isInstanceOf(Malformed.class);
  }

  @Test
  void whatIsTooLongIsRefused() {
    assertThat(resources.named("/docs/a?" + "x".repeat(9000))).isInstanceOf(Malformed.class);
    assertThat(resources.named("/docs/" + "x".repeat(129))).isInstanceOf(Malformed.class);
  }

  /** As long as a path may be, it must not take the stack of whoever looks at it. */
  @ParameterizedTest
  @ValueSource(strings = {"x", "%41", "x%41"})
  void whatIsNearlyTooLongIsLookedAt(String part) {
    var query = part.repeat(8000 / part.length());
    assertThat(resources.named("/docs/a?" + query)).isInstanceOf(OfDocument.class);
    assertThat(resources.named("/docs/a?" + query + "%4")).isInstanceOf(Malformed.class);
  }

  @Test
  void aNodeThatIsNoMemberYetHasNothing() {
    assertThat(resources.here("/docs/a")).isEmpty();
    assertThat(resources.here("nonsense")).isEmpty();
  }
}
