package io.holdfast.admin;

import java.util.List;
import org.apache.pekko.http.javadsl.model.HttpHeader;
import org.apache.pekko.http.javadsl.model.HttpRequest;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.apache.pekko.http.javadsl.model.headers.RawHeader;

/**
 * Who may ask from a browser (Fetch, section 3.2): the page of this node, and that of any other
 * node of the cluster, which goes on here when its own node dies. A request without {@code Origin}
 * comes from no page.
 */
final class CrossOrigin {
  private CrossOrigin() {}

  /** A page of another origin asks; whether it may is another question. */
  static boolean isForeign(HttpRequest request) {
    var origin = request.getHeader("Origin").map(HttpHeader::value);
    var host = request.getHeader("Host").map(HttpHeader::value).orElse("");
    return origin.filter(it -> !authority(it).equals(host)).isPresent();
  }

  /** A proxy before the port may speak TLS. */
  private static String authority(String origin) {
    return origin.replaceFirst("^https?://", "");
  }

  /** Answers the question whether it may (CORS preflight). */
  static HttpResponse allowed(String origin) {
    return readable(
        HttpResponse.create()
            .withStatus(204)
            .addHeaders(
                List.of(
                    RawHeader.create("Access-Control-Allow-Methods", "GET, POST, PUT"),
                    RawHeader.create(
                        "Access-Control-Allow-Headers",
                        "Authorization, Content-Type, Last-Event-ID"),
                    RawHeader.create("Access-Control-Max-Age", "600"))),
        origin);
  }

  /** The page may read the answer. */
  static HttpResponse readable(HttpResponse answer, String origin) {
    return answer.addHeaders(
        List.of(
            RawHeader.create("Access-Control-Allow-Origin", origin),
            RawHeader.create("Vary", "Origin")));
  }
}
