package io.holdfast.upstream;

import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * Finds the addresses of instances. Names are looked up on a thread of its own, for the system's
 * resolver blocks, and an answer is used for some seconds.
 */
final class Addresses implements AutoCloseable {
  private static final Duration USED_FOR = Duration.ofSeconds(10);

  private final Map<InstanceAddress, Found> found = new ConcurrentHashMap<>();
  private final ExecutorService resolver =
      Executors.newSingleThreadExecutor(
          work -> {
            var thread = new Thread(work, "holdfast-upstream-names");
            thread.setDaemon(true);
            return thread;
          });

  private record Found(CompletableFuture<InetSocketAddress> address, long atNanos) {
    boolean isOld() {
      return address.isCompletedExceptionally()
          || address.isDone() && System.nanoTime() - atNanos > USED_FOR.toNanos();
    }
  }

  CompletionStage<InetSocketAddress> of(InstanceAddress instance) {
    var known = found.get(instance);
    if (known != null && !known.isOld()) {
      return known.address();
    }
    var next = new Found(look(instance), System.nanoTime());
    found.put(instance, next);
    return next.address();
  }

  private CompletableFuture<InetSocketAddress> look(InstanceAddress instance) {
    return isLiteral(instance.host())
        ? CompletableFuture.completedFuture(resolved(instance))
        : CompletableFuture.supplyAsync(() -> resolved(instance), resolver);
  }

  private static boolean isLiteral(String host) {
    return NetUtil.isValidIpV4Address(host) || NetUtil.isValidIpV6Address(host);
  }

  private static InetSocketAddress resolved(InstanceAddress instance) {
    try {
      return new InetSocketAddress(InetAddress.getByName(instance.host()), instance.port());
    } catch (UnknownHostException e) {
      throw new CompletionException(e);
    }
  }

  @Override
  public void close() {
    resolver.shutdownNow();
  }
}
