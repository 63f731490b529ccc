package io.holdfast.edge;

import io.holdfast.http.HttpDate;
import io.holdfast.http.Problem;
import io.holdfast.http.RequestHead;
import io.holdfast.http.RequestTarget;
import java.nio.charset.StandardCharsets;
import java.time.Instant;

/** Renders a refusal as a whole response, for where no HTTP model is at hand. */
final class ProblemAnswer {
  static final String MEDIA_TYPE = "application/problem+json";
  static final String METHODS = "GET, HEAD, PUT, PATCH, POST, DELETE, OPTIONS, QUERY";

  private ProblemAnswer() {}

  /**
   * The whole response.
   *
   * @param toHead leaves the content out, but not its length
   * @param close announces that the connection ends with it
   */
  static byte[] response(Refusal refusal, boolean toHead, boolean close, Instant now) {
    return render(refusal, refusal.problem(), extraField(refusal.status()), toHead, close, now);
  }

  /**
   * The whole response to a request whose head is known.
   *
   * @param fields more field lines, each with its CRLF
   * @param traceId of its trace; empty if it is in none
   */
  static byte[] of(
      Refusal refusal,
      RequestHead head,
      String fields,
      String traceId,
      boolean close,
      Instant now) {
    var problem =
        refusal.problem().withInstance(RequestTarget.parse(head.target()).path()).inTrace(traceId);
    var all = extraField(refusal.status()) + fields;
    return render(refusal, problem, all, head.isHead(), close, now);
  }

  private static byte[] render(
      Refusal refusal, Problem problem, String fields, boolean toHead, boolean close, Instant now) {
    String content = problem.toJson();
    StringBuilder response = new StringBuilder(512);
    response
        .append("HTTP/1.1 %d %s\r\n".formatted(refusal.status(), refusal.type().title()))
        .append("Server: holdfast\r\nDate: ")
        .append(HttpDate.format(now))
        .append("\r\n")
        .append(fields)
        .append(close ? "Connection: close\r\n" : "")
        .append("Content-Type: ")
        .append(MEDIA_TYPE)
        .append("\r\nContent-Length: ")
        .append(content.length())
        .append("\r\n\r\n")
        .append(toHead ? "" : content);
    return response.toString().getBytes(StandardCharsets.US_ASCII);
  }

  private static String extraField(int status) {
    return switch (status) {
      case 405 -> "Allow: " + METHODS + "\r\n";
      case 503 -> "Retry-After: 1\r\n";
      default -> "";
    };
  }
}
