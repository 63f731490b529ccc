package io.holdfast.caching;

import io.holdfast.http.ByteRange;
import io.holdfast.http.ContentRange;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The content of a 206 with several ranges (RFC 9110, sections 14.6 and 15.3.7.2).
 *
 * @param ranges of the representation
 * @param complete its length
 * @param offset which of its bytes the stored content begins with
 * @param type {@code Content-Type} of the representation
 */
public record Multipart(List<ByteRange> ranges, long complete, long offset, Optional<String> type) {

  /** What the content is put together of. */
  public sealed interface Piece {
    long length();
  }

  /** Characters, each one byte. */
  public record Framing(String text) implements Piece {
    @Override
    public long length() {
      return text.length();
    }

    public byte[] bytes() {
      return text.getBytes(StandardCharsets.ISO_8859_1);
    }
  }

  /** Bytes of the stored content. */
  public record Slice(long from, long length) implements Piece {}

  public static String contentType(String boundary) {
    return "multipart/byteranges; boundary=" + boundary;
  }

  /**
   * @param boundary a token that is not in the content: enough characters by chance
   */
  public List<Piece> pieces(String boundary) {
    var pieces = new ArrayList<Piece>();
    var before = "--";
    for (var range : ranges) {
      var head = new StringBuilder(before).append(boundary).append("\r\n");
      type.ifPresent(t -> head.append("Content-Type: ").append(t).append("\r\n"));
      head.append("Content-Range: ")
          .append(new ContentRange(range, OptionalLong.of(complete)))
          .append("\r\n\r\n");
      pieces.add(new Framing(head.toString()));
      pieces.add(new Slice(range.first() - offset, range.length()));
      before = "\r\n--";
    }
    pieces.add(new Framing("\r\n--" + boundary + "--\r\n"));
    return List.copyOf(pieces);
  }

  /** In bytes. */
  public long length(String boundary) {
    return pieces(boundary).stream().mapToLong(Piece::length).sum();
  }
}
