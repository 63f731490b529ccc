package io.holdfast.testing;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;

/**
 * Ports for processes that are told where to listen. They are free, and stay so until the process
 * is there: no client's socket gets one of them, since they are below those that the system gives
 * away, and each of the processes in which tests run at the same time has its own.
 */
public final class TestPorts {
  private static final int FORK = Math.floorMod(Integer.getInteger("holdfast.test.fork", 1), 2);
  private static final int SINGLES = 31_200 + FORK * 750;
  private static final int SINGLES_COUNT = 750;
  private static final int BASES = 12_000 + FORK * 10_000;
  private static final int BASES_COUNT = 600;
  private static final int TRIES = 200;

  private static int next = ThreadLocalRandom.current().nextInt(SINGLES_COUNT);

  private TestPorts() {}

  /** Ports of loopback, each another one. */
  public static synchronized int[] free(int count) {
    return IntStream.generate(() -> SINGLES + next++ % SINGLES_COUNT)
        .limit(SINGLES_COUNT)
        .filter(TestPorts::isFree)
        .limit(count)
        .toArray();
  }

  /**
   * A base port, a multiple of ten, for a cluster whose ports lie up to 2,000 below and 1,100
   * above.
   *
   * @param fits whether all of them are free
   */
  public static int base(IntPredicate fits) {
    for (int i = 0; i < TRIES; i++) {
      int base = BASES + 10 * ThreadLocalRandom.current().nextInt(BASES_COUNT);
      if (fits.test(base)) {
        return base;
      }
    }
    throw new IllegalStateException("no free block of ports");
  }

  public static boolean isFree(int port) {
    try (var socket = new ServerSocket()) {
      socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
      return true;
    } catch (IOException e) {
      return false;
    }
  }
}
