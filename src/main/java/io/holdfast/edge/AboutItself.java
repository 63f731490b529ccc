package io.holdfast.edge;

import io.holdfast.http.MediaType;
import io.holdfast.http.ProblemType;
import io.holdfast.route.Routes;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.stream.Collectors;
import org.apache.pekko.http.javadsl.model.ContentType;
import org.apache.pekko.http.javadsl.model.ContentTypes;
import org.apache.pekko.http.javadsl.model.HttpEntities;
import org.apache.pekko.http.javadsl.model.HttpRequest;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.apache.pekko.http.javadsl.model.headers.RawHeader;
import org.apache.pekko.stream.Materializer;

/**
 * What the public port says of itself where no route says something else: {@code /} what this is,
 * and {@code /openapi.json} what it takes.
 */
final class AboutItself {
  private static final String ROOT = "/";

  private AboutItself() {}

  static boolean take(String path) {
    return path.equals(ROOT) || path.equals(OpenApi.PATH);
  }

  static CompletionStage<HttpResponse> answer(
      HttpRequest request, String path, Routes routes, Materializer materializer) {
    request.discardEntityBytes(materializer);
    var method = request.method().value();
    if (!Set.of("GET", "HEAD").contains(method)) {
      var allow = RawHeader.create("Allow", "GET, HEAD");
      return done(
          Responses.problem(ProblemType.METHOD_NOT_ALLOWED, path + " takes GET and HEAD", path)
              .addHeader(allow));
    }
    if (path.equals(OpenApi.PATH)) {
      return done(text(ContentTypes.APPLICATION_JSON, OpenApi.of(routes)));
    }
    return done(
        MediaType.prefers(Target.field(request, "Accept"), "text/html")
            ? text(ContentTypes.TEXT_HTML_UTF8, html(routes))
            : text(ContentTypes.APPLICATION_JSON, json(routes)));
  }

  private static CompletionStage<HttpResponse> done(HttpResponse response) {
    return CompletableFuture.completedFuture(response);
  }

  private static HttpResponse text(ContentType type, String text) {
    return HttpResponse.create()
        .addHeader(RawHeader.create("Vary", "Accept"))
        .addHeader(RawHeader.create("Cache-Control", "no-cache"))
        .withEntity(HttpEntities.create(type, text.getBytes(StandardCharsets.UTF_8)));
  }

  private static String json(Routes routes) {
    return routes.routes().stream()
        .map(route -> '"' + route.path() + '"')
        .sorted()
        .collect(
            Collectors.joining(
                ",",
                "{\"name\":\"Holdfast\",\"openapi\":\"%s\",\"routes\":[".formatted(OpenApi.PATH),
                "]}"));
  }

  /** A route's path has none of the characters that mean something in HTML but {@code &}. */
  private static String html(Routes routes) {
    return routes.routes().stream()
        .map(route -> route.path().replace("&", "&amp;").replace("'", "&#39;"))
        .sorted()
        .map(path -> "<li><a href='%1$s'>%1$s</a>".formatted(path))
        .collect(
            Collectors.joining(
                "",
                "<!doctype html><html lang=en><title>Holdfast</title><h1>Holdfast</h1>"
                    + "<p>An API server. What it takes: <a href='"
                    + OpenApi.PATH
                    + "'>"
                    + OpenApi.PATH
                    + "</a><ul>",
                "</ul></html>"));
  }
}
