package io.holdfast.resource;

/** stand-in */
public record CacheMemory(long memoryBytesMax, long copiesBytesMax, int variantsMax) {}
