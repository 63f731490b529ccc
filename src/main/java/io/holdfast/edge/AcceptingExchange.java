package io.holdfast.edge;

import io.holdfast.http.Bytes;
import io.holdfast.http.ProblemType;
import io.holdfast.http.RequestHead;
import io.holdfast.upstream.ForwardClient;
import io.holdfast.upstream.Forwarder;
import io.holdfast.upstream.Forwarding;
import io.holdfast.upstream.KeptContent;
import io.holdfast.upstream.Room;
import io.holdfast.upstream.Substitute;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * A request to a service that is accepted to be carried out later: its content is taken whole, then
 * it is written down, then its client hears of it. On the event loop of the client's connection.
 */
final class AcceptingExchange implements Forwarding {
  private final ForwardClient client;
  private final Forwarder loop;
  private final KeptContent content;
  private final int contentBytesMax;
  private final Substitute accept;
  private boolean collects = true;
  private boolean hasClient = true;
  private CompletionStage<Substitute.Answer> answer = new CompletableFuture<>();

  /**
   * @param accept the request, once its content is whole
   */
  AcceptingExchange(
      ForwardClient client, Forwarder loop, Room room, int contentBytesMax, Substitute accept) {
    this.client = client;
    this.loop = loop;
    this.contentBytesMax = contentBytesMax;
    this.content = new KeptContent(contentBytesMax, room);
    this.accept = accept;
  }

  void begin(RequestHead head) {
    if (head.content() instanceof RequestHead.None) {
      contentEnded();
    } else if (head.content() instanceof RequestHead.Length fixed
        && fixed.length() > contentBytesMax) {
      refuseContent();
    } else if (head.expectsContinue() && head.minorVersion() > 0) {
      client.write(loop.continueBytes());
    }
  }

  @Override
  public void content(Bytes bytes) {
    if (collects) {
      switch (content.take(bytes)) {
        case TAKEN -> {}
        case TOO_LONG -> refuseContent();
        case NO_ROOM ->
            refuse(
                new ForwardClient.Failure(
                    ProblemType.SHED, "There is no room for more content of requests."));
      }
    }
  }

  private void refuseContent() {
    refuse(
        new ForwardClient.Failure(
            ProblemType.CONTENT_TOO_LARGE,
            "What is carried out later has up to %d bytes of content here."
                .formatted(contentBytesMax)));
  }

  private void refuse(ForwardClient.Failure failure) {
    collects = false;
    content.forget();
    if (hasClient) {
      hasClient = false;
      client.refuse(failure);
    }
  }

  @Override
  public void contentEnded() {
    if (collects) {
      collects = false;
      answer = accept.answer(content.joined(), () -> loop.later(content::forget));
      answer.whenComplete((given, failure) -> loop.later(() -> answered(given)));
    }
  }

  private void answered(Substitute.Answer answer) {
    if (hasClient) {
      hasClient = false;
      answer.given().ifPresent(it -> it.giveTo(client, false));
      answer.refused().ifPresent(client::refuse);
    }
  }

  @Override
  public boolean wantsContent() {
    return true;
  }

  @Override
  public void writable() {}

  /** What is whole is accepted, whether its client hears of it or not; but nobody waits for it. */
  @Override
  public void abandon() {
    hasClient = false;
    answer.toCompletableFuture().cancel(false);
    if (collects) {
      collects = false;
      content.forget();
    }
  }
}
