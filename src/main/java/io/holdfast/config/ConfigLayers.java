package io.holdfast.config;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigParseOptions;
import com.typesafe.config.ConfigResolveOptions;
import com.typesafe.config.ConfigResolver;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;

/** The layers that a configuration is made of: read, and resolved, with every fault in one line. */
public final class ConfigLayers {
  private static final Pattern SUBSTITUTION = Pattern.compile("\\$\\{\\??([^}]+)}");
  private static final String ADVICE_ABOUT_FILE_NAMES = ", or you may be able to rename the file";

  private ConfigLayers() {}

  /** The operator's file with what it includes; empty without one. */
  public static Config file(Optional<Path> file, ConfigFaults faults) {
    if (file.isEmpty()) {
      return ConfigFactory.empty();
    }
    var name = file.get().toString();
    if (!Files.isRegularFile(file.get()) || !Files.isReadable(file.get())) {
      faults.add(name, 0, "cannot be read; give --config a file that exists and is readable");
      return ConfigFactory.empty();
    }
    try {
      return ConfigFactory.parseFile(
          file.get().toFile(), ConfigParseOptions.defaults().setAllowMissing(false));
    } catch (ConfigException e) {
      addSyntax(e, name, faults);
      return ConfigFactory.empty();
    }
  }

  /** The system properties that begin with a prefix, but for some that are no configuration. */
  public static Config systemProperties(
      Properties properties, String prefix, Set<String> otherwiseUsed) {
    var chosen = new Properties();
    for (var name : properties.stringPropertyNames()) {
      if (name.startsWith(prefix) && !otherwiseUsed.contains(name)) {
        chosen.setProperty(name, properties.getProperty(name));
      }
    }
    return ConfigFactory.parseProperties(
        chosen, ConfigParseOptions.defaults().setOriginDescription("system property"));
  }

  /** Resolves substitutions; each that cannot be is a fault, and its key reads as a stand-in. */
  public static Config resolve(Config layers, ConfigFaults faults) {
    var missing = new TreeSet<String>();
    while (true) {
      try {
        return layers.resolve(
            ConfigResolveOptions.defaults().appendResolver(new StandIns(missing)));
      } catch (ConfigException.UnresolvedSubstitution e) {
        var found = SUBSTITUTION.matcher(e.getMessage());
        var isNew = found.find() && missing.add(found.group(1));
        addUnresolved(e, isNew ? found.group(1) : "", faults);
        if (!isNew) {
          return ConfigFactory.empty();
        }
      }
    }
  }

  /** A key beside the known ones at the top that looks like a mistyped one of them is a fault. */
  public static void checkTopLevel(Config operator, ConfigFaults faults, String... known) {
    operator
        .root()
        .forEach(
            (key, value) ->
                Arrays.stream(known)
                    .filter(word -> !word.equals(key) && Nearest.isTypo(key, word))
                    .findFirst()
                    .ifPresent(
                        word ->
                            faults.add(
                                value, key, "unknown key; the nearest known one is " + word)));
  }

  private static void addSyntax(ConfigException e, String file, ConfigFaults faults) {
    if (e instanceof ConfigException.IO) {
      var included = e.getMessage().split(": ", 2)[0];
      faults.add(file, 0, "cannot include %s; name a file that exists".formatted(included));
      return;
    }
    var text = e.getMessage().replaceAll("\\s+", " ");
    var advice = text.indexOf(ADVICE_ABOUT_FILE_NAMES);
    var reason = advice < 0 ? text : text.substring(0, advice) + ")";
    var place = ConfigFaults.placeOf(e.origin());
    var cut = reason.startsWith(place.text() + ": ") ? place.text().length() + 2 : 0;
    faults.add(place.file().isEmpty() ? file : place.file(), place.line(), reason.substring(cut));
  }

  private static void addUnresolved(ConfigException e, String path, ConfigFaults faults) {
    var place = ConfigFaults.placeOf(e.origin());
    faults.add(
        place.file(),
        place.line(),
        path.isEmpty()
            ? "a substitution leads back to itself"
            : "${%s} is neither a key nor an environment variable; set it, or write ${?%1$s}"
                .formatted(path));
  }

  private record StandIns(Set<String> missing) implements ConfigResolver {
    @Override
    public ConfigValue lookup(String path) {
      return missing.contains(path)
          ? ConfigValueFactory.fromAnyRef("?", ConfigReader.UNRESOLVED)
          : null;
    }

    @Override
    public ConfigResolver withFallback(ConfigResolver fallback) {
      return this;
    }
  }
}
