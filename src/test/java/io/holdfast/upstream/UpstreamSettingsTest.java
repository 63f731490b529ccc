package io.holdfast.upstream;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.testing.Services;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What an operator may get wrong about a service, and hears of before anything starts. */
class UpstreamSettingsTest {

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "instances = [\"http://10.0.0.1:70000\"]| instances | port",
        "instances = [\"http://10.0.0.1:0\"]| instances | port",
        "instances = [\"http://me:secret@10.0.0.1:80\"]| instances | host and a port",
        "instances = [\"http://10.0.0.1:80?a=b\"]| instances | host and a port",
        "instances = [\"http://10.0.0.1:80/base\"]| instances | host and a port",
        "instances = [\"http://10.0.0.1\"], health.path = \"/a b\"| health.path | %20",
        "instances = [\"http://10.0.0.1\"], health.path = \"/a%zz\"| health.path | path"
      })
  void aFaultHasItsPlaceAndItsRemedy(String service, String path, String remedy) {
    assertThatThrownBy(
            () ->
                Services.settings(
                    "upstreams.s { %s }\nroutes.s { path = \"/\", upstream = s }"
                        .formatted(service)))
        .hasMessageContaining("upstreams.s." + path)
        .hasMessageContaining(remedy);
  }
}
