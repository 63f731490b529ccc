package io.holdfast.admin;

import io.holdfast.http.ProblemType;
import io.holdfast.telemetry.LogLevels;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import java.util.function.Supplier;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.http.javadsl.Http;
import org.apache.pekko.http.javadsl.ServerBinding;
import org.apache.pekko.http.javadsl.model.ContentType;
import org.apache.pekko.http.javadsl.model.HttpCharsets;
import org.apache.pekko.http.javadsl.model.HttpEntities;
import org.apache.pekko.http.javadsl.model.HttpHeader;
import org.apache.pekko.http.javadsl.model.HttpRequest;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.apache.pekko.http.javadsl.model.MediaTypes;
import org.apache.pekko.http.javadsl.model.headers.Host;
import org.apache.pekko.http.javadsl.model.headers.RawHeader;
import org.apache.pekko.http.javadsl.settings.ServerSettings;
import org.apache.pekko.stream.Materializer;

/**
 * The operator's port: probes, metrics, the cluster as this node sees it, the order to drain, and
 * what is logged. Answers from what the node knows already. With a token configured, everything but
 * the two probes asks for it, also what does not exist: only who has the token learns what does.
 */
public final class AdminServer {
  private static final ContentType PROMETHEUS =
      MediaTypes.TEXT_PLAIN.toContentType(HttpCharsets.UTF_8);

  private static final String LOGGER_PATH = LogLevelsEndpoint.PREFIX + "LOGGER";

  private static final String ORDER_PATH = UpstreamsEndpoint.PREFIX + "ORDER";

  private final AdminSettings settings;
  private final NodeView node;
  private final PrometheusMeterRegistry meters;
  private final Materializer materializer;
  private final LogLevelsEndpoint logLevels;
  private final Map<String, Endpoint> endpoints = new LinkedHashMap<>();

  private record Endpoint(
      String method, boolean open, Function<HttpRequest, CompletionStage<HttpResponse>> answer) {
    boolean takes(String asked) {
      return method.equals(asked) || (method.equals("GET") && asked.equals("HEAD"));
    }
  }

  private AdminServer(
      AdminSettings settings,
      NodeView node,
      ServicesView services,
      CacheView cache,
      PrometheusMeterRegistry meters,
      Materializer materializer) {
    this.settings = settings;
    this.node = node;
    this.meters = meters;
    this.materializer = materializer;
    this.logLevels = new LogLevelsEndpoint(LogLevels.ofThisProcess(), materializer);
    endpoints.put("/livez", of("GET", true, this::alive));
    endpoints.put("/readyz", of("GET", true, this::ready));
    endpoints.put("/metrics", of("GET", false, this::metrics));
    endpoints.put("/cluster", of("GET", false, this::cluster));
    endpoints.put("/cluster/drain", of("POST", false, this::drain));
    endpoints.put(LogLevelsEndpoint.PATH, of("GET", false, logLevels::show));
    var upstreams = new UpstreamsEndpoint(services, materializer);
    endpoints.put(UpstreamsEndpoint.PATH, of("GET", false, upstreams::show));
    endpoints.put(UpstreamsEndpoint.RELOAD_PATH, of("POST", false, upstreams::reload));
    endpoints.put(ORDER_PATH, new Endpoint("POST", false, upstreams::give));
    var stored = new CacheEndpoint(cache, materializer);
    endpoints.put(CacheEndpoint.PATH, of("GET", false, stored::show));
    endpoints.put(CacheEndpoint.PURGE_PATH, new Endpoint("POST", false, stored::purge));
    endpoints.put(LOGGER_PATH, new Endpoint("PUT", false, logLevels::change));
  }

  /** An endpoint that needs nothing of its request but the method. */
  private Endpoint of(String method, boolean open, Supplier<CompletionStage<HttpResponse>> answer) {
    return new Endpoint(
        method,
        open,
        request -> {
          request.discardEntityBytes(materializer);
          return answer.get();
        });
  }

  /** Binds the port; the future fails when it is in use. */
  public static CompletionStage<ServerBinding> bind(
      ActorSystem<?> system,
      String host,
      int port,
      AdminSettings settings,
      NodeView node,
      ServicesView services,
      CacheView cache,
      PrometheusMeterRegistry meters) {
    var materializer = Materializer.createMaterializer(system);
    var server = new AdminServer(settings, node, services, cache, meters, materializer);
    // A load balancer's check may be of HTTP/1.0, which needs no Host; haproxy's is.
    var limits =
        ServerSettings.create(system.settings().config())
            .withDefaultHostHeader(Host.create("admin"));
    return Http.get(system).newServerAt(host, port).withSettings(limits).bind(server::answer);
  }

  private CompletionStage<HttpResponse> answer(HttpRequest request) {
    var path = request.getUri().path();
    var endpoint = Optional.ofNullable(endpoints.get(pattern(path)));
    boolean open = endpoint.map(Endpoint::open).orElse(false);
    if (!open && !isAuthorized(request)) {
      return refuse(
          request,
          ProblemType.UNAUTHORIZED,
          "Send Authorization: Bearer with admin.token",
          List.of(RawHeader.create("WWW-Authenticate", "Bearer")));
    }
    if (endpoint.isEmpty()) {
      var detail = "There is no " + path + " here; there are " + endpoints.keySet();
      return refuse(request, ProblemType.NOT_FOUND, detail, List.of());
    }
    var method = endpoint.get().method();
    return endpoint.get().takes(request.method().value())
        ? endpoint.get().answer().apply(request)
        : refuse(
            request,
            ProblemType.METHOD_NOT_ALLOWED,
            path + " takes " + method,
            List.of(RawHeader.create("Allow", method)));
  }

  /** The path as the endpoints' table has it. */
  private static String pattern(String path) {
    if (isBelow(LogLevelsEndpoint.PREFIX, path)) {
      return LOGGER_PATH;
    }
    return isBelow(UpstreamsEndpoint.PREFIX, path) ? ORDER_PATH : path;
  }

  private static boolean isBelow(String prefix, String path) {
    return path.startsWith(prefix) && path.length() > prefix.length();
  }

  private CompletionStage<HttpResponse> refuse(
      HttpRequest request, ProblemType type, String detail, List<HttpHeader> fields) {
    request.discardEntityBytes(materializer);
    return AdminAnswers.problem(type, detail).thenApply(refusal -> refusal.addHeaders(fields));
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
    return AdminAnswers.json(200, Map.of("status", "alive"));
  }

  private CompletionStage<HttpResponse> ready() {
    var readiness = node.readiness();
    int status = readiness.state() == NodeView.State.READY ? 200 : 503;
    var name = readiness.state().name().toLowerCase(Locale.ROOT).replace('_', '-');
    return AdminAnswers.json(status, Map.of("status", name, "checks", readiness.checks()));
  }

  private CompletionStage<HttpResponse> metrics() {
    return AdminAnswers.done(
        HttpResponse.create()
            .withEntity(
                HttpEntities.create(PROMETHEUS, meters.scrape().getBytes(StandardCharsets.UTF_8))));
  }

  private CompletionStage<HttpResponse> cluster() {
    return node.status().thenCompose(status -> AdminAnswers.json(200, status));
  }

  private CompletionStage<HttpResponse> drain() {
    node.drain();
    return AdminAnswers.json(202, Map.of("status", "draining"));
  }
}
