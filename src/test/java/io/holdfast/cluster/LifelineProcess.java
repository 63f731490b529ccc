package io.holdfast.cluster;

import io.holdfast.cluster.ClusterSettings.CertainDeath;
import java.net.InetSocketAddress;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** A process of its own with nothing but a lifeline, ended after a minute whatever happens. */
final class LifelineProcess {
  private LifelineProcess() {}

  public static void main(String[] args) throws Exception {
    var mine = new Greeting("test", Long.parseLong(args[0]));
    var at = new InetSocketAddress("127.0.0.1", Integer.parseInt(args[1]));
    var lifeline = Lifeline.listen(at, mine, CertainDeath.OFF, (id, proof, in) -> {});
    System.out.println(lifeline.port());
    System.out.flush();
    new CountDownLatch(1).await(1, TimeUnit.MINUTES);
    lifeline.close();
  }
}
