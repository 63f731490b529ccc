package io.holdfast.tools.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ContenderTest {
  @Test
  void isReadFromNamePortAndProcess() {
    var contender = Contender.parse("my-proxy.2=18503,4711").orElseThrow();

    assertThat(contender.name()).isEqualTo("my-proxy.2");
    assertThat(contender.address().getAddress().isLoopbackAddress()).isTrue();
    assertThat(contender.address().getPort()).isEqualTo(18503);
    assertThat(contender.pids()).isEqualTo(List.of(4711L));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a", "a=1", "=1,2", "a=65536,2", "a=1,2,3", "a=x,2", "a b=1,2"})
  void isNothingElse(String text) {
    assertThat(Contender.parse(text)).isEmpty();
  }
}
