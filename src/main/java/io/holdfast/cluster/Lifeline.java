package io.holdfast.cluster;

import io.holdfast.cluster.ClusterSettings.CertainDeath;
import io.holdfast.cluster.LifelineDecision.Action;
import io.holdfast.cluster.LifelineDecision.Proof;
import io.holdfast.cluster.LifelineDecision.Step;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedSelectorException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Plain TCP connections between the nodes, on which nothing is said. When a process ends, its
 * kernel ends the connection in the same instant, long before heartbeats are missed.
 *
 * <p>One daemon thread does all of it. Each side of a pair listens, and connects to the other; the
 * listening side sends its {@link Greeting} and never anything else. What comes in is counted and
 * thrown away, up to a few octets.
 */
final class Lifeline implements AutoCloseable {
  private static final int INBOUND_MAX = 256;
  private static final int INBOUND_PER_REMOTE_MAX = 64;
  private static final int IGNORED_OCTETS_MAX = 64;

  /** Shorter than any SYN retransmission, so that a failure within it is the host's refusal. */
  private static final Duration CONNECT_TIMEOUT = Duration.ofMillis(500);

  private static final Duration GREETING_TIMEOUT = Duration.ofSeconds(1);
  private static final Duration NOT_ACCEPTED_PAUSE = Duration.ofMillis(10);
  private static final Logger log = LoggerFactory.getLogger(Lifeline.class);

  /** Who wants to know of deaths. Called on the lifeline's thread: must not block. */
  @FunctionalInterface
  interface Listener {
    void dead(long incarnation, Proof proof, Duration noticedIn);

    /** No death will be noticed any more, and peers cannot tell that this process is alive. */
    default void broken() {}
  }

  private final Greeting mine;
  private final CertainDeath policy;
  private final Listener listener;
  private final Selector selector;
  private final ServerSocketChannel server;
  private final Queue<Runnable> orders = new ConcurrentLinkedQueue<>();
  private final Map<Long, Peer> peers = new HashMap<>();
  private final Map<InetAddress, Integer> inbound = new HashMap<>();
  private final AtomicInteger inboundOpen = new AtomicInteger();
  private final AtomicInteger held = new AtomicInteger();
  private final ByteBuffer ignored = ByteBuffer.allocate(16);
  private final Thread thread;
  private volatile boolean closed;

  private Lifeline(
      ServerSocketChannel server, Greeting mine, CertainDeath policy, Listener listener)
      throws IOException {
    this.server = server;
    this.mine = mine;
    this.policy = policy;
    this.listener = listener;
    this.selector = Selector.open();
    server.configureBlocking(false);
    server.register(selector, SelectionKey.OP_ACCEPT);
    this.thread = new Thread(this::run, "holdfast-lifeline");
    thread.setDaemon(true);
  }

  /** Listens, and from then on answers with {@code mine}. */
  static Lifeline listen(
      InetSocketAddress at, Greeting mine, CertainDeath policy, Listener listener)
      throws IOException {
    var server = ServerSocketChannel.open();
    try {
      server.setOption(StandardSocketOptions.SO_REUSEADDR, true);
      server.bind(at, INBOUND_MAX);
      var lifeline = new Lifeline(server, mine, policy, listener);
      lifeline.thread.start();
      return lifeline;
    } catch (IOException e) {
      server.close();
      throw new IOException("Lifeline port " + at + ": " + e.getMessage(), e);
    }
  }

  void bindTo(MeterRegistry meters) {
    gauge(meters, "out", held);
    gauge(meters, "in", inboundOpen);
  }

  private static void gauge(MeterRegistry meters, String direction, AtomicInteger value) {
    Gauge.builder("holdfast.lifeline.connections", value, AtomicInteger::get)
        .description("Lifelines that hold, by who connected")
        .tag("direction", direction)
        .register(meters);
  }

  int port() {
    return server.socket().getLocalPort();
  }

  /** How many peers' lines hold now. */
  int held() {
    return held.get();
  }

  /** Holds a line to a peer from now on. A peer that is already watched stays as it is. */
  void watch(long incarnation, InetSocketAddress address) {
    order(
        () -> {
          if (!peers.containsKey(incarnation)) {
            var peer = new Peer(incarnation, address, isProof(policy, address));
            peers.put(incarnation, peer);
            connect(peer);
          }
        });
  }

  /** Lets a peer's line go: it is no member any more. */
  void unwatch(long incarnation) {
    order(
        () -> {
          var peer = peers.remove(incarnation);
          if (peer != null) {
            release(peer);
          }
        });
  }

  /** Whether a refusal by this address is a proof. */
  static boolean isProof(CertainDeath policy, InetSocketAddress address) {
    return switch (policy) {
      case ON -> true;
      case OFF -> false;
      case LOOPBACK -> !address.isUnresolved() && address.getAddress().isLoopbackAddress();
    };
  }

  private enum Phase {
    WAITING,
    CONNECTING,
    AWAITING_GREETING,
    HELD,
    DEAD
  }

  /** The line to one peer. Only the lifeline's thread touches it. */
  private static final class Peer {
    final long incarnation;
    final InetSocketAddress address;
    final ByteBuffer received = ByteBuffer.allocate(Greeting.OCTETS_MAX);
    LifelineDecision decision;
    Phase phase = Phase.WAITING;
    SocketChannel channel;
    long dueNanos;
    long heldSinceNanos;
    long brokenNanos;

    Peer(long incarnation, InetSocketAddress address, boolean isProof) {
      this.incarnation = incarnation;
      this.address = address;
      this.decision = LifelineDecision.fresh(isProof);
      this.brokenNanos = System.nanoTime();
    }

    boolean isTimed() {
      return phase != Phase.HELD && phase != Phase.DEAD;
    }
  }

  /** A connection that a peer, or anybody, made to us. */
  private static final class Guest {
    final InetAddress remote;
    int octets;

    Guest(InetAddress remote) {
      this.remote = remote;
    }
  }

  private void order(Runnable order) {
    orders.add(order);
    selector.wakeup();
  }

  private void run() {
    try {
      while (!closed) {
        selector.select(untilDueMillis());
        for (var order = orders.poll(); order != null; order = orders.poll()) {
          order.run();
        }
        selector.selectedKeys().forEach(this::serve);
        selector.selectedKeys().clear();
        serveTimers();
      }
    } catch (ClosedSelectorException e) {
      log.debug("The lifeline is closed");
    } catch (Throwable e) {
      if (!closed) {
        failed(e);
      }
    } finally {
      closeAll();
    }
  }

  /**
   * A port that refuses would prove to the peers that this process has ended. So it stays open,
   * mute, until this life is over, whatever broke and whether or not that can be told.
   */
  private void failed(Throwable e) {
    try {
      log.error("The lifeline broke", e);
      listener.broken();
    } finally {
      while (!closed) {
        LockSupport.parkNanos(CONNECT_TIMEOUT.toNanos());
      }
    }
  }

  private long untilDueMillis() {
    long now = System.nanoTime();
    long nanos = Duration.ofSeconds(10).toNanos();
    for (var peer : peers.values()) {
      if (peer.isTimed()) {
        nanos = Math.min(nanos, peer.dueNanos - now);
      }
    }
    return Math.max(1, Duration.ofNanos(nanos).toMillis());
  }

  private void serve(SelectionKey key) {
    if (!key.isValid()) {
      return;
    }
    if (key.isAcceptable()) {
      accept();
    } else if (key.attachment() instanceof Guest guest) {
      ignore(key, guest);
    } else if (key.attachment() instanceof Peer peer && peer.channel == key.channel()) {
      servePeer(key, peer);
    }
  }

  private void accept() {
    try {
      var guest = server.accept();
      if (guest == null) {
        return;
      }
      var remote = guest.socket().getInetAddress();
      if (inboundOpen.get() >= INBOUND_MAX
          || inbound.getOrDefault(remote, 0) >= INBOUND_PER_REMOTE_MAX) {
        guest.close();
        return;
      }
      greet(guest, remote);
    } catch (IOException e) {
      // Without a descriptor it stays where it is, and would be tried again at once, for ever.
      LockSupport.parkNanos(NOT_ACCEPTED_PAUSE.toNanos());
      log.debug("A lifeline connection was not accepted: {}", e.toString());
    }
  }

  private void greet(SocketChannel guest, InetAddress remote) throws IOException {
    try {
      guest.configureBlocking(false);
      guest.setOption(StandardSocketOptions.SO_KEEPALIVE, true);
      guest.write(ByteBuffer.wrap(mine.octets()));
      guest.register(selector, SelectionKey.OP_READ, new Guest(remote));
      inbound.merge(remote, 1, Integer::sum);
      inboundOpen.incrementAndGet();
    } catch (IOException e) {
      guest.close();
      throw e;
    }
  }

  private void ignore(SelectionKey key, Guest guest) {
    int octets = read((SocketChannel) key.channel(), ignored.clear());
    guest.octets += octets;
    if (octets < 0 || guest.octets > IGNORED_OCTETS_MAX) {
      close((SocketChannel) key.channel());
      inbound.merge(guest.remote, -1, (open, less) -> open + less == 0 ? null : open + less);
      inboundOpen.decrementAndGet();
    }
  }

  private void connect(Peer peer) {
    try {
      peer.phase = Phase.CONNECTING;
      peer.dueNanos = System.nanoTime() + CONNECT_TIMEOUT.toNanos();
      peer.channel = SocketChannel.open();
      peer.channel.configureBlocking(false);
      peer.channel.setOption(StandardSocketOptions.SO_KEEPALIVE, true);
      if (peer.channel.connect(peer.address)) {
        connected(peer);
      } else {
        peer.channel.register(selector, SelectionKey.OP_CONNECT, peer);
      }
    } catch (ConnectException e) {
      follow(peer, peer.decision.refused());
    } catch (IOException | RuntimeException e) {
      follow(peer, peer.decision.unanswered());
    }
  }

  private void servePeer(SelectionKey key, Peer peer) {
    if (key.isConnectable()) {
      try {
        peer.channel.finishConnect();
        connected(peer);
      } catch (ConnectException e) {
        follow(peer, peer.decision.refused());
      } catch (IOException e) {
        follow(peer, peer.decision.unanswered());
      }
    } else if (key.isReadable()) {
      readPeer(peer);
    }
  }

  private void connected(Peer peer) throws IOException {
    peer.phase = Phase.AWAITING_GREETING;
    peer.dueNanos = System.nanoTime() + GREETING_TIMEOUT.toNanos();
    peer.received.clear();
    peer.channel.register(selector, SelectionKey.OP_READ, peer);
  }

  private void readPeer(Peer peer) {
    int octets = read(peer.channel, peer.received);
    if (octets < 0) {
      ended(peer);
    } else if (peer.phase == Phase.AWAITING_GREETING) {
      readGreeting(peer);
    } else if (!peer.received.hasRemaining()) {
      follow(peer, peer.decision.unanswered());
    }
  }

  private void ended(Peer peer) {
    if (peer.phase == Phase.HELD) {
      peer.brokenNanos = System.nanoTime();
      var heldFor = Duration.ofNanos(peer.brokenNanos - peer.heldSinceNanos);
      follow(peer, peer.decision.broken(heldFor));
    } else {
      follow(peer, peer.decision.reset());
    }
  }

  private void readGreeting(Peer peer) {
    var text =
        new String(peer.received.array(), 0, peer.received.position(), StandardCharsets.US_ASCII);
    if (!text.endsWith("\n") && peer.received.hasRemaining()) {
      return;
    }
    var greeting = Greeting.parse(text);
    if (greeting.isEmpty()) {
      follow(peer, peer.decision.unanswered());
    } else {
      var expected = new Greeting(mine.cluster(), peer.incarnation);
      follow(peer, peer.decision.greeted(greeting.get().equals(expected)));
    }
  }

  private void serveTimers() {
    long now = System.nanoTime();
    for (var peer : new ArrayList<>(peers.values())) {
      if (peer.isTimed() && peer.dueNanos - now <= 0) {
        if (peer.phase == Phase.WAITING) {
          connect(peer);
        } else {
          follow(peer, peer.decision.unanswered());
        }
      }
    }
  }

  private void follow(Peer peer, Step step) {
    peer.decision = step.next();
    if (step.action() instanceof Action.Hold) {
      peer.phase = Phase.HELD;
      peer.heldSinceNanos = System.nanoTime();
      held.incrementAndGet();
      return;
    }
    release(peer);
    if (step.action() instanceof Action.Reconnect reconnect) {
      peer.phase = Phase.WAITING;
      peer.dueNanos = System.nanoTime() + reconnect.after().toNanos();
    } else if (step.action() instanceof Action.Dead dead) {
      peer.phase = Phase.DEAD;
      listener.dead(
          peer.incarnation, dead.proof(), Duration.ofNanos(System.nanoTime() - peer.brokenNanos));
    }
  }

  private void release(Peer peer) {
    if (peer.phase == Phase.HELD) {
      held.decrementAndGet();
    }
    peer.phase = Phase.WAITING;
    if (peer.channel != null) {
      close(peer.channel);
      peer.channel = null;
    }
  }

  /** Octets read; -1 for an end of any kind. */
  private static int read(SocketChannel channel, ByteBuffer into) {
    try {
      return channel.read(into);
    } catch (IOException e) {
      return -1;
    }
  }

  private static void close(SocketChannel channel) {
    try {
      channel.close();
    } catch (IOException e) {
      log.debug("A lifeline connection was not closed: {}", e.toString());
    }
  }

  private void closeAll() {
    try {
      for (var key : selector.keys()) {
        key.channel().close();
      }
      selector.close();
    } catch (IOException e) {
      log.debug("The lifeline was not closed: {}", e.toString());
    }
  }

  /** Stops listening: to the peers this process is now dead. */
  @Override
  public void close() {
    closed = true;
    selector.wakeup();
    try {
      thread.join(Duration.ofSeconds(1).toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
