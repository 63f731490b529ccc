package io.holdfast.edge;

import java.security.SecureRandom;
import java.util.Base64;
import java.util.function.Supplier;

/**
 * Request keys for writes that came without one: 128 random bits. A client that could guess one
 * could take another client's write for its own.
 */
final class EdgeKeys implements Supplier<String> {
  private static final int BYTES = 16;
  private static final Base64.Encoder BASE64 = Base64.getUrlEncoder().withoutPadding();

  private final SecureRandom random = new SecureRandom();

  @Override
  public String get() {
    var bytes = new byte[BYTES];
    random.nextBytes(bytes);
    return BASE64.encodeToString(bytes);
  }
}
