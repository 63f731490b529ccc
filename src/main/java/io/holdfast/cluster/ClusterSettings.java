package io.holdfast.cluster;

import io.holdfast.config.ConfigReader;

/**
 * How the nodes live together.
 *
 * @param name two clusters never share a database: another name there is refused at start
 * @param shards fixed when the cluster is first formed
 * @param certainDeath whether a refused connection proves that a peer's process is gone
 * @param selfCheck when a node that cannot serve gives up
 */
public record ClusterSettings(
    String name, int shards, CertainDeath certainDeath, SelfCheckSettings selfCheck) {
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
        cluster.section("lifeline").choice("certain-death", CertainDeath.class),
        SelfCheckSettings.read(cluster.section("self-check")));
  }
}
