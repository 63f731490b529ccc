package io.holdfast.resource;

import io.holdfast.config.ConfigReader;

/**
 * How much of a node's memory stored responses take.
 *
 * @param memoryBytesMax of what its owners have, content and fields
 * @param copiesBytesMax of the copies that it answers from
 * @param variantsMax stored responses of one target
 */
public record CacheMemorySettings(long memoryBytesMax, long copiesBytesMax, int variantsMax) {
  private static final long MIB = 1024 * 1024;
  private static final long GIB = 1024 * MIB;

  /** Reads {@code holdfast.cache}. */
  public static CacheMemorySettings read(ConfigReader cache) {
    return new CacheMemorySettings(
        cache.bytes("memory-max", MIB, 64 * GIB),
        cache.bytes("copies-max", 0, 64 * GIB),
        cache.integer("variants-max", 1, 1000));
  }
}
