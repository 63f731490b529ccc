package io.holdfast.tools.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import org.junit.jupiter.api.Test;

class ProbeTest {
  @Test
  void readsStatusFieldsAndContent() throws Exception {
    var answer =
        Probe.Answer.parse(
            "HTTP/1.1 203 Fine\r\nA: b\r\ncache-status:  x; hit \r\n\r\none\r\n\r\ntwo");

    assertThat(answer.status()).isEqualTo(203);
    assertThat(answer.field("Cache-Status")).contains("x; hit");
    assertThat(answer.field("Cache")).isEmpty();
    assertThat(answer.content()).isEqualTo("one\r\n\r\ntwo");
  }

  @Test
  void failsOnWhatIsNoAnswer() {
    assertThatThrownBy(() -> Probe.Answer.parse("")).isInstanceOf(IOException.class);
    assertThatThrownBy(() -> Probe.Answer.parse("SSH-2.0\r\n\r\n")).isInstanceOf(IOException.class);
  }
}
