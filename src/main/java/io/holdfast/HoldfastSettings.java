package io.holdfast;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigUtil;
import com.typesafe.config.ConfigValueFactory;
import io.holdfast.admin.AdminSettings;
import io.holdfast.cluster.ClusterSettings;
import io.holdfast.config.ConfigFault;
import io.holdfast.config.ConfigFaults;
import io.holdfast.config.ConfigLayers;
import io.holdfast.config.ConfigReader;
import io.holdfast.config.EffectiveValues;
import io.holdfast.config.LogSettings;
import io.holdfast.config.NodeSettings;
import io.holdfast.config.TracingSettings;
import io.holdfast.database.DatabaseSettings;
import io.holdfast.edge.HttpSettings;
import io.holdfast.operation.OperationsSettings;
import io.holdfast.ownership.GuardSettings;
import io.holdfast.resource.CacheMemorySettings;
import io.holdfast.resource.DocumentsSettings;
import io.holdfast.route.Fallback;
import io.holdfast.route.OperationPath;
import io.holdfast.route.Route;
import io.holdfast.upstream.UpstreamSettings;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Every setting of a node, checked.
 *
 * @param documents by the collection's name
 */
public record HoldfastSettings(
    NodeSettings node,
    LogSettings log,
    DatabaseSettings database,
    HttpSettings http,
    AdminSettings admin,
    ClusterSettings cluster,
    GuardSettings guard,
    CacheMemorySettings cache,
    OperationsSettings operations,
    TracingSettings tracing,
    Map<String, DocumentsSettings> documents,
    List<UpstreamSettings> upstreams,
    List<Route> routes) {
  private static final String ROOT = "holdfast";
  private static final String PEKKO = "holdfast-pekko.conf";
  private static final String DOCUMENTS = "holdfast.documents";
  private static final String UPSTREAMS = "holdfast.upstreams";
  private static final String SERVICE = "service";
  private static final String ROUTES = "holdfast.routes";
  private static final String DOCS = "docs";

  /** What became of a configuration. */
  public sealed interface Result {
    /**
     * It is good.
     *
     * @param config all of it, Pekko's section included
     * @param effective the values under {@code holdfast}, one a line, secrets masked
     */
    record Loaded(HoldfastSettings settings, Config config, List<String> effective)
        implements Result {}

    /** It is not: every fault, ordered by file and line. */
    record Refused(List<ConfigFault> faults) implements Result {}
  }

  /**
   * Loads the layers and checks them.
   *
   * @param file the operator's, if there is one
   * @param overrides stronger than the file
   */
  public static Result load(Optional<Path> file, Config overrides) {
    var faults = new ConfigFaults(file.map(Path::toString).orElse(""));
    var operator = overrides.withFallback(ConfigLayers.file(file, faults));
    var reference = ConfigFactory.defaultReferenceUnresolved();
    if (!faults.isEmpty()) {
      return new Result.Refused(faults.list());
    }
    var config = ConfigLayers.resolve(operator.withFallback(plain(reference)), faults);
    config = withCollections(config, reference);
    ConfigLayers.checkTopLevel(operator, faults, ROOT, "pekko");
    var reader = ConfigReader.of(config, ROOT, faults);
    var settings = read(reader);
    reader.finish();
    return faults.isEmpty()
        ? withPekko(settings, operator, reference, reader, faults)
        : new Result.Refused(faults.list());
  }

  private static Result withPekko(
      HoldfastSettings settings,
      Config operator,
      Config reference,
      ConfigReader reader,
      ConfigFaults faults) {
    var pekko = ConfigFactory.parseResources(HoldfastSettings.class.getClassLoader(), PEKKO);
    var layers = operator.withFallback(pekko).withFallback(plain(reference));
    var config = withCollections(ConfigLayers.resolve(layers, faults), reference);
    if (!faults.isEmpty()) {
      return new Result.Refused(faults.list());
    }
    return new Result.Loaded(settings, config, EffectiveValues.of(config, ROOT, reader.secrets()));
  }

  private static HoldfastSettings read(ConfigReader holdfast) {
    var node = NodeSettings.read(holdfast.section("node"));
    var documents = new LinkedHashMap<String, DocumentsSettings>();
    holdfast
        .section("documents")
        .named()
        .forEach((name, section) -> documents.put(name, DocumentsSettings.read(name, section)));
    var upstreams =
        holdfast.section("upstreams").named().entrySet().stream()
            .map(e -> UpstreamSettings.read(e.getKey(), e.getValue()))
            .toList();
    var sections = holdfast.section("routes").named();
    var settings =
        new HoldfastSettings(
            node,
            LogSettings.read(holdfast.section("log")),
            DatabaseSettings.read(holdfast.section("database")),
            HttpSettings.read(holdfast.section("http")),
            AdminSettings.read(holdfast.section("admin"), node),
            ClusterSettings.read(holdfast.section("cluster")),
            GuardSettings.read(holdfast.section("cluster")),
            CacheMemorySettings.read(holdfast.section("cache")),
            OperationsSettings.read(holdfast.section("operations")),
            TracingSettings.read(holdfast.section("tracing")),
            documents,
            upstreams,
            sections.entrySet().stream().map(e -> Route.read(e.getKey(), e.getValue())).toList());
    settings.checkRoutes(holdfast, sections);
    return settings;
  }

  HoldfastSettings withServices(List<UpstreamSettings> services, List<Route> ways) {
    return new HoldfastSettings(
        node,
        log,
        database,
        http,
        admin,
        cluster,
        guard,
        cache,
        operations,
        tracing,
        documents,
        services,
        ways);
  }

  private void checkRoutes(ConfigReader holdfast, Map<String, ConfigReader> sections) {
    holdfast.require(
        !routes.isEmpty() || !holdfast.good("routes"),
        "routes",
        "no route leads to a collection; add routes { %1$s { path = \"/%1$s\", documents = %1$s } }"
            .formatted(documents.keySet().stream().findFirst().orElse(DOCS)));
    var first = new HashMap<String, String>();
    for (var route : routes) {
      var section = sections.get(route.name());
      if (route.isForwarded()) {
        checkUpstream(route.upstream(), section);
        if (route.fallback().orElse(null) instanceof Fallback.Elsewhere elsewhere) {
          checkFallback(route, elsewhere, section.section("fallback"));
        }
      } else if (section.good("documents")) {
        checkCollection(route, section);
      }
      section.require(
          !section.good("path") || !OperationPath.takes(route.path()),
          "path",
          "\"%s\" is for the operations of the cluster; give the route another path"
              .formatted(route.path()));
      var other = section.good("path") ? first.putIfAbsent(route.path(), route.name()) : null;
      section.require(
          other == null,
          "path",
          "\"%s\" is the path of route %s already; give each its own"
              .formatted(route.path(), other));
    }
  }

  private void checkFallback(Route route, Fallback.Elsewhere elsewhere, ConfigReader section) {
    checkUpstream(elsewhere.upstream(), section);
    section.require(
        !section.good("upstream") || !elsewhere.upstream().equals(route.upstream()),
        "upstream",
        "is the service that would have failed; name another one");
  }

  private void checkUpstream(String upstream, ConfigReader section) {
    var names = upstreams.stream().map(UpstreamSettings::name).toList();
    section.require(
        !section.good("upstream") || names.contains(upstream),
        "upstream",
        names.isEmpty()
            ? "there is no upstream %1$s; add upstreams { %1$s { instances = [\"http://host:port\"] } }"
                .formatted(upstream)
            : "there is no upstream %s; add it, or name one of: %s"
                .formatted(upstream, String.join(", ", names)));
  }

  /**
   * By what the cluster calls itself in {@code Via}: the same on all its nodes, and another for
   * another cluster, so that a request that comes back is told from one that came through another.
   */
  String proxyName() {
    var name = cluster.name().replaceAll("[^A-Za-z0-9.-]", "-");
    return name + "-" + Integer.toHexString(database.url().hashCode());
  }

  private void checkCollection(Route route, ConfigReader section) {
    var collection = documents.get(route.collection());
    section.require(
        collection != null,
        "documents",
        "there is no collection %s; add documents { %1$s {} }, or name one of: %s"
            .formatted(route.collection(), String.join(", ", documents.keySet())));
    section.require(
        collection == null
            || !section.good("deadline")
            || collection.staleAfter().compareTo(route.deadline()) < 0,
        "deadline",
        "must be more than stale-after of the collection; raise it, or lower that");
  }

  /** The reference without the collection and the route that are patterns. */
  private static Config plain(Config reference) {
    return reference.withoutPath(DOCUMENTS).withoutPath(UPSTREAMS).withoutPath(ROUTES);
  }

  private static Config withCollections(Config config, Config reference) {
    var withServices =
        hasEntries(config, UPSTREAMS)
            ? patterned(config, UPSTREAMS, reference.getConfig(UPSTREAMS), SERVICE, List.of())
            : config.withFallback(ConfigValueFactory.fromMap(Map.of()).atPath(UPSTREAMS));
    var documents =
        patterned(withServices, DOCUMENTS, reference.getConfig(DOCUMENTS), DOCS, List.of());
    return hasEntries(config, ROUTES) || documents.hasPath(DOCUMENTS + "." + DOCS)
        ? patterned(
            documents, ROUTES, reference.getConfig(ROUTES), DOCS, List.of("path", "documents"))
        : documents.withFallback(ConfigValueFactory.fromMap(Map.of()).atPath(ROUTES));
  }

  /**
   * Gives each entry of a section what it leaves out; without entries, the pattern is the entry.
   */
  private static Config patterned(
      Config config, String path, Config patterns, String nameOfPattern, List<String> ownKeys) {
    if (!hasEntries(config, path)) {
      return isSection(config, path) ? config.withFallback(patterns.atPath(path)) : config;
    }
    var pattern = patterns.getConfig(nameOfPattern);
    for (var key : ownKeys) {
      pattern = pattern.withoutPath(key);
    }
    for (var name : config.getObject(path).keySet()) {
      config = config.withFallback(pattern.atPath(path + "." + ConfigUtil.joinPath(name)));
    }
    return config;
  }

  private static boolean isSection(Config config, String path) {
    return !config.hasPathOrNull(path) || config.getValue(path) instanceof ConfigObject;
  }

  private static boolean hasEntries(Config config, String path) {
    return config.hasPath(path) && isSection(config, path) && !config.getObject(path).isEmpty();
  }
}
