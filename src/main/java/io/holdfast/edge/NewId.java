package io.holdfast.edge;

import io.holdfast.http.RequestKey;
import io.holdfast.http.Sha256;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * Ids for documents that {@code POST} creates: 26 characters of base 32 that are in order as their
 * 128 bits are (the alphabet of RFC 4648, section 7, "extended hex", in lower case).
 */
final class NewId {
  private static final String ALPHABET = "0123456789abcdefghijklmnopqrstuv";
  private static final int BYTES = 16;
  private static final int TIME_BYTES = 6;
  private static final int CHARS = 26;

  private NewId() {}

  /**
   * The same for the same request key of the same client, whoever made the key, so that a client
   * which repeats a request under the key that it was told of gets the same document. A key that
   * was made here tells when: then later ones come behind earlier ones, by the millisecond.
   */
  static String of(String collection, Optional<String> credential, RequestKey key) {
    var digest = Sha256.begin();
    for (var part : new String[] {collection, credential.orElse(""), key.value()}) {
      var bytes = part.getBytes(StandardCharsets.UTF_8);
      digest.update(ByteBuffer.allocate(Integer.BYTES).putInt(bytes.length).array());
      digest.update(bytes);
    }
    var id = digest.digest();
    key.madeAt()
        .map(at -> ByteBuffer.allocate(Long.BYTES).putLong(at.toEpochMilli()).array())
        .ifPresent(time -> System.arraycopy(time, Long.BYTES - TIME_BYTES, id, 0, TIME_BYTES));
    return encoded(id);
  }

  /** The first 128 bits. */
  private static String encoded(byte[] bytes) {
    var id = new StringBuilder(CHARS);
    int bits = 0;
    int value = 0;
    for (int i = 0; i < BYTES; i++) {
      value = value << 8 | bytes[i] & 0xff;
      bits += 8;
      while (bits >= 5) {
        bits -= 5;
        id.append(ALPHABET.charAt(value >> bits & 31));
      }
      value &= (1 << bits) - 1;
    }
    return id.append(ALPHABET.charAt(value << 5 - bits & 31)).toString();
  }
}
