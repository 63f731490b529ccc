package io.holdfast.resource;

import io.holdfast.config.ConfigReader;

/**
 * How much room stored responses take, in a node's memory and in the database. What is over it is
 * forgotten.
 *
 * @param memoryBytesMax of those that it owns: content, and what an entry costs
 * @param copiesBytesMax of the copies that it answers from without asking their owner
 * @param variantsMax stored responses of one target (RFC 9111, section 4.1)
 * @param warmBytesMax of the rows in which those of warm routes are kept, in the whole database
 */
public record CacheMemorySettings(
    long memoryBytesMax, long copiesBytesMax, int variantsMax, long warmBytesMax) {
  private static final long MIB = 1024 * 1024;
  private static final long GIB = 1024 * MIB;

  /** Reads {@code holdfast.cache}. */
  public static CacheMemorySettings read(ConfigReader cache) {
    return new CacheMemorySettings(
        cache.bytes("memory-max", MIB, 64 * GIB),
        cache.bytes("copies-max", 0, 64 * GIB),
        cache.integer("variants-max", 1, 1000),
        cache.bytes("warm-max", MIB, GIB));
  }
}
