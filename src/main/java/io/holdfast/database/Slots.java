package io.holdfast.database;

import java.nio.charset.StandardCharsets;

/**
 * Which shard an entity belongs to and which row of {@code shard_owner} guards that shard. Journal
 * and sharding use this one function, so that they cannot disagree. It is fixed for ever: another
 * result would give a document a second owner.
 *
 * @param shards per entity type, fixed when the cluster is first formed
 */
public record Slots(int shards) {
  /** The kinds of sharded owners. The order is the one in the database: only add at the end. */
  public enum Kind {
    DOCUMENT,
    REPRESENTATION,
    OPERATION
  }

  /** The shard of an entity, 0 to {@code shards - 1} (FNV-1a over UTF-8, then a finalizer). */
  public int shardOf(String entityId) {
    int hash = 0x811c9dc5;
    for (byte octet : entityId.getBytes(StandardCharsets.UTF_8)) {
      hash = (hash ^ (octet & 0xff)) * 0x01000193;
    }
    hash = (hash ^ (hash >>> 16)) * 0x85ebca6b;
    return Math.floorMod(hash ^ (hash >>> 13), shards);
  }

  /** The row of {@code shard_owner} for a shard. */
  public int slotOf(Kind kind, int shard) {
    return kind.ordinal() * shards + shard;
  }

  /** The shard that a row of {@code shard_owner} is for, whatever its kind. */
  public int shardOf(int slot) {
    return Math.floorMod(slot, shards);
  }

  /** Whether a row is of a shard of that kind. */
  public boolean isOf(Kind kind, int slot) {
    return slot / shards == kind.ordinal();
  }

  /** All rows that {@code shard_owner} must have. */
  public int count() {
    return Kind.values().length * shards;
  }
}
