package io.holdfast.upstream;

import io.holdfast.http.Bytes;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Collects an answer, which is given to nobody before it is written down. One that is too large for
 * that is held back, and passed on as it comes once the table says so.
 */
final class KeyedAnswer implements AnswerSink {

  /** Hears what became of it: one of these. */
  interface Listener {
    void whole(ResponseHead head, byte[] content);

    /** It is held back until {@link #passTo}. */
    void tooLarge(ResponseHead head);

    /** It broke off before it was whole. */
    void brokeOff(Optional<ResponseHead> head);

    /** There is none. */
    void refused(ForwardClient.Failure failure);

    /** One that was too large has been passed on, as far as it came. */
    void passedOn();
  }

  private enum End {
    NOT_YET,
    WHOLE,
    BROKEN
  }

  private final int bytesMax;
  private final KeptContent content;
  private final Listener listener;

  /** Those that came when it was too large already. */
  private final List<Bytes> more = new ArrayList<>();

  private Optional<ResponseHead> head = Optional.empty();
  private Optional<ClientAnswer> out = Optional.empty();
  private boolean held;
  private End end = End.NOT_YET;

  /**
   * @param bytesMax of content
   */
  KeyedAnswer(int bytesMax, Room room, Listener listener) {
    this.bytesMax = bytesMax;
    this.content = new KeptContent(bytesMax, room);
    this.listener = listener;
  }

  /** The client hears of it at the end, if at all. */
  @Override
  public void interim(ResponseHead interim) {}

  @Override
  public boolean head(ResponseHead begun) {
    head = Optional.of(begun);
    boolean fits =
        !(begun.content() instanceof ResponseHead.Content.Length fixed)
            || fixed.bytes() <= bytesMax;
    return fits || hold();
  }

  @Override
  public boolean content(Bytes bytes) {
    if (out.isPresent()) {
      return out.get().content(bytes);
    }
    if (!held && content.take(bytes) == KeptContent.Taken.TAKEN) {
      return true;
    }
    more.add(bytes);
    return !held && hold();
  }

  private boolean hold() {
    held = true;
    listener.tooLarge(head.orElseThrow());
    return false;
  }

  @Override
  public void complete() {
    end = End.WHOLE;
    if (!held) {
      listener.whole(head.orElseThrow(), content.joined());
    }
    out.ifPresent(this::endAt);
  }

  @Override
  public void broken() {
    end = End.BROKEN;
    if (!held) {
      listener.brokeOff(head);
    }
    out.ifPresent(this::endAt);
  }

  @Override
  public void refuse(ForwardClient.Failure failure) {
    listener.refused(failure);
  }

  @Override
  public void resume() {}

  /**
   * Gives what is there, and from now on all that comes.
   *
   * @return whether more may come at once
   */
  boolean passTo(ClientAnswer client) {
    out = Optional.of(client);
    boolean goOn = client.head(head.orElseThrow());
    for (var piece : content.pieces()) {
      goOn = client.content(piece);
    }
    for (var piece : more) {
      goOn = client.content(piece);
    }
    forget();
    if (end != End.NOT_YET) {
      endAt(client);
    }
    return goOn;
  }

  private void endAt(ClientAnswer client) {
    if (end == End.WHOLE) {
      client.complete();
    } else {
      client.broken();
    }
    listener.passedOn();
  }

  /** Nobody needs it any more. */
  void forget() {
    content.forget();
    more.clear();
  }
}
