package io.holdfast.upstream;

import io.micrometer.core.instrument.MeterRegistry;
import io.netty.channel.EventLoop;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.nio.NioIoHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;

/** All services that a node forwards to, for as long as its process runs. */
public final class Upstreams implements AutoCloseable {
  private final RandomGenerator random = new SplittableRandom();
  private volatile Map<String, Upstream> byName = Map.of();
  private Optional<MeterRegistry> registry = Optional.empty();
  private final Map<String, Order> orders = new LinkedHashMap<>();
  private final Map<EventLoop, Forwarder> forwarders = new ConcurrentHashMap<>();
  private final Addresses addresses = new Addresses();

  /** Its thread begins with the first request. */
  private final MultiThreadIoEventLoopGroup own =
      new MultiThreadIoEventLoopGroup(
          1, new DefaultThreadFactory("holdfast-forwards", true), ioHandler());

  private final String proxyName;
  private volatile KeyStore keys = KeyStore.NONE;

  /**
   * @param proxyName by which the cluster calls itself in {@code Via}: the same on all its nodes
   */
  public Upstreams(Collection<UpstreamSettings> settings, String proxyName) {
    this.proxyName = proxyName;
    add(settings);
  }

  /** Services that are new, and what is new of those that there are. */
  public synchronized void add(Collection<UpstreamSettings> settings) {
    long now = System.nanoTime();
    var next = new LinkedHashMap<>(byName);
    for (var one : settings) {
      var known = next.get(one.name());
      if (known == null) {
        var added = new Upstream(one, random, now);
        registry.ifPresent(it -> added.meters().show(added, it));
        next.put(one.name(), added);
      } else {
        known.follow(one, now);
        known.meters().follow(known);
      }
    }
    byName = next;
  }

  /** From now on this registry shows all services, those too that come later. */
  public synchronized void showIn(MeterRegistry next) {
    registry = Optional.of(next);
    byName.values().forEach(it -> it.meters().show(it, next));
  }

  /** All others are gone. Requests that are on their way there go on. */
  public synchronized void retain(Collection<UpstreamSettings> settings) {
    var next = new LinkedHashMap<>(byName);
    next.keySet().retainAll(settings.stream().map(UpstreamSettings::name).toList());
    byName.forEach(
        (name, upstream) -> {
          if (!next.containsKey(name)) {
            upstream.meters().hide();
          }
        });
    byName = next;
    orders.values().removeIf(order -> !next.containsKey(order.service()));
  }

  /** The service of that name. */
  public Optional<Upstream> find(String name) {
    return Optional.ofNullable(byName.get(name));
  }

  Collection<Upstream> all() {
    return byName.values();
  }

  /**
   * Carries an order out, unless a newer one about the same is known.
   *
   * @return whether it, or a newer one, is known now
   */
  synchronized boolean obey(Order order, long nowNanos) {
    var upstream = byName.get(order.service());
    if (upstream == null) {
      return false;
    }
    var known = orders.get(order.about());
    if (known == null || order.isNewerThan(known)) {
      orders.put(order.about(), order);
      upstream.obey(order, nowNanos);
    }
    return true;
  }

  /** Higher than that of any order that is known. */
  synchronized long nextVersion() {
    return orders.values().stream().mapToLong(Order::version).max().orElse(0) + 1;
  }

  synchronized List<Order> orders() {
    return List.copyOf(orders.values());
  }

  public String proxyName() {
    return proxyName;
  }

  /** What forwards on an event loop; it keeps connections of its own. */
  public Forwarder forwarder(EventLoop loop) {
    return forwarders.computeIfAbsent(
        loop, it -> new Forwarder(it, new InstancePool(it, Epoll.isAvailable(), addresses)));
  }

  /** What forwards requests that have no connection of a client: on an event loop of its own. */
  public Forwarder forwarder() {
    return forwarder((EventLoop) own.iterator().next());
  }

  private static IoHandlerFactory ioHandler() {
    return Epoll.isAvailable() ? EpollIoHandler.newFactory() : NioIoHandler.newFactory();
  }

  /**
   * A request under a key begins, on an event loop.
   *
   * @param room for its content and its answer
   * @param consequences of what the service answers
   * @param substitute done in the place of forwarding
   */
  public Forwarding forward(
      EventLoop loop,
      KeyedRequest request,
      ForwardClient client,
      Upstream upstream,
      Room room,
      Consequences consequences,
      Optional<Substitute> substitute) {
    var surroundings =
        new KeyedForward.Surroundings(() -> keys, room, proxyName, consequences, substitute);
    return forwarder(loop).forward(request, client, upstream, surroundings);
  }

  /** From now on this is the table of requests under keys. */
  public void keysIn(KeyStore table) {
    keys = table;
  }

  /** What operators see of all of them. */
  public List<UpstreamView> views() {
    long now = System.nanoTime();
    return byName.values().stream().map(it -> it.view(now)).toList();
  }

  @Override
  public void close() {
    addresses.close();
    own.shutdownGracefully(0, 1, TimeUnit.SECONDS);
  }
}
