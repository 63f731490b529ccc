package io.holdfast;

import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import io.holdfast.HoldfastSettings.Result.Loaded;
import io.holdfast.HoldfastSettings.Result.Refused;
import io.holdfast.cluster.ClusterSettings.CertainDeath;
import io.holdfast.cluster.SelfCheckSettings;
import io.holdfast.config.ConfigFault;
import io.holdfast.resource.DocumentsSettings;
import io.holdfast.route.Route;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HoldfastSettingsTest {
  private static final Config URL =
      ConfigFactory.parseString("holdfast.database.url = \"jdbc:h2:mem:x\"");

  @TempDir private Path folder;

  @Test
  void defaultsAreThoseOfTheInterface() {
    var settings = loaded("").settings();
    assertThat(settings.node().name()).isEqualTo("n1");
    assertThat(settings.node().host()).isEqualTo("127.0.0.1");
    assertThat(settings.node().httpPort()).isEqualTo(8081);
    assertThat(settings.node().adminPort()).isEqualTo(9081);
    assertThat(settings.node().remotingPort()).isEqualTo(7081);
    assertThat(settings.node().lifelinePort()).isEqualTo(6081);
    assertThat(settings.database().connectionsMax()).isEqualTo(4);
    assertThat(settings.http().headerBlockBytesMax()).isEqualTo(32 * 1024);
    assertThat(settings.http().uriBytesMax()).isEqualTo(8 * 1024);
    assertThat(settings.http().headerCountMax()).isEqualTo(128);
    assertThat(settings.http().requestHeadTimeout()).isEqualTo(Duration.ofSeconds(15));
    assertThat(settings.http().idleTimeout()).isEqualTo(Duration.ofSeconds(75));
    assertThat(settings.http().trustedProxies()).isEmpty();
    assertThat(settings.http().connectionsMax()).isEqualTo(10_000);
    assertThat(settings.http().inFlightMax()).isEqualTo(2000);
    assertThat(settings.http().heldMax()).isEqualTo(1000);
    assertThat(settings.admin().token()).isEmpty();
    assertThat(settings.cluster().name()).isEqualTo("holdfast");
    assertThat(settings.cluster().shards()).isEqualTo(64);
    assertThat(settings.cluster().certainDeath()).isEqualTo(CertainDeath.LOOPBACK);
    assertThat(settings.cluster().selfCheck())
        .isEqualTo(
            new SelfCheckSettings(
                Duration.ofSeconds(1), Duration.ofSeconds(3), Duration.ofSeconds(15)));
    assertThat(settings.guard().ttl()).isEqualTo(Duration.ofMillis(1500));
    assertThat(settings.guard().poll()).isEqualTo(Duration.ofMillis(300));
    assertThat(settings.documents())
        .containsOnlyKeys("docs")
        .containsValue(
            new DocumentsSettings(
                "docs", 256 * 1024, 64, false, 256L << 20, 64L << 20, Duration.ofMillis(200)));
    assertThat(settings.routes())
        .containsExactly(Route.toDocuments("docs", "/docs", "docs", Duration.ofSeconds(10), false));
  }

  @Test
  void aFileThatNamesCollectionsAndRoutesGetsNoneBesides() {
    var settings =
        loaded(
                """
                holdfast.documents { notes { depth-max = 5 }, orders {} }
                holdfast.routes { all { path = "/", documents = notes, deadline = 1s } }
                """)
            .settings();
    assertThat(settings.documents()).containsOnlyKeys("notes", "orders");
    assertThat(settings.documents().get("notes").depthMax()).isEqualTo(5);
    assertThat(settings.documents().get("notes").contentBytesMax()).isEqualTo(256 * 1024);
    assertThat(settings.documents().get("orders").depthMax()).isEqualTo(64);
    assertThat(settings.routes())
        .containsExactly(Route.toDocuments("all", "/", "notes", Duration.ofSeconds(1), false));
  }

  @Test
  void theUsualRouteIsThereWhileItsCollectionIs() {
    assertThat(loaded("holdfast.documents.docs.depth-max = 5").settings().routes())
        .extracting(Route::name)
        .containsExactly("docs");
    assertThat(refused("holdfast.documents.notes.depth-max = 5"))
        .extracting(ConfigFault::path)
        .containsExactly("holdfast.routes");
  }

  @Test
  void aRouteMayLeadToTheUsualCollectionWithoutNamingIt() {
    var settings =
        loaded("holdfast.routes.d { path = \"/d\", documents = docs, deadline = 20s }").settings();
    assertThat(settings.documents()).containsOnlyKeys("docs");
    assertThat(settings.routes()).extracting(Route::path).containsExactly("/d");
  }

  @Test
  void aSystemPropertyIsStrongerThanTheFile() throws IOException {
    var file = folder.resolve("a.conf");
    Files.writeString(file, "holdfast.node { name = from-file, http-port = 1111 }");
    var overrides = ConfigFactory.parseString("holdfast.node.name = overridden").withFallback(URL);
    var settings = ((Loaded) HoldfastSettings.load(Optional.of(file), overrides)).settings();
    assertThat(settings.node().name()).isEqualTo("overridden");
    assertThat(settings.node().httpPort()).isEqualTo(1111);
  }

  @Test
  void theConfigurationHasPekkosSectionAndTheOperatorsIsStronger() {
    var config = loaded("pekko.loglevel = ERROR").config();
    assertThat(config.getString("pekko.loglevel")).isEqualTo("ERROR");
    assertThat(config.getString("pekko.actor.provider")).isEqualTo("cluster");
    assertThat(config.getString("holdfast.documents.docs.content-max")).isEqualTo("256KiB");
  }

  @Test
  void secretsAreNotPrinted() {
    var loaded =
        loaded(
            """
            holdfast.database.password = sesame
            holdfast.admin.token = sesame
            holdfast.database.url = "jdbc:postgresql://joe:sesame@h/x?user=joe&password=sesame&ssl=on"
            """);
    assertThat(loaded.settings().database().password()).isEqualTo("sesame");
    assertThat(loaded.effective()).noneMatch(line -> line.contains("sesame"));
    assertThat(loaded.settings().toString()).doesNotContain("sesame");
    assertThat(loaded.effective())
        .anyMatch(
            line ->
                line.startsWith(
                    "holdfast.database.url ="
                        + " \"jdbc:postgresql://***@h/x?user=joe&password=***&ssl=on\""));
  }

  @ParameterizedTest
  @CsvSource({
    "127.0.0.1, '',  true",
    "127.9.9.9, '',  true",
    "localhost, '',  true",
    "::1,       '',  true",
    "10.0.0.7,  '',  false",
    "10.0.0.7,  abc, true",
    "fe80::1,   '',  false",
    "node7,     '',  false",
    "node7,     abc, true"
  })
  void theAdminPortIsOpenOnlyOnLoopback(String host, String token, boolean good) {
    var result =
        load("holdfast { node.host = \"%s\", admin.token = \"%s\" }".formatted(host, token));
    assertThat(result instanceof Loaded).isEqualTo(good);
  }

  @ParameterizedTest
  @CsvSource({
    "601ms, 300ms, true",
    "600ms, 300ms, false",
    "500ms, 300ms, false",
    "200ms, 20ms,  true"
  })
  void theGuardOutlivesTwoPolls(String ttl, String poll, boolean good) {
    var result = load("holdfast.cluster { guard-ttl = %s, guard-poll = %s }".formatted(ttl, poll));
    assertThat(result instanceof Loaded).isEqualTo(good);
  }

  @ParameterizedTest
  @CsvSource({
    "1s, 3s, 8001ms, true",
    "1s, 3s, 8s, false",
    "1s, 10s, 15s, false",
    "100ms, 200ms, 1s, true"
  })
  void aNodeAsksItselfSeveralTimesBeforeItLeaves(
      String interval, String timeout, String leaveAfter, boolean good) {
    var result =
        load(
            "holdfast.cluster.self-check { interval = %s, timeout = %s, leave-after = %s }"
                .formatted(interval, timeout, leaveAfter));
    assertThat(result instanceof Loaded).isEqualTo(good);
  }

  @ParameterizedTest
  @ValueSource(strings = {"1B", "960KiB", "983040B", "0.5MiB", "900kB"})
  void contentUpToWhatTheDatabaseTakesIsAllowed(String size) {
    assertThat(load("holdfast.documents.docs.content-max = " + size)).isInstanceOf(Loaded.class);
  }

  @ParameterizedTest
  @ValueSource(strings = {"0B", "983041B", "1MiB", "0.5B x", "-1B"})
  void otherContentSizesAreRefused(String size) {
    assertThat(load("holdfast.documents.docs.content-max = \"%s\"".formatted(size)))
        .isInstanceOf(Refused.class);
  }

  @ParameterizedTest
  @ValueSource(strings = {"/", "/docs", "/a/b-c/~d", "/a.b", "/..a", "/$"})
  void pathsOfWholeSegmentsAreAllowed(String path) {
    assertThat(load(routed(path))).isInstanceOf(Loaded.class);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "docs", "/docs/", "//", "/a//b", "/./a", "/a/..", "/a?b", "/a%20", "/ä"})
  void otherPathsAreRefused(String path) {
    assertThat(load(routed(path))).isInstanceOf(Refused.class);
  }

  @ParameterizedTest
  @ValueSource(strings = {"/operations", "/operations/x"})
  void noRouteHasAPathOfOperations(String path) {
    var refused = (Refused) load(routed(path));
    assertThat(refused.faults().toString())
        .contains(
            "routes.r.path", "for the operations of the cluster; give the route another path");
    assertThat(load(routed("/operationsx"))).isInstanceOf(Loaded.class);
  }

  private static String routed(String path) {
    return "holdfast.routes.r { path = \"%s\", documents = docs }".formatted(path);
  }

  private static HoldfastSettings.Result load(String text) {
    return HoldfastSettings.load(
        Optional.empty(), ConfigFactory.parseString(text).withFallback(URL));
  }

  private static Loaded loaded(String text) {
    assertThat(load(text)).isInstanceOf(Loaded.class);
    return (Loaded) load(text);
  }

  private static java.util.List<ConfigFault> refused(String text) {
    assertThat(load(text)).isInstanceOf(Refused.class);
    return ((Refused) load(text)).faults();
  }
}
