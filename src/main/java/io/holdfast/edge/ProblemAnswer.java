package io.holdfast.edge;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/**
 * Renders a refusal as RFC 9457 problem, and as a whole response where no HTTP model is at hand.
 */
final class ProblemAnswer {
  static final String MEDIA_TYPE = "application/problem+json";
  static final String METHODS = "GET, HEAD, PUT, PATCH, POST, DELETE, OPTIONS, QUERY";

  /** IMF-fixdate (RFC 9110 section 5.6.7); the JDK's own formatter writes one-digit days. */
  private static final DateTimeFormatter DATE =
      DateTimeFormatter.ofPattern("EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.ENGLISH)
          .withZone(ZoneOffset.UTC);

  private ProblemAnswer() {}

  /** The problem as JSON. */
  static String json(Refusal refusal) {
    return "{\"type\":\"https://holdfast.dev/problems/%s\",\"title\":\"%s\",\"status\":%d,\"detail\":\"%s\"}"
        .formatted(refusal.problem(), title(refusal.status()), refusal.status(), refusal.detail());
  }

  /**
   * The whole response.
   *
   * @param toHead leaves the content out, but not its length
   * @param close announces that the connection ends with it
   */
  static byte[] response(Refusal refusal, boolean toHead, boolean close, Instant now) {
    String content = json(refusal);
    StringBuilder response = new StringBuilder(512);
    response
        .append("HTTP/1.1 %d %s\r\n".formatted(refusal.status(), title(refusal.status())))
        .append("Server: holdfast\r\nDate: ")
        .append(DATE.format(now))
        .append("\r\n")
        .append(extraField(refusal.status()))
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

  private static String title(int status) {
    return switch (status) {
      case 400 -> "Bad Request";
      case 405 -> "Method Not Allowed";
      case 408 -> "Request Timeout";
      case 413 -> "Content Too Large";
      case 414 -> "URI Too Long";
      case 431 -> "Request Header Fields Too Large";
      case 501 -> "Not Implemented";
      case 503 -> "Service Unavailable";
      case 505 -> "HTTP Version Not Supported";
      default -> "Internal Server Error";
    };
  }
}
