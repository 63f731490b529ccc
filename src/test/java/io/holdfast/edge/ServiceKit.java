package io.holdfast.edge;

import io.holdfast.testing.Origin;
import io.holdfast.testing.RawClient;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Services and public ports that lead to them, for the tests of one class: each ends with its test,
 * the services before the ports.
 */
final class ServiceKit implements AfterEachCallback, AfterAllCallback {
  private final ActorTestKit kit = ActorTestKit.create();
  private final Deque<AutoCloseable> open = new ArrayDeque<>();

  Origin origin(Origin.Behaviour behaviour) {
    var origin = Origin.start(behaviour);
    open.addFirst(origin);
    return origin;
  }

  /** A port with a route {@code /s} to a service of these instances. */
  ForwardingFixture to(String service, Origin... instances) {
    var urls = Arrays.stream(instances).map(Origin::url).toArray(String[]::new);
    return opened(ForwardingFixture.ofService(kit, service, urls));
  }

  /** With settings of the route too. */
  ForwardingFixture to(Origin instance, String service, String route) {
    return start(holdfast(instance, service, route));
  }

  /** Owners of stored responses, which several ports may share like the nodes of a cluster. */
  LocalOwners owners() {
    return new LocalOwners(kit);
  }

  /** A port with a route {@code /s} that stores what the service allows. */
  ForwardingFixture caching(LocalOwners owners, Origin instance, String service, String route) {
    return opened(ForwardingFixture.caching(kit, holdfast(instance, service, route), owners));
  }

  /** The same of a node that has a clock of its own. */
  ForwardingFixture caching(LocalOwners owners, Origin instance, InstantSource clock) {
    var holdfast = holdfast(instance, "retries-max = 0", "");
    return opened(ForwardingFixture.caching(kit, holdfast, owners, clock));
  }

  private static String holdfast(Origin instance, String service, String route) {
    return "upstreams.s { instances = [\"%s\"]\n%s }\nroutes.s { path = \"/s\", upstream = s\n%s }"
        .formatted(instance.url(), service, route);
  }

  /** A port with this in {@code holdfast { }}. */
  ForwardingFixture start(String holdfast) {
    return opened(ForwardingFixture.start(kit, holdfast));
  }

  private ForwardingFixture opened(ForwardingFixture port) {
    close(port);
    return port;
  }

  /** At the end of the test, behind the services. */
  void close(AutoCloseable it) {
    open.addLast(it);
  }

  /** The name of the problem that it says. */
  static String problem(RawClient.Response response) {
    return response.content().replaceAll(".*problems/([a-z-]+).*", "$1");
  }

  @Override
  public void afterEach(ExtensionContext context) throws Exception {
    while (!open.isEmpty()) {
      open.removeFirst().close();
    }
  }

  @Override
  public void afterAll(ExtensionContext context) {
    kit.shutdownTestKit();
  }
}
