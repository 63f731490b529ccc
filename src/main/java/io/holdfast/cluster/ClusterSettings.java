package io.holdfast.cluster;

import io.holdfast.config.ConfigReader;

/**
 * @param name two clusters never share a database: another name there is refused at start
 * @param shards fixed when the cluster is first formed
 * @param certainDeath whether a refused connection proves that a peer's process is gone
 */
public record ClusterSettings(String name, int shards, CertainDeath certainDeath) {
  private static final int SHARDS_MAX = 1024;

  /** Where only the host itself answers for an address, a refused connection is proof. */
  public enum CertainDeath {
    ON,
    OFF,
    LOOPBACK
  }

  /** Reads {@code holdfast.cluster}, all but the guard's keys. */
  public static ClusterSettings read(ConfigReader cluster) {
    return new ClusterSettings(
        cluster.name("name"),
        cluster.integer("shards", 1, SHARDS_MAX),
        cluster.section("lifeline").choice("certain-death", CertainDeath.class));
  }
}
