package io.holdfast.admin;

import io.holdfast.http.ProblemType;
import io.holdfast.upstream.Followed;
import io.holdfast.upstream.Order;
import io.holdfast.upstream.Stewards.Given;
import io.holdfast.upstream.UpstreamView;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import org.apache.pekko.http.javadsl.model.HttpRequest;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.apache.pekko.stream.Materializer;

/**
 * {@code /upstreams}: the services as this node sees them; {@code
 * /upstreams/U/instances/HOST:PORT/drain} and {@code restore}, {@code /upstreams/U/breaker/open},
 * {@code close} and {@code auto}: orders, answered when all nodes know them; {@code
 * /configuration/reload}: this node reads its configuration again.
 */
final class UpstreamsEndpoint {
  static final String PATH = "/upstreams";
  static final String PREFIX = PATH + "/";
  static final String RELOAD_PATH = "/configuration/reload";

  private static final Map<String, Order.Word> ABOUT_BREAKERS =
      Map.of("open", Order.Word.OPEN, "close", Order.Word.CLOSE, "auto", Order.Word.AUTO);

  private static final Map<String, Order.Word> ABOUT_INSTANCES =
      Map.of("drain", Order.Word.DRAIN, "restore", Order.Word.RESTORE);

  private final ServicesView services;
  private final Materializer materializer;

  UpstreamsEndpoint(ServicesView services, Materializer materializer) {
    this.services = services;
    this.materializer = materializer;
  }

  CompletionStage<HttpResponse> show() {
    var shown = state(services.followed());
    shown.put("upstreams", services.views());
    return AdminAnswers.json(200, shown);
  }

  private static Map<String, Object> state(Followed followed) {
    var shown = new LinkedHashMap<String, Object>();
    shown.put("configuration", followed.version());
    shown.put("reloads", followed.reloads());
    shown.put("faults", String.join("\n", followed.faults()));
    return shown;
  }

  CompletionStage<HttpResponse> reload() {
    return services.reload().thenCompose(followed -> AdminAnswers.json(200, state(followed)));
  }

  CompletionStage<HttpResponse> give(HttpRequest request) {
    request.discardEntityBytes(materializer);
    var path = request.getUri().path();
    var words = List.of(path.substring(PREFIX.length()).split("/", -1));
    return word(words)
        .map(word -> services.give(words.get(0), words.size() == 4 ? words.get(2) : "", word))
        .map(given -> given.thenCompose(UpstreamsEndpoint::answer))
        .orElseGet(
            () ->
                AdminAnswers.problem(
                    ProblemType.NOT_FOUND, "There is nothing to order at " + path));
  }

  private static CompletionStage<HttpResponse> answer(Given given) {
    return given.pending().isEmpty()
        ? AdminAnswers.json(200, Map.of("nodes", given.nodes()))
        : AdminAnswers.json(202, Map.of("nodes", given.nodes(), "pending", given.pending()));
  }

  private Optional<Order.Word> word(List<String> words) {
    var service =
        services.views().stream().filter(it -> it.name().equals(words.get(0))).findFirst();
    if (service.isEmpty()) {
      return Optional.empty();
    }
    if (words.size() == 3 && words.get(1).equals("breaker")) {
      return Optional.ofNullable(ABOUT_BREAKERS.get(words.get(2)));
    }
    boolean names =
        words.size() == 4
            && words.get(1).equals("instances")
            && hasInstance(service.get(), words.get(2));
    return names ? Optional.ofNullable(ABOUT_INSTANCES.get(words.get(3))) : Optional.empty();
  }

  private static boolean hasInstance(UpstreamView service, String name) {
    return service.instances().stream().anyMatch(it -> it.name().equals(name));
  }
}
