package io.holdfast.edge;

import io.holdfast.http.RequestHead;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import org.apache.pekko.http.javadsl.model.HttpMethods;
import org.apache.pekko.http.javadsl.model.HttpRequest;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.apache.pekko.http.javadsl.model.RequestEntityAcceptances;
import org.apache.pekko.http.javadsl.model.headers.RawHeader;
import org.apache.pekko.http.scaladsl.model.EntityStreamException;
import org.apache.pekko.http.scaladsl.model.EntityStreamSizeException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The handler's call, with the request as it was sent and an answer whatever happens. */
final class HandlerCall {
  private static final Logger LOG = LoggerFactory.getLogger(HandlerCall.class);

  /**
   * The media type as sent: the HTTP model forgets the charset of one that has a fixed one. In
   * front of the fields that came, so that a client's own field of that name is not taken for it.
   */
  static final String RAW_CONTENT_TYPE = "Raw-Content-Type";

  private HandlerCall() {}

  /** Calls the handler; what it throws fails the stage. */
  static CompletionStage<HttpResponse> begin(
      HttpServer.Handler handler, HttpRequest request, RequestHead head, Peer peer) {
    try {
      return handler.handle(asSent(request, head), peer);
    } catch (RuntimeException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  private static HttpRequest asSent(HttpRequest request, RequestHead head) {
    var typed = head.content() instanceof RequestHead.None ? request : withRawType(request, head);
    return head.methodIsKnown()
        ? typed
        : typed.withMethod(
            HttpMethods.custom(head.method(), false, false, RequestEntityAcceptances.Tolerated));
  }

  private static HttpRequest withRawType(HttpRequest request, RequestHead head) {
    var own = request.removeHeader(RAW_CONTENT_TYPE);
    return head.field("Content-Type")
        .map(type -> own.addHeader(RawHeader.create(RAW_CONTENT_TYPE, type)))
        .orElse(own);
  }

  /** The same response, or a problem in place of a failure. */
  static CompletionStage<HttpResponse> answered(CompletionStage<HttpResponse> handling) {
    return handling instanceof CompletableFuture<HttpResponse> future
            && future.isDone()
            && !future.isCompletedExceptionally()
        ? future
        : handling.exceptionally(HandlerCall::failed);
  }

  private static HttpResponse failed(Throwable thrown) {
    Throwable cause = thrown instanceof CompletionException ? thrown.getCause() : thrown;
    if (cause instanceof EntityStreamSizeException) {
      return Problems.response(Refusal.contentTooLarge());
    }
    if (cause instanceof EntityStreamException) {
      return Problems.response(Refusal.badRequest("The content broke off before its end."));
    }
    LOG.error("A request's handler failed", cause);
    return Problems.response(Refusal.internal());
  }
}
