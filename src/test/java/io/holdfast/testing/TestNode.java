package io.holdfast.testing;

import io.holdfast.Main;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.ForkJoinWorkerThread;
import java.util.concurrent.Semaphore;

/**
 * A node that ends with the test that started it, whose end closes its standard input, and that can
 * be made ill by a word there: {@code block} keeps every thread of its actors' dispatcher waiting,
 * while everything that runs elsewhere, heartbeats too, goes on; {@code unblock} ends that; {@code
 * fill} uses up its memory.
 */
final class TestNode {
  private static final String DISPATCHER = "holdfast-pekko.actor.default-dispatcher-";

  /** More than the dispatcher has threads. */
  private static final int BLOCKERS = 64;

  private TestNode() {}

  public static void main(String[] args) {
    var thread = new Thread(TestNode::obey, "test");
    thread.setDaemon(true);
    thread.start();
    Main.main(args);
  }

  private static void obey() {
    var blocked = new Semaphore(0);
    try (var words = new BufferedReader(new InputStreamReader(System.in))) {
      for (var word = words.readLine(); word != null; word = words.readLine()) {
        if (word.equals("block")) {
          dispatchers().forEach(pool -> block(pool, blocked));
        } else if (word.equals("fill")) {
          fill();
        } else {
          blocked.release(BLOCKERS * BLOCKERS);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      Runtime.getRuntime().halt(1);
    }
  }

  private static void fill() {
    var all = new ArrayList<byte[]>();
    while (true) {
      all.add(new byte[1 << 20]);
    }
  }

  private static Set<ForkJoinPool> dispatchers() {
    var pools = new HashSet<ForkJoinPool>();
    for (var thread : Thread.getAllStackTraces().keySet()) {
      if (thread instanceof ForkJoinWorkerThread worker
          && thread.getName().startsWith(DISPATCHER)) {
        pools.add(worker.getPool());
      }
    }
    return pools;
  }

  private static void block(ForkJoinPool pool, Semaphore blocked) {
    for (int i = 0; i < BLOCKERS; i++) {
      pool.execute(blocked::acquireUninterruptibly);
    }
  }
}
