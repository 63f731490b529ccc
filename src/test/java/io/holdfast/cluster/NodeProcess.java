package io.holdfast.cluster;

import io.holdfast.database.DatabaseSettings;
import java.util.concurrent.TimeUnit;

/**
 * A node in a process of its own, which says when it is up and when it would start anew. Ends after
 * a minute and a half whatever happens.
 */
final class NodeProcess {
  private NodeProcess() {}

  public static void main(String[] args) throws Exception {
    var node = TestNode.start(args[0], new DatabaseSettings(args[1], args[2], args[3], 4));
    node.life.up().thenRun(() -> say("up " + node.life.me().id()));
    node.anew.await(90, TimeUnit.SECONDS);
    say("anew");
    System.exit(0);
  }

  private static void say(String word) {
    System.out.println("node: " + word);
    System.out.flush();
  }
}
