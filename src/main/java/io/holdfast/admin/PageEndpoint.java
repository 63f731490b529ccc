package io.holdfast.admin;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.pekko.http.javadsl.model.ContentType;
import org.apache.pekko.http.javadsl.model.HttpCharsets;
import org.apache.pekko.http.javadsl.model.HttpEntities;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.apache.pekko.http.javadsl.model.MediaTypes;
import org.apache.pekko.http.javadsl.model.headers.RawHeader;

/**
 * The page at {@code /}: files that are the same on every node and tell nothing of the cluster, so
 * that they need no token. What they show they ask for themselves.
 */
final class PageEndpoint {
  private static final String FOLDER = "/page/";
  private static final ContentType HTML = MediaTypes.TEXT_HTML.toContentType(HttpCharsets.UTF_8);
  private static final ContentType CSS = MediaTypes.TEXT_CSS.toContentType(HttpCharsets.UTF_8);
  private static final ContentType SCRIPT =
      MediaTypes.APPLICATION_JAVASCRIPT.toContentType(HttpCharsets.UTF_8);

  private record File(ContentType type, byte[] content) {}

  private final Map<String, File> files = new LinkedHashMap<>();

  PageEndpoint() {
    files.put("/", file("index.html", HTML));
    files.put("/page/style.css", file("style.css", CSS));
    for (var script : List.of("page", "feed", "format", "cluster", "charts", "tables")) {
      files.put("/page/" + script + ".js", file(script + ".js", SCRIPT));
    }
  }

  private static File file(String name, ContentType type) {
    try (var stream = PageEndpoint.class.getResourceAsStream(FOLDER + name)) {
      return new File(type, stream.readAllBytes());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  Set<String> paths() {
    return files.keySet();
  }

  /**
   * @param others the operator's ports of the other nodes: with which the page goes on when this
   *     one dies
   */
  HttpResponse answer(String path, List<String> others) {
    var file = files.get(path);
    var policy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
            + " connect-src 'self'"
            + others.stream().map(it -> " " + it).reduce("", String::concat)
            + "; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
    return HttpResponse.create()
        .withHeaders(
            List.of(
                RawHeader.create("Content-Security-Policy", policy),
                RawHeader.create("X-Content-Type-Options", "nosniff"),
                RawHeader.create("Referrer-Policy", "no-referrer"),
                RawHeader.create("Cache-Control", "no-cache")))
        .withEntity(HttpEntities.create(file.type(), file.content()));
  }
}
