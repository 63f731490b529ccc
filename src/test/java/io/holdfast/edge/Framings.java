package io.holdfast.edge;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Drives a {@link RequestFraming} and writes down what it says, in words that compare. */
final class Framings {
  static final HttpSettings LIMITS =
      new HttpSettings(
          2048,
          256,
          16,
          Duration.ofSeconds(15),
          Duration.ofSeconds(75),
          Duration.ZERO,
          List.of(),
          100,
          100,
          100);

  private Framings() {}

  /** Everything said about the bytes: heads, contents joined, ends, and the refusal if any. */
  record Transcript(List<String> said, Optional<Refusal> refusal, int unread) {}

  /** Feeds the pieces one after the other, asking after each until there is nothing more. */
  static Transcript transcript(List<byte[]> pieces) {
    RequestFraming framing = new RequestFraming(LIMITS);
    List<String> said = new ArrayList<>();
    StringBuilder content = new StringBuilder();
    for (byte[] piece : pieces) {
      framing.feed(piece.clone());
      while (true) {
        RequestFraming.Step step = framing.next();
        if (step instanceof RequestFraming.More) {
          break;
        } else if (step instanceof RequestFraming.Head head) {
          said.add("head " + head.head().bytes().latin1());
        } else if (step instanceof RequestFraming.Body body) {
          content.append(body.bytes().latin1());
        } else if (step instanceof RequestFraming.End) {
          said.add("content " + content);
          said.add("end");
          content.setLength(0);
        } else if (step instanceof RequestFraming.Refused refused) {
          said.add("content so far " + content);
          return new Transcript(said, Optional.of(refused.refusal()), 0);
        }
      }
    }
    said.add("content so far " + content);
    return new Transcript(said, Optional.empty(), framing.unread());
  }

  static Transcript transcript(String bytes) {
    return transcript(List.of(latin1(bytes)));
  }

  static Transcript byteByByte(String bytes) {
    List<byte[]> pieces = new ArrayList<>();
    for (byte b : latin1(bytes)) {
      pieces.add(new byte[] {b});
    }
    return transcript(pieces);
  }

  static byte[] latin1(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }
}
