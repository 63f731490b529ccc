package io.holdfast;

import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import io.holdfast.route.Fallback;
import io.holdfast.route.Route;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A configuration file that changes while the node runs. */
class ReloadTest {
  private static final Config OVERRIDES =
      ConfigFactory.parseString(
          "holdfast.database { url = \"jdbc:h2:mem:none\", user = a, password = b }");

  @TempDir Path directory;
  private PublicPort port;
  private Reload reload;

  @BeforeEach
  void start() throws IOException {
    write(
        "upstreams.s { instances = [\"http://127.0.0.1:9001\"] }",
        "routes.s { path = \"/s\", upstream = s }");
    Supplier<HoldfastSettings.Result> read =
        () -> HoldfastSettings.load(Optional.of(directory.resolve("holdfast.conf")), OVERRIDES);
    var loaded = (HoldfastSettings.Result.Loaded) read.get();
    port = new PublicPort(loaded.settings(), ConfigFactory.load());
    reload = new Reload(loaded.settings(), read, port);
    reload.listen();
  }

  @AfterEach
  void close() {
    port.close();
  }

  private void write(String... lines) throws IOException {
    Files.writeString(
        directory.resolve("holdfast.conf"), "holdfast {\n" + String.join("\n", lines) + "\n}\n");
  }

  private Optional<String> upstreamOf(String path) {
    return port.routes().match(path).map(match -> match.route().upstream());
  }

  private String instances(String service) {
    return port.forwarded()
        .upstreams()
        .find(service)
        .orElseThrow()
        .settings()
        .instances()
        .toString();
  }

  @Test
  void servicesAndRoutesAreFollowedAndTheVersionTells() throws IOException {
    var before = port.followed().version();
    var kept = port.forwarded().upstreams().find("s").orElseThrow();
    write(
        "upstreams.s { instances = [\"http://127.0.0.1:9001\", \"http://127.0.0.1:9002\"] }",
        "upstreams.t { instances = [\"http://127.0.0.1:9003\"] }",
        "routes.s { path = \"/s\", upstream = s }",
        "routes.t { path = \"/s/t\", upstream = t }");
    reload.reload();
    assertThat(port.followed().faults()).isEmpty();
    assertThat(port.followed().reloads()).isEqualTo(1);
    assertThat(port.followed().version()).isNotEqualTo(before);
    assertThat(upstreamOf("/s/t/1")).contains("t");
    assertThat(instances("s")).contains("9001").contains("9002");
    assertThat(port.forwarded().upstreams().find("s")).containsSame(kept);

    write(
        "upstreams.t { instances = [\"http://127.0.0.1:9003\"] }",
        "routes.t { path = \"/t\", upstream = t }");
    reload.reload();
    assertThat(upstreamOf("/s")).isEmpty();
    assertThat(port.forwarded().upstreams().find("s")).isEmpty();
  }

  @Test
  void aFaultIsToldAndNothingChanges() throws IOException {
    var before = port.followed().version();
    write(
        "upstreams.s { instances = [\"nowhere\"], retries-max = 99 }",
        "routes.s { path = \"/s\", upstream = t }");
    reload.reload();
    assertThat(port.followed().faults())
        .hasSize(3)
        .anyMatch(it -> it.contains("is not a URL"))
        .anyMatch(it -> it.contains("holdfast.conf: 2: holdfast.upstreams.s.retries-max"))
        .anyMatch(it -> it.contains("there is no upstream t"));
    assertThat(port.followed().version()).isEqualTo(before);
    assertThat(upstreamOf("/s")).contains("s");
    assertThat(instances("s")).contains("9001");
    write(
        "upstreams.s { instances = [\"http://127.0.0.1:9001\"] }",
        "routes.s { path = \"/s\", upstream = s }");
    reload.reload();
    assertThat(port.followed().faults()).isEmpty();
    assertThat(port.followed().reloads()).isEqualTo(2);
  }

  @Test
  void aNewCollectionNeedsARestart() throws IOException {
    write("documents.notes {}", "routes.notes { path = \"/notes\", documents = notes }");
    reload.reload();
    assertThat(port.followed().faults()).singleElement().asString().contains("restart the nodes");
    assertThat(upstreamOf("/s")).contains("s");
  }

  private Route routeOf(String path) {
    return port.routes().match(path).orElseThrow().route();
  }

  private void writeRoute(String... keys) throws IOException {
    write(
        "upstreams.s { instances = [\"http://127.0.0.1:9001\"] }",
        "upstreams.t { instances = [\"http://127.0.0.1:9003\"] }",
        "routes.s { path = \"/s\", upstream = s }",
        String.join("\n", keys));
  }

  @Test
  void whatARouteStoresAndFallsBackOnIsFollowed() throws IOException {
    writeRoute();
    reload.reload();
    var before = port.followed().version();
    writeRoute("routes.s { cache { mode = off, content-max = 2KiB }, fallback.upstream = t }");
    reload.reload();
    assertThat(port.followed().faults()).isEmpty();
    assertThat(port.followed().version()).isNotEqualTo(before);
    assertThat(routeOf("/s").caching().on()).isFalse();
    assertThat(routeOf("/s").caching().contentBytesMax()).isEqualTo(2048);
    assertThat(routeOf("/s").fallback()).contains(new Fallback.Elsewhere("t"));
    assertThat(port.forwarded().upstreams().find("t")).isPresent();
  }

  @Test
  void longerContentThanMessagesHaveRoomForNeedsARestart() throws IOException {
    writeRoute("routes.s.cache.content-max = 1025KiB");
    reload.reload();
    assertThat(port.followed().faults())
        .singleElement()
        .asString()
        .startsWith("holdfast.routes.s.cache.content-max: ")
        .contains("restart the nodes");
    assertThat(routeOf("/s").caching().contentBytesMax()).isEqualTo(1024 * 1024);
    writeRoute("routes.s.cache.content-max = 1MiB");
    reload.reload();
    assertThat(port.followed().faults()).isEmpty();
  }

  /** Neither a fault nor another version: services and routes are as they were. */
  @Test
  void memoryForStoredResponsesIsLeftToARestart() throws IOException {
    writeRoute();
    reload.reload();
    var before = port.followed().version();
    writeRoute("cache { memory-max = 1GiB, copies-max = 0B, variants-max = 2 }");
    reload.reload();
    assertThat(port.followed().faults()).isEmpty();
    assertThat(port.followed().version()).isEqualTo(before);
    assertThat(port.forwarded().variantsMax()).isEqualTo(32);
  }
}
