package io.holdfast.config;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigRenderOptions;
import com.typesafe.config.ConfigValue;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;

/** The values that a configuration comes to, as text. */
public final class EffectiveValues {
  private static final Pattern CREDENTIALS =
      Pattern.compile("(password=)[^&;\"]*|(?<=://)[^/@\"]*@", Pattern.CASE_INSENSITIVE);

  private EffectiveValues() {}

  /**
   * The values under a section, one a line in HOCON, ordered by path, each with the place where it
   * was written unless it is a default.
   *
   * @param secrets the paths whose values are masked; credentials in a URL are masked as well
   */
  public static List<String> of(Config config, String root, Set<String> secrets) {
    var values = new TreeMap<String, ConfigValue>();
    config
        .getConfig(root)
        .entrySet()
        .forEach(e -> values.put(root + "." + e.getKey(), e.getValue()));
    return values.entrySet().stream()
        .map(e -> line(e.getKey(), e.getValue(), secrets.contains(e.getKey())))
        .toList();
  }

  private static String line(String path, ConfigValue value, boolean secret) {
    var place = ConfigFaults.placeOf(value).text();
    var text = path + " = " + (secret ? mask(value) : masked(render(value)));
    return place.isEmpty() ? text : text + "    # " + place;
  }

  private static String render(ConfigValue value) {
    return value.render(ConfigRenderOptions.concise());
  }

  private static String mask(ConfigValue value) {
    return value.unwrapped().toString().isEmpty() ? "\"\"" : "\"***\"";
  }

  /** Text without the credentials that URLs in it may hold. */
  public static String masked(String text) {
    return CREDENTIALS
        .matcher(text)
        .replaceAll(found -> found.group(1) == null ? "***@" : found.group(1) + "***");
  }
}
