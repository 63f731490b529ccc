package io.holdfast.admin;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.apache.pekko.http.javadsl.model.ContentType;
import org.apache.pekko.http.javadsl.model.HttpCharsets;
import org.apache.pekko.http.javadsl.model.HttpEntities;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.apache.pekko.http.javadsl.model.MediaTypes;
import org.apache.pekko.http.javadsl.model.headers.RawHeader;

/**
 * The page at {@code /}: files that tell of the cluster only where its nodes' operators' ports are,
 * and whether they ask for a token, so that they need none. What they show they ask for themselves.
 */
final class PageEndpoint {
  private static final String FOLDER = "/page/";

  /** Of the version in pom.xml. */
  private static final String UPLOT = "/META-INF/resources/webjars/uplot/1.6.30/dist/";

  private static final List<String> SCRIPTS =
      List.of(
          "page", "feed", "format", "rates", "charts", "cluster", "timeline", "tables", "resource");

  private static final String NO_TOKEN = "name=\"holdfast-token\" content=\"none\"";
  private static final String NODES = "name=\"holdfast-nodes\" content=\"\"";
  private static final String TOKEN = "name=\"holdfast-token\" content=\"asked\"";
  private static final ContentType HTML = MediaTypes.TEXT_HTML.toContentType(HttpCharsets.UTF_8);
  private static final ContentType CSS = MediaTypes.TEXT_CSS.toContentType(HttpCharsets.UTF_8);
  private static final ContentType SCRIPT =
      MediaTypes.APPLICATION_JAVASCRIPT.toContentType(HttpCharsets.UTF_8);

  private record File(ContentType type, byte[] content) {}

  private final Map<String, File> files = new LinkedHashMap<>();

  /**
   * @param asksToken a browser logs a 401 as an error, so the page is told beforehand
   */
  PageEndpoint(boolean asksToken) {
    var index = new String(content(FOLDER + "index.html"), StandardCharsets.UTF_8);
    var told = asksToken ? index.replace(NO_TOKEN, TOKEN) : index;
    files.put("/", new File(HTML, told.getBytes(StandardCharsets.UTF_8)));
    files.put("/page/style.css", new File(CSS, content(FOLDER + "style.css")));
    files.put("/page/uplot.css", new File(CSS, content(UPLOT + "uPlot.min.css")));
    files.put("/page/uplot.js", new File(SCRIPT, content(UPLOT + "uPlot.iife.min.js")));
    for (var script : SCRIPTS) {
      var name = script + ".js";
      files.put("/page/" + name, new File(SCRIPT, content(FOLDER + name)));
    }
  }

  private static byte[] content(String resource) {
    try (var stream = PageEndpoint.class.getResourceAsStream(resource)) {
      return Objects.requireNonNull(stream, resource).readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** So that the page knows what its policy allows. */
  private static byte[] naming(List<String> others, byte[] index) {
    var text = new String(index, StandardCharsets.UTF_8);
    var named = NODES.replace("\"\"", '"' + String.join(" ", others) + '"');
    return text.replace(NODES, named).getBytes(StandardCharsets.UTF_8);
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
    var content = path.equals("/") ? naming(others, file.content()) : file.content();
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
        .withEntity(HttpEntities.create(file.type(), content));
  }
}
