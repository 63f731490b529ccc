package io.holdfast.config;

import java.net.URI;
import java.util.Optional;

/**
 * Whether requests are traced, and where their traces go.
 *
 * @param endpoint takes them by OTLP over HTTP; without one nothing is traced
 * @param authorization the value of the field of that name that it wants; empty: none
 * @param ratio of the traces that begin here, 0 to 1
 */
public record TracingSettings(Optional<URI> endpoint, String authorization, double ratio) {

  /** Reads {@code holdfast.tracing}. */
  public static TracingSettings read(ConfigReader tracing) {
    boolean isOff = tracing.string("endpoint").isEmpty();
    var endpoint = isOff ? Optional.<URI>empty() : Optional.of(tracing.url("endpoint"));
    tracing.require(
        endpoint.map(URI::getUserInfo).isEmpty(),
        "endpoint",
        "has a name or a password in it, which a log may show; set authorization instead");
    return new TracingSettings(endpoint, tracing.secret("authorization"), tracing.percent("ratio"));
  }

  @Override
  public String toString() {
    return "TracingSettings[%s, ***, %s]".formatted(endpoint, ratio);
  }
}
