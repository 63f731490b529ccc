package io.holdfast.upstream;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** Asks instances how they are. Those of one service are asked at the same time. */
final class Checks {
  private final Listener listener;
  private final Map<String, Long> nextAt = new HashMap<>();
  private HttpClient client;

  /** Hears of each check, on any thread. */
  @FunctionalInterface
  interface Listener {
    void checked(String service, String instance, boolean succeeded);
  }

  Checks(Listener listener) {
    this.listener = listener;
  }

  /** Asks the instances of a service if it is time. */
  void due(UpstreamSettings settings, long nowNanos) {
    var health = settings.health();
    long next = nextAt.getOrDefault(settings.name(), nowNanos);
    if (health.isOn() && nowNanos - next >= 0) {
      nextAt.put(settings.name(), nowNanos + health.interval().toNanos());
      var all = new ArrayList<InstanceAddress>(settings.instances());
      all.addAll(settings.standby());
      List.copyOf(all).forEach(it -> ask(settings, it));
    }
  }

  private void ask(UpstreamSettings settings, InstanceAddress instance) {
    var health = settings.health();
    var request =
        HttpRequest.newBuilder(URI.create("http://" + instance.name() + health.path()))
            .timeout(health.timeout())
            .header("User-Agent", "holdfast-check")
            .build();
    var asked = client().sendAsync(request, HttpResponse.BodyHandlers.discarding());
    asked
        .handle((response, failure) -> failure == null && health.expects(response.statusCode()))
        .thenAccept(good -> listener.checked(settings.name(), instance.name(), good));
    // The client's own timeout is over with the head of the answer.
    CompletableFuture.delayedExecutor(health.timeout().toNanos(), TimeUnit.NANOSECONDS)
        .execute(() -> asked.cancel(true));
  }

  /** Made when it is first needed: it has threads of its own. */
  private HttpClient client() {
    if (client == null) {
      client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    }
    return client;
  }
}
