package io.holdfast.upstream;

import io.holdfast.http.Bytes;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.EventLoop;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The requests that one event loop forwards, its connections to instances, and the only timer for
 * all of them: a walk every ten milliseconds, instead of a timer for each attempt.
 */
public final class Forwarder {
  private static final Logger log = LoggerFactory.getLogger(Forwarder.class);
  private static final Duration WALK_EVERY = Duration.ofMillis(10);
  private static final Duration CLEAN_EVERY = Duration.ofSeconds(1);
  private static final byte[] LAST_CHUNK = {'0', '\r', '\n', '\r', '\n'};

  private final EventLoop executor;
  private final InstancePool pool;
  private final Set<Timed> under = new HashSet<>();
  private boolean walks;

  Forwarder(EventLoop executor, InstancePool pool) {
    this.executor = executor;
    this.pool = pool;
    executor.scheduleWithFixedDelay(
        () -> pool.closeIdle(System.nanoTime()),
        CLEAN_EVERY.toNanos(),
        CLEAN_EVERY.toNanos(),
        TimeUnit.NANOSECONDS);
  }

  /** A request begins. */
  public Forwarding forward(
      ForwardRequest request, ForwardClient client, Upstream upstream, String proxyName) {
    var answer = new ClientAnswer(client, request.minorVersion(), this, proxyName);
    var forward = new Forward(request, answer, upstream, this);
    begin(forward);
    return forward;
  }

  /** A request under a key begins. */
  Forwarding forward(
      KeyedRequest request,
      ForwardClient client,
      Upstream upstream,
      KeyedForward.Surroundings surroundings) {
    var forward = new KeyedForward(request, client, upstream, this, surroundings);
    add(forward);
    forward.begin();
    return forward;
  }

  /** A request begins whose answer somebody else takes. */
  public Forwarding forward(ForwardRequest request, AnswerSink sink, Upstream upstream) {
    var forward = new Forward(request, sink, upstream, this);
    begin(forward);
    return forward;
  }

  /** What gives an answer to its client as it comes. */
  public ClientAnswer answerTo(ForwardClient client, int minorVersion, String proxyName) {
    return new ClientAnswer(client, minorVersion, this, proxyName);
  }

  void begin(Forward forward) {
    add(forward);
    forward.begin(System.nanoTime());
  }

  /** From now on it hears of the time. */
  public void add(Timed timed) {
    under.add(timed);
    if (!walks) {
      walkLater();
    }
  }

  /** A loop that has nothing to look after sleeps. */
  private void walkLater() {
    walks = true;
    executor.schedule(this::walk, WALK_EVERY.toNanos(), TimeUnit.NANOSECONDS);
  }

  public void remove(Timed timed) {
    under.remove(timed);
  }

  private void walk() {
    long now = System.nanoTime();
    for (var timed : List.copyOf(under)) {
      try {
        timed.tick(now);
      } catch (RuntimeException e) {
        log.error("A forwarded request could not be looked after", e);
      }
    }
    walks = false;
    if (!under.isEmpty()) {
      walkLater();
    }
  }

  /** Runs on the loop: at once if that is where we are. */
  void run(Runnable work) {
    if (executor.inEventLoop()) {
      work.run();
    } else {
      executor.execute(work);
    }
  }

  /** Runs on the loop, and never within the caller. */
  public void later(Runnable work) {
    executor.execute(work);
  }

  InstancePool pool() {
    return pool;
  }

  Logger log() {
    return log;
  }

  ByteBuf bytes(String text) {
    return Unpooled.wrappedBuffer(text.getBytes(StandardCharsets.ISO_8859_1));
  }

  /** 100: the client may send its content. */
  public ByteBuf continueBytes() {
    return bytes("HTTP/1.1 100 Continue\r\n\r\n");
  }

  ByteBuf lastChunk() {
    return Unpooled.wrappedBuffer(LAST_CHUNK);
  }

  ByteBuf content(Bytes bytes, boolean chunked) {
    var data = Unpooled.wrappedBuffer(bytes.array(), bytes.from(), bytes.length());
    return chunked
        ? Unpooled.wrappedBuffer(
            bytes(Integer.toHexString(bytes.length()) + "\r\n"), data, bytes("\r\n"))
        : data;
  }
}
