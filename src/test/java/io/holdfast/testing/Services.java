package io.holdfast.testing;

import com.typesafe.config.ConfigFactory;
import io.holdfast.HoldfastSettings;
import java.util.Optional;

/** Settings with services, as a configuration file would give them. */
public final class Services {
  private Services() {}

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
