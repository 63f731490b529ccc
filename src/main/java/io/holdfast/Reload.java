package io.holdfast;

import io.holdfast.config.ConfigFault;
import io.holdfast.route.Route;
import io.holdfast.upstream.Followed;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import sun.misc.Signal;

/**
 * Reads the configuration again when the node is told to (SIGHUP, or its admin port), and follows
 * it where that can be done while the node runs: services and routes. All faults are told at once,
 * and then nothing changes.
 */
final class Reload {
  private static final Logger log = LoggerFactory.getLogger(Reload.class);

  private final HoldfastSettings running;
  private final Supplier<HoldfastSettings.Result> again;
  private final PublicPort port;
  private int reloads;

  Reload(HoldfastSettings running, Supplier<HoldfastSettings.Result> again, PublicPort port) {
    this.running = running;
    this.again = again;
    this.port = port;
  }

  /**
   * From now on SIGHUP is heard, unless the process was told to ignore it ({@code nohup}), and so
   * is the operator's port.
   */
  void listen() {
    port.reloadsBy(this::reload);
    port.followed(new Followed(version(running), 0, List.of()));
    Signal.handle(new Signal("HUP"), signal -> beginReload());
  }

  /** The thread that signals come on has no class loader, and libraries look for it. */
  private void beginReload() {
    var thread = new Thread(this::reload, "holdfast-reload");
    thread.setContextClassLoader(Reload.class.getClassLoader());
    thread.start();
  }

  synchronized void reload() {
    reloads++;
    var result = again.get();
    if (result instanceof HoldfastSettings.Result.Refused refused) {
      refuse(refused.faults().stream().map(ConfigFault::toString).toList());
      return;
    }
    var next = ((HoldfastSettings.Result.Loaded) result).settings();
    var faults = cannotFollow(next);
    if (!faults.isEmpty()) {
      refuse(faults);
      return;
    }
    if (!next.equals(running.withServices(next.upstreams(), next.routes()))) {
      log.warn("What has changed besides services and routes is followed after a restart");
    }
    port.follow(next.upstreams(), next.routes());
    port.followed(new Followed(version(next), reloads, List.of()));
    log.info("The configuration is followed: version {}", version(next));
  }

  private void refuse(List<String> faults) {
    faults.forEach(fault -> log.error("The configuration is not followed: {}", fault));
    port.followed(new Followed(port.followed().version(), reloads, faults));
  }

  /**
   * A collection needs its actors, which begin with the node; and what travels between nodes has
   * the size that was set then.
   */
  private List<String> cannotFollow(HoldfastSettings next) {
    var faults = new ArrayList<String>();
    for (Route route : next.routes()) {
      if (!route.isForwarded() && !running.documents().containsKey(route.collection())) {
        faults.add(
            "holdfast.routes.%s.documents: the collection %s is new; restart the nodes for it"
                .formatted(route.name(), route.collection()));
      }
      if (route.caching().contentBytesMax() > Life.storedContentMax(running)) {
        faults.add(
            "holdfast.routes.%s.cache.content-max: is more than messages have room for; restart the nodes"
                .formatted(route.name()));
      }
    }
    return faults;
  }

  private static String version(HoldfastSettings settings) {
    int hash = List.of(settings.upstreams(), settings.routes()).toString().hashCode();
    return "%08x".formatted(hash);
  }
}
