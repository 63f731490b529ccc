package io.holdfast.tools;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigParseOptions;
import com.typesafe.config.ConfigResolveOptions;
import java.nio.file.Path;
import java.util.Optional;

/**
 * The little that the commands need to know of an operator's configuration. Checking it is the
 * node's business: what cannot be read here has its default.
 *
 * @param host where the nodes listen
 * @param adminToken empty: none is needed
 * @param databaseUrl empty: the embedded one
 * @param documentsPath the path of a collection to try; empty: there is none
 */
public record OperatorFile(
    String host,
    String adminToken,
    String databaseUrl,
    String databaseUser,
    String databasePassword,
    String documentsPath) {

  /** What the file says; what it does not say, or cannot be read in it, has its default. */
  public static OperatorFile read(Optional<Path> file) {
    return of(file.map(OperatorFile::parse).orElseGet(ConfigFactory::empty));
  }

  boolean usesEmbeddedDatabase() {
    return databaseUrl.isEmpty();
  }

  /** {@code h2}, {@code postgresql}, as the URL says. */
  public String databaseKind() {
    var parts = databaseUrl.split(":", 3);
    return usesEmbeddedDatabase() || parts.length < 3 ? "h2" : parts[1];
  }

  /** The database's URL without the credentials that it may hold. */
  String databaseUrlShown() {
    return databaseUrl
        .replaceAll("(?i)(password=)[^&;]*", "$1***")
        .replaceAll("//[^/@]*@", "//***@");
  }

  @Override
  public String toString() {
    return "OperatorFile[host=" + host + ", database=" + databaseUrlShown() + "]";
  }

  private static OperatorFile of(Config config) {
    return new OperatorFile(
        text(config, "holdfast.node.host", "127.0.0.1"),
        text(config, "holdfast.admin.token", ""),
        text(config, "holdfast.database.url", ""),
        text(config, "holdfast.database.user", ""),
        text(config, "holdfast.database.password", ""),
        documentsPath(config));
  }

  private static Config parse(Path file) {
    try {
      return ConfigFactory.parseFile(
              file.toFile(), ConfigParseOptions.defaults().setAllowMissing(true))
          .resolve(ConfigResolveOptions.defaults().setAllowUnresolved(true));
    } catch (ConfigException e) {
      return ConfigFactory.empty();
    }
  }

  private static String documentsPath(Config config) {
    try {
      if (!config.hasPath("holdfast.routes")) {
        return "/docs";
      }
      var routes = config.getObject("holdfast.routes").values().stream();
      return routes
          .map(value -> value.atKey("route"))
          .filter(route -> route.hasPath("route.documents"))
          .map(route -> text(route, "route.path", ""))
          .min(String::compareTo)
          .orElse("");
    } catch (ConfigException e) {
      return "";
    }
  }

  private static String text(Config config, String path, String otherwise) {
    try {
      return config.hasPath(path) ? config.getString(path) : otherwise;
    } catch (ConfigException e) {
      return otherwise;
    }
  }
}
