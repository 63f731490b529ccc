package io.holdfast.edge;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.holdfast.route.Routes;

/**
 * What the public port takes, as OpenAPI 3.1: documents and operations whole, and of services what
 * Holdfast itself adds to their answers. Pure.
 */
final class OpenApi {
  static final String PATH = "/openapi.json";

  private final Routes routes;

  private OpenApi(Routes routes) {
    this.routes = routes;
  }

  /** The document, as a JSON text. */
  static String of(Routes routes) {
    return new OpenApi(routes).whole().toString();
  }

  private ObjectNode whole() {
    var whole = JsonNodeFactory.instance.objectNode();
    whole.put("openapi", "3.1.0");
    whole
        .putObject("info")
        .put("title", "Holdfast")
        .put("version", "1")
        .put(
            "description",
            "Any node of the cluster takes any of these requests. A method that a path does not"
                + " name is answered with 405 method-not-allowed and Allow, where a service does"
                + " not answer, and one that is not known with 501 not-implemented.");
    whole.putArray("servers").addObject().put("url", "/");
    var paths = new OpenApiPaths();
    var documents = new OpenApiDocuments(paths);
    var services = new OpenApiServices(paths);
    for (var route : routes.routes()) {
      if (route.isForwarded()) {
        services.describe(route);
      } else {
        documents.describe(route);
      }
    }
    new OpenApiOperations(paths).describe();
    var shared = new OpenApiResponses();
    whole.set("paths", paths.end(shared));
    whole.set("components", OpenApiShapes.components(shared));
    return whole;
  }
}
