package io.holdfast.edge;

import io.holdfast.http.ProblemType;
import io.holdfast.http.RequestHead;
import io.holdfast.http.RequestTarget;
import io.holdfast.route.DocumentId;
import io.holdfast.route.OperationPath;
import io.holdfast.route.Routes;
import io.holdfast.telemetry.RequestTrace;
import io.holdfast.upstream.ForwardRequest;
import io.holdfast.upstream.Room;
import io.holdfast.upstream.Upstreams;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.apache.pekko.http.javadsl.model.HttpRequest;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.apache.pekko.stream.Materializer;

/**
 * From a request to the route that takes it, and to whoever answers for that route. Every answer to
 * a request that was taken leaves through here, so here it is counted and logged; what the byte
 * stage and the parser refuse is counted there, and logged here.
 */
final class Dispatch implements HttpServer.Handler {
  /** The target of an {@code OPTIONS} that asks for no resource; no other method may have it. */
  private static final String WHOLE_SERVER = "*";

  private final Supplier<Routes> routes;
  private final Map<String, DocumentHandler> collections;
  private final RequestLog log;
  private final Materializer materializer;
  private final Optional<Services> services;
  private final Optional<OperationsHandler> operations;

  /**
   * Where requests that are forwarded go.
   *
   * @param room for what is not only passed on
   * @param stored what answers from stored responses, if anything does
   * @param accepting what accepts requests to be carried out later, if anything does
   */
  record Services(
      Upstreams upstreams,
      TrustedProxies trusted,
      Room room,
      Optional<CachedExchange.Surroundings> stored,
      Optional<Accepting> accepting) {}

  Dispatch(
      Supplier<Routes> routes,
      Map<String, DocumentHandler> collections,
      RequestLog log,
      Materializer materializer,
      Optional<Services> services,
      Optional<OperationsHandler> operations) {
    this.services = services;
    this.operations = operations;
    this.routes = routes;
    this.collections = Map.copyOf(collections);
    this.log = log;
    this.materializer = materializer;
  }

  @Override
  public Optional<Way> way(RequestHead head) {
    var target = RequestTarget.parse(head.target());
    if (OperationsHandler.take(target)) {
      return operations.flatMap(it -> it.way(head, target, log));
    }
    if (services.isEmpty()) {
      return Optional.empty();
    }
    return routes
        .get()
        .match(target.path())
        .filter(match -> match.route().isForwarded())
        .map(match -> wayOf(match, target));
  }

  private Way wayOf(Routes.Match match, RequestTarget target) {
    return new ServiceWay(match, target, services.orElseThrow(), routes.get(), log);
  }

  @Override
  public CompletionStage<HttpResponse> handle(HttpRequest request, Peer peer) {
    long started = System.nanoTime();
    var uri = target(request);
    var path = uri.path();
    boolean ofOperations = OperationsHandler.take(uri);
    var match = routes.get().match(path);
    var routeName =
        ofOperations ? OperationPath.ROUTE_NAME : match.map(m -> m.route().name()).orElse("none");
    var traceparent = Target.field(request, ForwardRequest.TRACEPARENT);
    var trace = log.begin(request.method().value(), routeName, traceparent, 0);
    return (ofOperations ? operation(request, uri) : answer(request, match, uri, trace))
        .handle(
            (response, failure) -> {
              var given = failure == null ? response : failed(failure, path);
              log.answered(request, routeName, path, given, trace, System.nanoTime() - started);
              return Responses.inTrace(given, trace.traceId());
            });
  }

  @Override
  public void refused(String method, String target, int status, long nanos) {
    log.refused(method, target, status, nanos);
  }

  /** What a handler throws fails the stage, so that it is counted and logged as well. */
  private CompletionStage<HttpResponse> answer(
      HttpRequest request, Optional<Routes.Match> match, RequestTarget uri, RequestTrace trace) {
    var path = uri.path();
    try {
      if (path.equals(WHOLE_SERVER)) {
        return options(request);
      }
      if (match.isPresent()) {
        return document(request, match.get(), uri, trace);
      }
      return AboutItself.take(path)
          ? AboutItself.answer(request, path, routes.get(), materializer)
          : refuse(request, ProblemType.NOT_FOUND, "No route takes " + path, path);
    } catch (RuntimeException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  private CompletionStage<HttpResponse> operation(HttpRequest request, RequestTarget uri) {
    if (operations.isEmpty()) {
      return refuse(
          request,
          ProblemType.OWNER_UNAVAILABLE,
          "This node is not one of the cluster now; nothing was changed",
          uri.path());
    }
    try {
      return operations.get().handle(request, uri);
    } catch (RuntimeException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  /** RFC 9110, section 9.3.7: what the server takes at all. */
  private CompletionStage<HttpResponse> options(HttpRequest request) {
    request.discardEntityBytes(materializer);
    var allow = new Responses.Fields().with("Allow", ProblemAnswer.METHODS);
    return CompletableFuture.completedFuture(Responses.empty(204, allow.list()));
  }

  private CompletionStage<HttpResponse> document(
      HttpRequest request, Routes.Match match, RequestTarget uri, RequestTrace trace) {
    var path = uri.path();
    var id = DocumentId.parse(match.remainder());
    if (id instanceof DocumentId.Document document) {
      return handle(request, match, uri, document.id(), trace);
    }
    if (id instanceof DocumentId.Collection) {
      return handle(request, match, uri, "", trace);
    }
    if (id instanceof DocumentId.Malformed malformed) {
      return refuse(request, ProblemType.BAD_REQUEST, malformed.reason(), path);
    }
    return refuse(request, ProblemType.NOT_FOUND, "There is nothing at " + path, path);
  }

  private CompletionStage<HttpResponse> handle(
      HttpRequest request, Routes.Match match, RequestTarget uri, String id, RequestTrace trace) {
    var target = new Target(request, match.route(), uri.path(), uri.query(), id, trace);
    return collections.get(match.route().collection()).handle(target);
  }

  private CompletionStage<HttpResponse> refuse(
      HttpRequest request, ProblemType type, String detail, String path) {
    request.discardEntityBytes(materializer);
    return CompletableFuture.completedFuture(Responses.problem(type, detail, path));
  }

  private HttpResponse failed(Throwable failure, String path) {
    log.failed(path, failure);
    return Responses.problem(
        ProblemType.INTERNAL, "The server made a mistake; its log says more", path);
  }

  /**
   * The target as the client sent it. The URI of the HTTP model will not do: it has resolved dot
   * segments, so {@code /docs/a/../b} would be {@code /docs/b}, and a path could leave its route.
   * The first field of the name is the HTTP layer's own, in front of any that a client made up.
   */
  private static RequestTarget target(HttpRequest request) {
    var sent = request.getHeader(HttpLayer.RAW_REQUEST_URI);
    return RequestTarget.parse(sent.orElseThrow().value());
  }
}
