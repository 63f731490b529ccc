package io.holdfast.edge;

import io.netty.channel.EventLoop;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import org.apache.pekko.actor.ActorSystem;
import org.apache.pekko.dispatch.Dispatcher;
import org.apache.pekko.dispatch.Dispatchers;
import org.apache.pekko.dispatch.ExecutorServiceFactory;
import org.apache.pekko.dispatch.ExecutorServiceFactoryProvider;
import org.apache.pekko.dispatch.MessageDispatcher;
import org.apache.pekko.dispatch.MessageDispatcherConfigurator;
import scala.concurrent.duration.Duration;

/**
 * Lets the stream of a connection run on the event loop that owns its socket, so that a request
 * meets no other thread between the read and the handler, and the answer none before the write. See
 * the package note for the figures.
 */
final class LoopDispatcher extends MessageDispatcherConfigurator {
  private static final int THROUGHPUT = 16;

  private final MessageDispatcher dispatcher;

  private LoopDispatcher(Dispatchers dispatchers, String id, EventLoop loop) {
    super(dispatchers.defaultDispatcherConfig(), dispatchers.prerequisites());
    this.dispatcher =
        new Dispatcher(
            this,
            id,
            THROUGHPUT,
            Duration.Zero(),
            new OnLoop(loop),
            Duration.create(1, TimeUnit.SECONDS));
  }

  /** Registers a dispatcher for the loop and returns its id. */
  static String register(ActorSystem system, EventLoop loop) {
    String id = "holdfast.edge.loop-" + UUID.randomUUID();
    system
        .dispatchers()
        .registerConfigurator(id, new LoopDispatcher(system.dispatchers(), id, loop));
    return id;
  }

  @Override
  public MessageDispatcher dispatcher() {
    return dispatcher;
  }

  /** Gives Pekko the loop as an executor that it cannot shut down: it belongs to the server. */
  private record OnLoop(EventLoop loop) implements ExecutorServiceFactoryProvider {
    @Override
    public ExecutorServiceFactory createExecutorServiceFactory(String id, ThreadFactory threads) {
      return () -> new Borrowed(loop);
    }

    @Override
    public boolean isVirtualized() {
      return false;
    }
  }

  private static final class Borrowed extends AbstractExecutorService implements ExecutorService {
    private final EventLoop loop;

    Borrowed(EventLoop loop) {
      this.loop = loop;
    }

    @Override
    public void execute(Runnable task) {
      loop.execute(task);
    }

    @Override
    public void shutdown() {}

    @Override
    public List<Runnable> shutdownNow() {
      return List.of();
    }

    @Override
    public boolean isShutdown() {
      return loop.isShutdown();
    }

    @Override
    public boolean isTerminated() {
      return loop.isTerminated();
    }

    @Override
    public boolean awaitTermination(long timeout, TimeUnit unit) {
      return true;
    }
  }
}
