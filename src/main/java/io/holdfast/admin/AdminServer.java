package io.holdfast.admin;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.holdfast.http.Problem;
import io.holdfast.http.ProblemType;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.http.javadsl.Http;
import org.apache.pekko.http.javadsl.ServerBinding;
import org.apache.pekko.http.javadsl.model.ContentType;
import org.apache.pekko.http.javadsl.model.ContentTypes;
import org.apache.pekko.http.javadsl.model.HttpCharsets;
import org.apache.pekko.http.javadsl.model.HttpEntities;
import org.apache.pekko.http.javadsl.model.HttpHeader;
import org.apache.pekko.http.javadsl.model.HttpRequest;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.apache.pekko.http.javadsl.model.MediaTypes;
import org.apache.pekko.http.javadsl.model.headers.RawHeader;
import org.apache.pekko.stream.Materializer;

/**
 * The operator's port: probes, metrics, the cluster as this node sees it, and the order to drain.
 * Answers from what the node knows already. With a token configured, everything but the two probes
 * asks for it.
 */
public final class AdminServer {
  private static final ContentType PROBLEM =
      MediaTypes.applicationWithFixedCharset("problem+json", HttpCharsets.UTF_8).toContentType();
  private static final ContentType PROMETHEUS =
      MediaTypes.TEXT_PLAIN.toContentType(HttpCharsets.UTF_8);

  private final AdminSettings settings;
  private final NodeView node;
  private final PrometheusMeterRegistry meters;
  private final Materializer materializer;
  private final ObjectMapper json = new ObjectMapper();
  private final Map<String, Endpoint> endpoints = new LinkedHashMap<>();

  private record Endpoint(
      String method, boolean open, Supplier<CompletionStage<HttpResponse>> answer) {
    boolean takes(String asked) {
      return method.equals(asked) || (method.equals("GET") && asked.equals("HEAD"));
    }
  }

  private AdminServer(
      AdminSettings settings,
      NodeView node,
      PrometheusMeterRegistry meters,
      Materializer materializer) {
    this.settings = settings;
    this.node = node;
    this.meters = meters;
    this.materializer = materializer;
    endpoints.put("/livez", new Endpoint("GET", true, this::alive));
    endpoints.put("/readyz", new Endpoint("GET", true, this::ready));
    endpoints.put("/metrics", new Endpoint("GET", false, this::metrics));
    endpoints.put("/cluster", new Endpoint("GET", false, this::cluster));
    endpoints.put("/cluster/drain", new Endpoint("POST", false, this::drain));
  }

  /** Binds the port; the future fails when it is in use. */
  public static CompletionStage<ServerBinding> bind(
      ActorSystem<?> system,
      String host,
      int port,
      AdminSettings settings,
      NodeView node,
      PrometheusMeterRegistry meters) {
    var server = new AdminServer(settings, node, meters, Materializer.createMaterializer(system));
    return Http.get(system).newServerAt(host, port).bind(server::answer);
  }

  private CompletionStage<HttpResponse> answer(HttpRequest request) {
    request.discardEntityBytes(materializer);
    var path = request.getUri().path();
    var endpoint = endpoints.get(path);
    if (endpoint == null) {
      return problem(
          ProblemType.NOT_FOUND, "There is no " + path + " here; there are " + endpoints.keySet());
    }
    if (!endpoint.takes(request.method().value())) {
      return problem(ProblemType.METHOD_NOT_ALLOWED, path + " takes " + endpoint.method())
          .thenApply(refusal -> refusal.addHeader(RawHeader.create("Allow", endpoint.method())));
    }
    if (!endpoint.open() && !isAuthorized(request)) {
      return problem(ProblemType.UNAUTHORIZED, "Send Authorization: Bearer with admin.token")
          .thenApply(refusal -> refusal.addHeader(RawHeader.create("WWW-Authenticate", "Bearer")));
    }
    return endpoint.answer().get();
  }

  /** Takes the same time wherever the token differs. */
  private boolean isAuthorized(HttpRequest request) {
    if (settings.token().isEmpty()) {
      return true;
    }
    var given = request.getHeader("Authorization").map(HttpHeader::value).orElse("");
    return MessageDigest.isEqual(
        given.getBytes(StandardCharsets.UTF_8),
        ("Bearer " + settings.token()).getBytes(StandardCharsets.UTF_8));
  }

  private CompletionStage<HttpResponse> alive() {
    return json(200, Map.of("status", "alive"));
  }

  private CompletionStage<HttpResponse> ready() {
    var readiness = node.readiness();
    int status = readiness.state() == NodeView.State.READY ? 200 : 503;
    var name = readiness.state().name().toLowerCase(Locale.ROOT).replace('_', '-');
    return json(status, Map.of("status", name, "checks", readiness.checks()));
  }

  private CompletionStage<HttpResponse> metrics() {
    return done(
        HttpResponse.create()
            .withEntity(
                HttpEntities.create(PROMETHEUS, meters.scrape().getBytes(StandardCharsets.UTF_8))));
  }

  private CompletionStage<HttpResponse> cluster() {
    return node.status().thenCompose(status -> json(200, status));
  }

  private CompletionStage<HttpResponse> drain() {
    node.drain();
    return json(202, Map.of("status", "draining"));
  }

  private CompletionStage<HttpResponse> json(int status, Object value) {
    try {
      return done(
          HttpResponse.create()
              .withStatus(status)
              .withHeaders(List.of(RawHeader.create("Cache-Control", "no-store")))
              .withEntity(
                  HttpEntities.create(
                      ContentTypes.APPLICATION_JSON, json.writeValueAsBytes(value))));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("A status that is no JSON", e);
    }
  }

  private static CompletionStage<HttpResponse> problem(ProblemType type, String detail) {
    var content = Problem.of(type, detail).toJson().getBytes(StandardCharsets.UTF_8);
    return done(
        HttpResponse.create()
            .withStatus(type.status())
            .withEntity(HttpEntities.create(PROBLEM, content)));
  }

  private static CompletionStage<HttpResponse> done(HttpResponse response) {
    return CompletableFuture.completedFuture(response);
  }
}
