package io.holdfast.cluster;

/**
 * @param name two clusters never share a database: another name there is refused at start
 * @param shards fixed when the cluster is first formed
 * @param certainDeath whether a refused connection proves that a peer's process is gone
 */
public record ClusterSettings(String name, int shards, CertainDeath certainDeath) {
  /** Where only the host itself answers for an address, a refused connection is proof. */
  public enum CertainDeath {
    ON,
    OFF,
    LOOPBACK
  }
}
