package io.holdfast;

import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.ConfigFactory;
import io.holdfast.HoldfastSettings.Result.Loaded;
import io.holdfast.HoldfastSettings.Result.Refused;
import io.holdfast.config.ConfigFault;
import io.holdfast.resource.CacheMemorySettings;
import io.holdfast.route.Fallback;
import io.holdfast.route.Route;
import io.holdfast.route.RouteCaching;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the configuration says of stored responses, and of what is left when a service fails. */
class StoredResponseSettingsTest {
  private static final int KIB = 1024;
  private static final int MIB = 1024 * KIB;

  /** Beside content: what a field section takes, and what is said of both. */
  private static final int FRAME_REST = 32 * KIB + 64 * KIB;

  @Test
  void defaultsAreThoseOfTheInterface() {
    var settings = loaded("").settings();
    assertThat(settings.cache())
        .isEqualTo(new CacheMemorySettings(256L * MIB, 64L * MIB, 32, 256L * MIB));
    assertThat(route(settings).caching())
        .isEqualTo(new RouteCaching(true, false, Duration.ofHours(1), Duration.ZERO, MIB, false));
    assertThat(route(settings).fallback()).isEmpty();
  }

  @Test
  void eachKeyOfARouteIsRead() {
    var settings =
        loaded(
                """
                holdfast.routes.r.cache {
                  mode = off, host = ignored, stale-if-error = 2d, stale-while-revalidate = 30s
                  content-max = 8MiB
                }
                """)
            .settings();
    assertThat(route(settings).caching())
        .isEqualTo(
            new RouteCaching(
                false, true, Duration.ofDays(2), Duration.ofSeconds(30), 8 * MIB, false));
  }

  @Test
  void eachKeyOfANodesMemoryIsRead() {
    var settings =
        loaded(
                "holdfast.cache { memory-max = 1GiB, copies-max = 0B, variants-max = 1, warm-max = 64MiB }")
            .settings();
    assertThat(settings.cache()).isEqualTo(new CacheMemorySettings(1024L * MIB, 0, 1, 64L * MIB));
  }

  @Test
  void whatIsNotStoredCannotBeKept() {
    assertThat(route(loaded("holdfast.routes.r.cache.warm = true").settings()).caching().warm())
        .isTrue();
    assertThat(refused("holdfast.routes.r.cache { mode = off, warm = true }"))
        .singleElement()
        .satisfies(
            it -> {
              assertThat(it.path()).isEqualTo("holdfast.routes.r.cache.warm");
              assertThat(it.toString()).contains("set mode = on");
            });
    assertThat(refused("holdfast.cache.warm-max = 1KiB"))
        .extracting(ConfigFault::path)
        .containsExactly("holdfast.cache.warm-max");
  }

  @Test
  void nothingIsStoredOfDocuments() {
    var settings = loaded("").settings();
    assertThat(settings.routes())
        .filteredOn(it -> !it.isForwarded())
        .singleElement()
        .satisfies(it -> assertThat(it.caching().on()).isFalse());
  }

  @ParameterizedTest
  @ValueSource(strings = {"cache.mode = on", "cache.content-max = 1MiB", "cache.host = received"})
  void aRouteToDocumentsHasNoCacheNotEvenTheDefault(String key) {
    assertThat(refused("holdfast.routes.docs." + key))
        .extracting(ConfigFault::path)
        .containsExactly("holdfast.routes.docs.cache");
  }

  @Test
  void aFallbackIsAnAnswerThatIsAlwaysTheSame() {
    assertThat(fallback("{ status = 503, content-type = \"application/json\", content = \"[]\" }"))
        .contains(new Fallback.Fixed(503, "application/json", "[]"));
    assertThat(fallback("{ content = sorry }"))
        .contains(new Fallback.Fixed(200, "text/plain", "sorry"));
    assertThat(fallback("{ status = 304 }")).contains(new Fallback.Fixed(304, "text/plain", ""));
  }

  @Test
  void aFallbackIsAnotherServiceThatNoRouteNeedLeadTo() {
    assertThat(fallback("{ upstream = spare }")).contains(new Fallback.Elsewhere("spare"));
  }

  @ParameterizedTest
  @CsvSource({"200, true", "599, true", "199, false", "600, false"})
  void theStatusOfAFallbackIsThatOfAFinalAnswer(int status, boolean good) {
    var result = load("holdfast.routes.r.fallback.status = " + status);
    assertThat(result instanceof Loaded).isEqualTo(good);
  }

  @ParameterizedTest
  @ValueSource(ints = {204, 205, 304})
  void aStatusWithoutContentHasNone(int status) {
    assertThat(refused("holdfast.routes.r.fallback { status = %d, content = a }".formatted(status)))
        .extracting(ConfigFault::path)
        .containsExactly("holdfast.routes.r.fallback.content");
  }

  /** An umlaut has two bytes. */
  @ParameterizedTest
  @CsvSource({"a, 65536, true", "a, 65537, false", "ä, 32768, true", "ä, 32769, false"})
  void theContentOfAFallbackIsCountedInBytes(String letter, int letters, boolean good) {
    var content = letter.repeat(letters);
    var result = load("holdfast.routes.r.fallback.content = \"%s\"".formatted(content));
    assertThat(result instanceof Loaded).isEqualTo(good);
  }

  @Test
  void effectiveValuesTellWhatIsStored() {
    var effective = loaded("holdfast.routes.r.fallback.upstream = spare").effective();
    assertThat(effective)
        .contains("holdfast.cache.memory-max = \"256MiB\"")
        .contains("holdfast.routes.r.cache.stale-if-error = \"1h\"")
        .anyMatch(line -> line.startsWith("holdfast.routes.r.fallback.upstream = \"spare\""));
  }

  @ParameterizedTest
  @CsvSource({"1KiB, 1024", "1MiB, 1024", "3MiB, 3072", "8MiB, 8192"})
  void messagesBetweenNodesHaveRoomForTheLongestContentAndForTheUsualInAnyCase(
      String contentMax, int roomKib) {
    var settings = loaded("holdfast.routes.r.cache.content-max = " + contentMax).settings();
    assertThat(Life.frameBytes(settings)).isEqualTo(roomKib * KIB + FRAME_REST);
  }

  private static Route route(HoldfastSettings settings) {
    return settings.routes().stream().filter(it -> it.name().equals("r")).findFirst().orElseThrow();
  }

  private static Optional<Fallback> fallback(String section) {
    return route(loaded("holdfast.routes.r.fallback = " + section).settings()).fallback();
  }

  /** A route to a service, one to documents, and a service that no route leads to. */
  private static HoldfastSettings.Result load(String text) {
    var plain =
        ConfigFactory.parseString(
            """
            holdfast {
              database.url = "jdbc:h2:mem:x"
              upstreams.s.instances = ["http://127.0.0.1:9001"]
              upstreams.spare.instances = ["http://127.0.0.1:9002"]
              routes.r { path = "/r", upstream = s }
              routes.docs { path = "/docs", documents = docs }
            }
            """);
    return HoldfastSettings.load(
        Optional.empty(), ConfigFactory.parseString(text).withFallback(plain));
  }

  private static Loaded loaded(String text) {
    assertThat(load(text)).isInstanceOf(Loaded.class);
    return (Loaded) load(text);
  }

  private static List<ConfigFault> refused(String text) {
    assertThat(load(text)).isInstanceOf(Refused.class);
    return ((Refused) load(text)).faults();
  }
}
