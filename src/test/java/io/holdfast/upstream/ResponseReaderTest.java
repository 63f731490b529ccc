package io.holdfast.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.upstream.ResponseReader.Step;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ResponseReaderTest {
  private static final String CHUNKED =
      "HTTP/1.1 100 Continue\r\n\r\n"
          + "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nX: 1\r\n\r\n"
          + "5;a=b\r\nhello\r\n1 \r\n \r\nA\r\n0123456789\r\n0\r\nT: 1\r\n\r\n";

  /** What is read of pieces, content joined. */
  private static List<String> read(boolean toHead, List<String> pieces) {
    var reader = new ResponseReader();
    reader.expect(toHead);
    var said = new ArrayList<String>();
    var content = new StringBuilder();
    for (var piece : pieces) {
      reader.feed(piece.getBytes(StandardCharsets.ISO_8859_1));
      for (var step = reader.next(); !(step instanceof Step.More); step = reader.next()) {
        if (step instanceof Step.Head head) {
          said.add("head " + head.head().status());
        } else if (step instanceof Step.Body body) {
          content.append(body.bytes().latin1());
        } else {
          said.add(step instanceof Step.End ? "end" : "broken");
          if (step instanceof Step.Broken) {
            break;
          }
        }
      }
    }
    said.add(content.toString());
    return said;
  }

  @Test
  void readsInterimAndFinalAnswersAndTakesTheChunksApart() {
    assertThat(read(false, List.of(CHUNKED)))
        .containsExactly("head 100", "head 200", "end", "hello 0123456789");
  }

  @Property
  void readsTheSameHoweverTheBytesAreCut(
      @ForAll @Size(max = 20) List<@IntRange(max = 30) Integer> cuts) {
    var pieces = new ArrayList<String>();
    int at = 0;
    for (int cut : cuts) {
      int to = Math.min(CHUNKED.length(), at + cut);
      pieces.add(CHUNKED.substring(at, to));
      at = to;
    }
    pieces.add(CHUNKED.substring(at));
    assertThat(read(false, pieces)).isEqualTo(read(false, List.of(CHUNKED)));
  }

  @Test
  void anAnswerToHeadHasNoContentWhateverItsLength() {
    assertThat(read(true, List.of("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n")))
        .containsExactly("head 200", "end", "");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "g\r\n",
        "\r\n",
        "-1\r\n",
        "5\nhello\r\n",
        "5 x\r\nhello\r\n",
        "0x5\r\nhello\r\n",
        "5\r\nhelloX\r\n",
        "1111111111111111\r\n",
        "0\r\nT: 1\n\r\n"
      })
  void givesUpOnChunksThatTwoReadersCouldReadInTwoWays(String chunks) {
    var head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    assertThat(read(false, List.of(head + chunks))).contains("broken");
  }

  @Test
  void whatNobodyHasAskedForMakesAConnectionUseless() {
    var reader = new ResponseReader();
    reader.expect(false);
    reader.feed(
        "HTTP/1.1 204 No Content\r\n\r\nHTTP/1.1 200 OK".getBytes(StandardCharsets.US_ASCII));
    assertThat(reader.next()).isInstanceOf(Step.Head.class);
    assertThat(reader.hasUnasked()).isFalse();
    assertThat(reader.next()).isInstanceOf(Step.End.class);
    assertThat(reader.hasUnasked()).isTrue();
  }

  @Test
  void theEndOfTheConnectionEndsOnlyWhatIsFramedByIt() {
    var untilClose = new ResponseReader();
    untilClose.expect(false);
    untilClose.feed("HTTP/1.1 200 OK\r\n\r\nabc".getBytes(StandardCharsets.US_ASCII));
    assertThat(untilClose.next()).isInstanceOf(Step.Head.class);
    assertThat(untilClose.next()).isInstanceOf(Step.Body.class);
    assertThat(untilClose.ended()).isInstanceOf(Step.End.class);
    var fixed = new ResponseReader();
    fixed.expect(false);
    fixed.feed(
        "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nabc".getBytes(StandardCharsets.US_ASCII));
    fixed.next();
    fixed.next();
    assertThat(fixed.ended()).isInstanceOf(Step.Broken.class);
  }

  @Property
  void neverFailsWhateverComes(@ForAll @Size(max = 200) byte[] bytes) {
    var reader = new ResponseReader();
    reader.expect(false);
    reader.feed(
        ("HTTP/1.1 200 OK\r\n" + new String(bytes, StandardCharsets.ISO_8859_1))
            .getBytes(StandardCharsets.ISO_8859_1));
    for (int i = 0; i < 300 && !(reader.next() instanceof Step.More); i++) {
      // on to the next
    }
  }
}
