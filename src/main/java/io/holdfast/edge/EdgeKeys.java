package io.holdfast.edge;

import io.holdfast.http.RequestKey;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.function.Supplier;

/**
 * Request keys for writes that came without one. A client that could guess one could take another
 * client's write for its own.
 */
final class EdgeKeys implements Supplier<String> {
  private final SecureRandom random = new SecureRandom();
  private final InstantSource clock;

  /**
   * @param clock the same for all nodes: the key tells its age to whichever owns the document
   */
  EdgeKeys(InstantSource clock) {
    this.clock = clock;
  }

  @Override
  public String get() {
    var bytes = new byte[RequestKey.RANDOM_BYTES];
    random.nextBytes(bytes);
    return RequestKey.made(clock.instant(), bytes).value();
  }
}
