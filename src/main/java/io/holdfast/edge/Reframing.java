package io.holdfast.edge;

import static java.util.regex.Pattern.CASE_INSENSITIVE;

import io.holdfast.http.Bytes;
import io.holdfast.http.RequestHead;
import io.holdfast.http.RequestHead.Chunked;
import java.nio.charset.StandardCharsets;
import java.util.regex.Pattern;
import org.apache.pekko.util.ByteString;

/** What the HTTP layer gets to see of a request that {@link RequestFraming} took apart. */
final class Reframing {
  private static final ByteString LAST_CHUNK = ByteString.fromString("0\r\n\r\n");

  private static final Pattern EXPECT =
      Pattern.compile("\r\n(expect:[^\r]*\r\n)+", CASE_INSENSITIVE);

  private Reframing() {}

  /** The head. A method that the HTTP model does not know goes under another name. */
  static ByteString head(RequestHead head) {
    ByteString named = named(head);
    return head.minorVersion() == 0 && head.expectsContinue() ? withoutExpect(named) : named;
  }

  /** RFC 9110, section 10.1.1: a client of HTTP/1.0 must get no interim answer. */
  private static ByteString withoutExpect(ByteString head) {
    String text = head.decodeString(StandardCharsets.ISO_8859_1);
    String kept = EXPECT.matcher(text).replaceAll("\r\n");
    return ByteString.fromString(kept, StandardCharsets.ISO_8859_1);
  }

  private static ByteString named(RequestHead head) {
    Bytes bytes = head.bytes();
    if (head.methodIsKnown()) {
      return plain(bytes);
    }
    int methodEnd = bytes.from() + head.method().length();
    return ByteString.fromString(HttpLayer.OTHER.value())
        .concat(ByteString.fromArray(bytes.array(), methodEnd, bytes.to() - methodEnd));
  }

  /** A piece of content; of the chunks that came in only the data goes on, in chunks of our own. */
  static ByteString content(RequestHead head, Bytes bytes) {
    return head.content() instanceof Chunked ? chunk(bytes) : plain(bytes);
  }

  /** What follows the last piece. */
  static ByteString end(RequestHead head) {
    return head.content() instanceof Chunked ? LAST_CHUNK : ByteString.emptyByteString();
  }

  private static ByteString plain(Bytes bytes) {
    return ByteString.fromArrayUnsafe(bytes.array(), bytes.from(), bytes.length());
  }

  private static ByteString chunk(Bytes bytes) {
    byte[] size =
        (Integer.toHexString(bytes.length()) + "\r\n").getBytes(StandardCharsets.US_ASCII);
    byte[] chunk = new byte[size.length + bytes.length() + 2];
    System.arraycopy(size, 0, chunk, 0, size.length);
    System.arraycopy(bytes.array(), bytes.from(), chunk, size.length, bytes.length());
    chunk[chunk.length - 2] = '\r';
    chunk[chunk.length - 1] = '\n';
    return ByteString.fromArrayUnsafe(chunk);
  }
}
