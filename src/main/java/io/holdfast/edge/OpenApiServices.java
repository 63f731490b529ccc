package io.holdfast.edge;

import static io.holdfast.edge.OpenApiShapes.text;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.holdfast.http.ProblemType;
import io.holdfast.route.Fallback;
import io.holdfast.route.Route;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * What Holdfast adds to routes to services, for {@link OpenApi}: all else is the services' own.
 *
 * <p>A path item of OpenAPI 3.1 has no place for QUERY (RFC 10008): here it is {@code x-query},
 * which tools pass over, in the shape that OpenAPI 3.2 gives to {@code query}.
 */
final class OpenApiServices {
  private static final Set<String> RETRIEVALS = Set.of("get", "head", "x-query");

  private final OpenApiPaths paths;

  OpenApiServices(OpenApiPaths paths) {
    this.paths = paths;
  }

  /** Whatever is below the path is the service's own: no template of OpenAPI says that. */
  void describe(Route route) {
    var path = paths.path(route.path());
    path.put(
        "description",
        "This, and whatever is below it, is answered by a service, whatever the method. x-query is"
            + " QUERY (RFC 10008), for which OpenAPI 3.1 has no place.");
    for (var method :
        List.of("get", "head", "options", "post", "put", "patch", "delete", "x-query")) {
      passedOn(path, method, route);
    }
  }

  private void passedOn(ObjectNode path, String method, Route route) {
    var id = route.name() + "-" + method.replace("x-", "");
    var operation = paths.operation(path, method, id, "Passed on");
    operation.takes("Priority", "u=0 to u=7: may lower the class of the route (RFC 9218)");
    operation.problems(
        ProblemType.UPSTREAM_FAILED,
        ProblemType.BREAKER_OPEN,
        ProblemType.NO_INSTANCE,
        ProblemType.UPSTREAM_TIMEOUT,
        ProblemType.LOOP);
    for (int status : new int[] {502, 503, 504, 508}) {
      operation.problemFields(status, "Proxy-Status");
    }
    operation.problemFields(502, "Retry-After").problemFields(504, "Retry-After");
    var fields = new ArrayList<>(List.of("Via"));
    if (RETRIEVALS.contains(method)) {
      stored(operation, route, fields);
    } else if (method.equals("options")) {
      operation.answer(204, "With Max-Forwards: 0 of this port itself");
    } else {
      changes(operation, route, fields);
    }
    operation.anyAnswer("The service's own answer", fields.toArray(new String[0]));
  }

  private static void stored(OpenApiOperation operation, Route route, List<String> fields) {
    boolean stored = route.caching().on();
    if (stored) {
      operation.takes("Cache-Control", "As of a shared cache (RFC 9111)");
      fields.add("Age");
    }
    if (stored || route.fallback().isPresent()) {
      fields.add("Cache-Status");
      for (int status : new int[] {502, 503, 504}) {
        operation.problemFields(status, "Cache-Status");
      }
    }
    route
        .fallback()
        .filter(Fallback.Fixed.class::isInstance)
        .map(Fallback.Fixed.class::cast)
        .ifPresent(it -> fallback(operation, it, fields));
  }

  /** Also where the service itself answers with that status. */
  private static void fallback(
      OpenApiOperation operation, Fallback.Fixed fallback, List<String> fields) {
    var answer =
        operation.answer(
            fallback.status(),
            "The service's own answer, or, while it fails, the route's fallback",
            fields.toArray(new String[0]));
    if (!fallback.content().isEmpty()) {
      operation.content(answer, fallback.contentType(), text());
    }
  }

  private static void changes(OpenApiOperation operation, Route route, List<String> fields) {
    operation.keyed(route, "A repeat under the same key gets the first answer");
    operation.problems(ProblemType.CONTENT_TOO_LARGE, ProblemType.DATABASE_UNAVAILABLE);
    fields.add("Idempotent-Replayed");
    if (route.caching().on()) {
      fields.add("Cache-Status");
    }
    operation.accepts(route);
  }
}
