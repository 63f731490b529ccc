package io.holdfast.admin;

import io.holdfast.http.ProblemType;
import io.holdfast.telemetry.Limits;
import io.holdfast.telemetry.LogLevels;
import io.micrometer.core.instrument.Counter;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.function.Supplier;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.javadsl.AskPattern;
import org.apache.pekko.http.javadsl.Http;
import org.apache.pekko.http.javadsl.ServerBinding;
import org.apache.pekko.http.javadsl.model.AttributeKeys;
import org.apache.pekko.http.javadsl.model.ContentType;
import org.apache.pekko.http.javadsl.model.HttpCharsets;
import org.apache.pekko.http.javadsl.model.HttpEntities;
import org.apache.pekko.http.javadsl.model.HttpHeader;
import org.apache.pekko.http.javadsl.model.HttpRequest;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.apache.pekko.http.javadsl.model.MediaTypes;
import org.apache.pekko.http.javadsl.model.RemoteAddress;
import org.apache.pekko.http.javadsl.model.headers.Host;
import org.apache.pekko.http.javadsl.model.headers.RawHeader;
import org.apache.pekko.http.javadsl.settings.ServerSettings;
import org.apache.pekko.pattern.Patterns;
import org.apache.pekko.stream.Materializer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The operator's port: probes, metrics, the cluster as this node sees it, the order to drain, and
 * what is logged. Answers from what the node knows already. With a token configured, everything but
 * the two probes asks for it, also what does not exist: only who has the token learns what does.
 */
public final class AdminServer {
  /** Of questions to all nodes, before the page is sent without one of them. */
  private static final int PAGE_ROUNDS_MAX = 4;

  private static final ContentType PROMETHEUS =
      MediaTypes.TEXT_PLAIN.toContentType(HttpCharsets.UTF_8);

  private static final String LOGGER_PATH = LogLevelsEndpoint.PREFIX + "LOGGER";

  private static final String OPERATION_PATH = OperationsEndpoint.PREFIX + "ORDER";

  private static final String ORDER_PATH = UpstreamsEndpoint.PREFIX + "ORDER";

  /** A wrong token is answered so late: guessing takes longer than tokens last. */
  private static final Duration WRONG_TOKEN_WAITS = Duration.ofSeconds(1);

  /** Of wrong tokens that wait; more are answered at once, with 429. */
  private static final int WRONG_TOKENS_MAX = 100;

  private static final Duration GATHERED_WITHIN = Duration.ofSeconds(2);
  private static final Logger log = LoggerFactory.getLogger(AdminServer.class);

  private final AdminSettings settings;
  private final NodeView node;
  private final PrometheusMeterRegistry meters;
  private final ActorSystem<?> system;
  private final ActorRef<Pulses.Command> pulses;
  private final Materializer materializer;
  private final LogLevelsEndpoint logLevels;
  private final AtomicInteger wrongTokens = new AtomicInteger();
  private final Counter tokensTurnedAway;
  private volatile List<String> ports = List.of();
  private final Map<String, Endpoint> endpoints = new LinkedHashMap<>();

  private record Endpoint(
      String method, boolean open, Function<HttpRequest, CompletionStage<HttpResponse>> answer) {
    boolean takes(String asked) {
      return method.equals(asked) || (method.equals("GET") && asked.equals("HEAD"));
    }
  }

  /** What is shown, and given orders to. */
  public record Views(
      NodeView node,
      ServicesView services,
      CacheView cache,
      OperationsView operations,
      ResourceView resources,
      ActorRef<Pulses.Command> pulses,
      PrometheusMeterRegistry meters) {}

  private AdminServer(AdminSettings settings, Views views, ActorSystem<?> system) {
    this.settings = settings;
    this.node = views.node();
    this.meters = views.meters();
    this.pulses = views.pulses();
    this.tokensTurnedAway = Limits.dropped(meters, "wrong-tokens");
    this.system = system;
    this.materializer = Materializer.createMaterializer(system);
    this.logLevels =
        new LogLevelsEndpoint(
            LogLevels.ofThisProcess(), materializer, Limits.dropped(meters, "log-levels"));
    endpoints.put("/livez", of("GET", true, this::alive));
    endpoints.put("/readyz", of("GET", true, this::ready));
    endpoints.put("/metrics", of("GET", false, this::metrics));
    endpoints.put("/cluster", of("GET", false, this::cluster));
    endpoints.put("/cluster/drain", of("POST", false, this::drain));
    endpoints.put(LogLevelsEndpoint.PATH, of("GET", false, logLevels::show));
    var upstreams = new UpstreamsEndpoint(views.services(), materializer);
    endpoints.put(UpstreamsEndpoint.PATH, of("GET", false, upstreams::show));
    endpoints.put(UpstreamsEndpoint.RELOAD_PATH, of("POST", false, upstreams::reload));
    endpoints.put(ORDER_PATH, new Endpoint("POST", false, upstreams::give));
    var stored = new CacheEndpoint(views.cache(), materializer, Limits.dropped(meters, "purges"));
    endpoints.put(CacheEndpoint.PATH, of("GET", false, stored::show));
    endpoints.put(CacheEndpoint.PURGE_PATH, new Endpoint("POST", false, stored::purge));
    var operations = new OperationsEndpoint(views.operations(), materializer);
    endpoints.put(OperationsEndpoint.PATH, new Endpoint("GET", false, operations::show));
    endpoints.put(OPERATION_PATH, new Endpoint("POST", false, operations::give));
    var resources = new ResourcesEndpoint(views.resources(), this::find, materializer);
    endpoints.put(ResourcesEndpoint.PATH, new Endpoint("GET", false, resources::show));
    endpoints.put(LOGGER_PATH, new Endpoint("PUT", false, logLevels::change));
    var events = new EventsEndpoint(this::gather, EventsEndpoint.NOT_READ_MAX, meters);
    endpoints.put(EventsEndpoint.PATH, new Endpoint("GET", false, events::stream));
    var page = new PageEndpoint(!settings.token().isEmpty());
    page.paths()
        .forEach(
            path ->
                endpoints.put(
                    path, of("GET", true, () -> AdminAnswers.done(page.answer(path, ports)))));
    endpoints.put("/", of("GET", true, () -> page(page, PAGE_ROUNDS_MAX)));
  }

  /** It can go on only with nodes of which it hears now: those that never spoke get a moment. */
  private CompletionStage<HttpResponse> page(PageEndpoint page, int rounds) {
    return gather()
        .handle((gathered, failure) -> failure == null && gathered.hasStrangers())
        .thenCompose(
            again ->
                again && rounds > 1
                    ? page(page, rounds - 1)
                    : AdminAnswers.done(page.answer("/", ports)));
  }

  /** What all nodes tell; where they are is remembered. */
  private CompletionStage<Pulses.Gathered> gather() {
    return AskPattern.<Pulses.Command, Pulses.Gathered>ask(
            pulses, Pulses.Gather::new, GATHERED_WITHIN, system.scheduler())
        .thenApply(
            gathered -> {
              ports = gathered.ports();
              return gathered;
            });
  }

  /** What all nodes have of a resource. */
  private CompletionStage<Pulses.Sighted> find(String path) {
    return AskPattern.ask(
        pulses, replyTo -> new Pulses.Find(path, replyTo), GATHERED_WITHIN, system.scheduler());
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
      ActorSystem<?> system, String host, int port, AdminSettings settings, Views views) {
    var server = new AdminServer(settings, views, system);
    // A load balancer's check may be of HTTP/1.0, which needs no Host; haproxy's is.
    var limits =
        ServerSettings.create(system.settings().config())
            .withDefaultHostHeader(Host.create("admin"))
            .withRemoteAddressAttribute(true); // who gave an order stands in the log
    return Http.get(system).newServerAt(host, port).withSettings(limits).bind(server::answer);
  }

  private CompletionStage<HttpResponse> answer(HttpRequest request) {
    if (!CrossOrigin.isForeign(request)) {
      return answerOwn(request);
    }
    var origin = request.getHeader("Origin").orElseThrow().value();
    return ports.contains(origin)
        ? answerPage(request, origin)
        : gather()
            .handle((gathered, failure) -> ports.contains(origin))
            .thenCompose(known -> known ? answerPage(request, origin) : refuseOrigin(request));
  }

  /** To the page of another node. */
  private CompletionStage<HttpResponse> answerPage(HttpRequest request, String origin) {
    if (request.method().value().equals("OPTIONS")) {
      request.discardEntityBytes(materializer);
      return AdminAnswers.done(CrossOrigin.allowed(origin));
    }
    return answerOwn(request).thenApply(it -> CrossOrigin.readable(it, origin));
  }

  private CompletionStage<HttpResponse> refuseOrigin(HttpRequest request) {
    return refuse(
        request,
        ProblemType.FORBIDDEN,
        "A page of another origin may not ask the operator's port",
        List.of());
  }

  private CompletionStage<HttpResponse> answerOwn(HttpRequest request) {
    var path = request.getUri().path();
    var endpoint = Optional.ofNullable(endpoints.get(pattern(path)));
    boolean open = endpoint.map(Endpoint::open).orElse(false);
    if (!open && !isAuthorized(request)) {
      return unauthorized(request);
    }
    if (endpoint.isEmpty()) {
      var detail = "There is no " + path + " here; there are " + endpoints.keySet();
      return refuse(request, ProblemType.NOT_FOUND, detail, List.of());
    }
    var method = endpoint.get().method();
    if (!endpoint.get().takes(request.method().value())) {
      return refuse(
          request,
          ProblemType.METHOD_NOT_ALLOWED,
          path + " takes " + method,
          List.of(RawHeader.create("Allow", method)));
    }
    var answered = endpoint.get().answer().apply(request);
    return method.equals("GET") ? answered : answered.thenApply(it -> audited(request, it));
  }

  /** Who ordered what, and what came of it. */
  private static HttpResponse audited(HttpRequest request, HttpResponse answer) {
    log.info(
        "{} ordered {} {}: {}",
        request
            .getAttribute(AttributeKeys.remoteAddress)
            .flatMap(RemoteAddress::getAddress)
            .map(InetAddress::getHostAddress)
            .orElse("somebody"),
        request.method().value(),
        request.getUri().path(),
        answer.status().intValue());
    return answer;
  }

  private CompletionStage<HttpResponse> unauthorized(HttpRequest request) {
    boolean guessed = request.getHeader("Authorization").isPresent();
    if (!guessed) {
      return refuseToken(request, "Send Authorization: Bearer with admin.token");
    }
    if (wrongTokens.incrementAndGet() > WRONG_TOKENS_MAX) {
      wrongTokens.decrementAndGet();
      tokensTurnedAway.increment();
      return refuse(
          request, ProblemType.TOO_MANY_REQUESTS, "Too many wrong tokens at once", List.of());
    }
    var late =
        Patterns.after(
            WRONG_TOKEN_WAITS,
            system.classicSystem(),
            () -> {
              wrongTokens.decrementAndGet();
              return refuseToken(request, "The token is wrong: it is that of admin.token");
            });
    log.warn("A wrong token was sent to the admin port, for {}", request.getUri().path());
    return late;
  }

  private CompletionStage<HttpResponse> refuseToken(HttpRequest request, String detail) {
    return refuse(
        request,
        ProblemType.UNAUTHORIZED,
        detail,
        List.of(RawHeader.create("WWW-Authenticate", "Bearer")));
  }

  /** The path as the endpoints' table has it. */
  private static String pattern(String path) {
    if (isBelow(LogLevelsEndpoint.PREFIX, path)) {
      return LOGGER_PATH;
    }
    if (isBelow(OperationsEndpoint.PREFIX, path)) {
      return OPERATION_PATH;
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
    return AdminAnswers.json(
        status, Map.of("status", readiness.state().shown(), "checks", readiness.checks()));
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
