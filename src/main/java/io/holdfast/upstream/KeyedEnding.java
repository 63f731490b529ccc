package io.holdfast.upstream;

import io.holdfast.upstream.KeyStore.Ended;
import io.holdfast.upstream.KeyStore.Ending;
import java.time.Duration;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * Writes down what became of a request, as often as that takes, whether its client has been
 * answered meanwhile or not: what is not written down is taken for unknown later. On an event loop.
 */
final class KeyedEnding implements Timed {
  private static final Duration AGAIN_AFTER = Duration.ofMillis(250);
  private static final Duration TIME_MAX = Duration.ofMinutes(1);

  private final Forwarder loop;
  private final Supplier<KeyStore> keys;
  private final KeyedId id;
  private final String token;
  private final Ending ending;
  private final Consumer<Ended> outcomes;
  private final long begunNanos = System.nanoTime();
  private long againNanos;
  private boolean isAsked;

  /**
   * @param token of the row
   * @param outcomes gets that of each attempt; the last is another than {@link Ended#AWAY}, if
   *     there is one in time
   */
  KeyedEnding(
      Forwarder loop,
      Supplier<KeyStore> keys,
      KeyedId id,
      String token,
      Ending ending,
      Consumer<Ended> outcomes) {
    this.loop = loop;
    this.keys = keys;
    this.id = id;
    this.token = token;
    this.ending = ending;
    this.outcomes = outcomes;
  }

  void begin() {
    loop.add(this);
    ask();
  }

  private void ask() {
    isAsked = true;
    keys.get()
        .end(id, token, ending)
        .whenComplete(
            (ended, failure) -> loop.later(() -> ended(failure == null ? ended : Ended.AWAY)));
  }

  private void ended(Ended how) {
    isAsked = false;
    againNanos = System.nanoTime() + AGAIN_AFTER.toNanos();
    if (how != Ended.AWAY) {
      loop.remove(this);
    }
    outcomes.accept(how);
  }

  @Override
  public void tick(long now) {
    if (isAsked || now - againNanos < 0) {
      return;
    }
    if (now - begunNanos >= TIME_MAX.toNanos()) {
      loop.remove(this);
    } else {
      ask();
    }
  }
}
