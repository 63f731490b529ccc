package io.holdfast.upstream;

import io.holdfast.http.Bytes;
import java.util.Optional;
import java.util.function.Consumer;

/** Takes an answer whole, up to a length. */
public final class WholeAnswer implements AnswerSink {

  /** What came. */
  public sealed interface Outcome {
    /** All of it. */
    record Whole(ResponseHead head, byte[] content) implements Outcome {}

    /** Its content is longer than is taken: as far as it was. */
    record Cut(ResponseHead head, byte[] content) implements Outcome {}

    /** It broke off, perhaps before its head. */
    record Broken(Optional<ResponseHead> head) implements Outcome {}

    /** There is none. */
    record Refused(ForwardClient.Failure failure) implements Outcome {}
  }

  private final KeptContent content;
  private final Consumer<Outcome> outcomes;
  private Optional<ResponseHead> head = Optional.empty();
  private boolean over;

  /**
   * @param bytesMax of content; whoever asks for several bounds their number
   * @param outcomes told once; whoever is told that it was cut abandons the request
   */
  public WholeAnswer(int bytesMax, Consumer<Outcome> outcomes) {
    this.content = new KeptContent(bytesMax, Room.ANY);
    this.outcomes = outcomes;
  }

  @Override
  public void interim(ResponseHead interim) {}

  @Override
  public boolean head(ResponseHead begun) {
    head = Optional.of(begun);
    return true;
  }

  @Override
  public boolean content(Bytes bytes) {
    if (over) {
      return false;
    }
    int room = content.bytesLeft();
    boolean fits = bytes.length() <= room;
    var taken = fits ? bytes : new Bytes(bytes.array(), bytes.from(), bytes.from() + room);
    content.take(taken);
    if (!fits) {
      end(new Outcome.Cut(head.orElseThrow(), content.joined()));
      return false;
    }
    return true;
  }

  @Override
  public void complete() {
    end(new Outcome.Whole(head.orElseThrow(), content.joined()));
  }

  @Override
  public void broken() {
    end(new Outcome.Broken(head));
  }

  @Override
  public void refuse(ForwardClient.Failure failure) {
    end(new Outcome.Refused(failure));
  }

  private void end(Outcome outcome) {
    if (!over) {
      over = true;
      content.forget();
      outcomes.accept(outcome);
    }
  }

  @Override
  public void resume() {}
}
