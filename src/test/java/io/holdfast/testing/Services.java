package io.holdfast.testing;

import com.typesafe.config.ConfigFactory;
import io.holdfast.HoldfastSettings;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** Settings with services, as a configuration file would give them. */
public final class Services {
  private Services() {}

  /**
   * What leads from {@code /name} to a service of that name, as properties of a node's process;
   * nothing is stored.
   */
  public static List<String> properties(String name, Origin... instances) {
    return List.of(
        "holdfast.upstreams.%s.instances=%s"
            .formatted(
                name, Arrays.stream(instances).map(Origin::url).collect(Collectors.joining(","))),
        "holdfast.routes.%s.path=/%s".formatted(name, name),
        "holdfast.routes.%s.cache.mode=off".formatted(name),
        "holdfast.routes.%s.upstream=%s".formatted(name, name));
  }

  /** The same, and what the service allows is stored, for all hosts together. */
  public static List<String> storing(String name, Origin... instances) {
    var properties = new ArrayList<>(properties(name, instances));
    properties.add("holdfast.routes.%s.cache.mode=on".formatted(name));
    properties.add("holdfast.routes.%s.cache.host=ignored".formatted(name));
    return properties;
  }

  /**
   * @param holdfast what stands in {@code holdfast { }}
   */
  public static HoldfastSettings settings(String holdfast) {
    var config = ConfigFactory.parseString("holdfast {\n" + holdfast + "\n}");
    var loaded =
        HoldfastSettings.load(
            Optional.empty(),
            config.withFallback(
                ConfigFactory.parseString(
                    "holdfast.database { url = \"jdbc:h2:mem:none\", user = a, password = b }")));
    if (loaded instanceof HoldfastSettings.Result.Refused refused) {
      throw new IllegalArgumentException(refused.faults().toString());
    }
    return ((HoldfastSettings.Result.Loaded) loaded).settings();
  }
}
