package io.holdfast.edge;

import org.apache.pekko.event.LoggingAdapter;
import org.apache.pekko.http.ParsingErrorHandler;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.apache.pekko.http.scaladsl.model.ErrorInfo;
import org.apache.pekko.http.scaladsl.model.StatusCode;
import org.apache.pekko.http.scaladsl.settings.ServerSettings;

/**
 * Answers what passed {@link RequestFraming} and is refused by pekko-http's own parser (a target
 * that is no valid URI, two different content types) as a problem. Named in {@link HttpLayer}'s
 * settings; pekko-http makes the instances.
 */
public final class ProblemParsingErrorHandler extends ParsingErrorHandler {
  @Override
  public HttpResponse handle(
      StatusCode status, ErrorInfo error, LoggingAdapter log, ServerSettings settings) {
    return Problems.response(refusal(status.intValue()));
  }

  private static Refusal refusal(int status) {
    return switch (status) {
      case 413 -> Refusal.contentTooLarge();
      case 414 -> Refusal.uriTooLong();
      case 431 -> Refusal.headerTooLarge("The header section is larger than this server takes.");
      case 501 -> Refusal.notImplemented("The method is not known here.");
      case 505 -> Refusal.versionNotSupported();
      default -> Refusal.badRequest("The request target or a field is not well-formed.");
    };
  }
}
