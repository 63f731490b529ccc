package io.holdfast.edge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.holdfast.edge.BodyReader.Body;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.http.javadsl.model.ContentTypes;
import org.apache.pekko.http.javadsl.model.HttpEntities;
import org.apache.pekko.stream.Materializer;
import org.apache.pekko.stream.javadsl.Source;
import org.apache.pekko.util.ByteString;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class BodyReaderTest {
  private static final Duration LONG = Duration.ofSeconds(60);
  private static final ByteString PIECE = ByteString.fromString("abc");

  private final ActorTestKit kit = ActorTestKit.create();
  private final Materializer materializer = Materializer.createMaterializer(kit.system());

  @AfterAll
  void stop() {
    kit.shutdownTestKit();
  }

  private Body read(Source<ByteString, ?> pieces, int bytesMax, Duration patience) {
    var entity =
        HttpEntities.createChunked(
            ContentTypes.APPLICATION_OCTET_STREAM, pieces.mapMaterializedValue(it -> (Object) it));
    return new BodyReader(materializer, patience)
        .read(entity, bytesMax)
        .toCompletableFuture()
        .join();
  }

  @Test
  void putsPiecesTogetherUpToTheLimit() {
    var body = read(Source.repeat(PIECE).take(4), 12, LONG);
    assertThat(((Body.Whole) body).content()).asString().isEqualTo("abcabcabcabc");
  }

  /** To cancel it would end the connection, and the client would not hear why. */
  @Test
  void readsWhatIsTooLargeToItsEndAndDropsIt() {
    var read = new AtomicInteger();
    var pieces = Source.repeat(PIECE).take(1000).map(piece -> counted(piece, read));
    assertThat(read(pieces, 11, LONG)).isEqualTo(new Body.TooLarge());
    await().untilAtomic(read, org.hamcrest.Matchers.is(1000));
  }

  @Test
  void waitsNoLongerThanItsPatience() {
    var read = new AtomicInteger();
    var pieces = Source.tick(Duration.ZERO, Duration.ofMillis(1), PIECE);
    var body =
        read(pieces.map(piece -> counted(piece, read)), Integer.MAX_VALUE, Duration.ofMillis(50));
    assertThat(body).isEqualTo(new Body.Late());
    int atTheEnd = read.get();
    await().until(() -> read.get() > atTheEnd + 10);
  }

  @Test
  void tellsWhatBrokeOffFromWhatIsWhole() {
    var pieces = Source.single(PIECE).concat(Source.failed(new IllegalStateException("reset")));
    assertThat(read(pieces, 100, LONG)).isEqualTo(new Body.Broken());
  }

  private static ByteString counted(ByteString piece, AtomicInteger count) {
    count.incrementAndGet();
    return piece;
  }
}
