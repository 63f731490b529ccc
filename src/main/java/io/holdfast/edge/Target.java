package io.holdfast.edge;

import io.holdfast.route.Route;
import io.holdfast.telemetry.RequestTrace;
import io.holdfast.telemetry.Span;
import java.util.Optional;
import org.apache.pekko.http.javadsl.model.HttpRequest;

/**
 * One request for one document, or for a collection of them.
 *
 * @param path as it was sent, not decoded
 * @param query as it was sent, without the question mark; empty where there is none
 * @param id of the document; empty for the collection
 * @param trace is told who owns it, and how often it was asked
 */
record Target(
    HttpRequest request, Route route, String path, String query, String id, RequestTrace trace) {
  /** All lines of a field as one, joined with commas (RFC 9110, section 5.3). */
  Optional<String> field(String name) {
    return field(request, name);
  }

  /** It is sent to its owner. */
  Span sent(int attempt) {
    trace.attempts(attempt);
    return trace.span();
  }

  /** What its owner, or nobody, has said. */
  void ended(Courier.Outcome outcome) {
    if (outcome instanceof Courier.Outcome.Answered answered) {
      trace.ownedBy(answered.reply().node());
    } else if (outcome instanceof Courier.Outcome.Shed) {
      trace.attempts(0);
    }
  }

  /** All lines of a field of a request as one. */
  static Optional<String> field(HttpRequest request, String name) {
    String joined = null;
    for (var header : request.getHeaders()) {
      if (header.name().equalsIgnoreCase(name)) {
        joined = joined == null ? header.value() : joined + ", " + header.value();
      }
    }
    return Optional.ofNullable(joined);
  }

  /** The media type of the content, as it was sent. */
  String contentType() {
    return field(HandlerCall.RAW_CONTENT_TYPE)
        .orElseGet(() -> request.entity().getContentType().toString());
  }
}
