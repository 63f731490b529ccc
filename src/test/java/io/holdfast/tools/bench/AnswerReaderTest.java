package io.holdfast.tools.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class AnswerReaderTest {

  private static int read(String arrived) {
    var buffer = ByteBuffer.allocate(1024);
    buffer.put(arrived.getBytes(StandardCharsets.US_ASCII));
    return AnswerReader.complete(buffer);
  }

  @Test
  void isNotCompleteBeforeItsLastByte() {
    var answer = "HTTP/1.1 200 OK\r\nETag: \"1\"\r\nContent-Length: 3\r\n\r\nabc";
    for (int length = 0; length < answer.length(); length++) {
      assertThat(read(answer.substring(0, length))).isZero();
    }
    assertThat(read(answer)).isEqualTo(200);
  }

  @Test
  void knowsThat204HasNoContent() {
    assertThat(read("HTTP/1.1 204 No Content\r\nDate: x\r\n\r\n")).isEqualTo(204);
  }

  @Test
  void givesUpOnAnAnswerThatDoesNotTellItsLength() {
    assertThat(read("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")).isEqualTo(-1);
  }
}
