package io.holdfast.edge;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.http.RequestKey;
import io.holdfast.route.DocumentId;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.Test;

class NewIdTest {
  private static final long TIME_MAX = (1L << 48) - 1;

  private static RequestKey key(String value) {
    return new RequestKey(value);
  }

  private static RequestKey made(long millis) {
    var random = new byte[RequestKey.RANDOM_BYTES];
    ThreadLocalRandom.current().nextBytes(random);
    return RequestKey.made(Instant.ofEpochMilli(millis), random);
  }

  private static String id(RequestKey key) {
    return NewId.of("docs", Optional.empty(), key);
  }

  @Property(tries = 200)
  void laterOnesComeBehindEarlierOnes(@ForAll @LongRange(min = 0, max = TIME_MAX - 1) long millis) {
    assertThat(id(made(millis))).isLessThan(id(made(millis + 1)));
  }

  @Test
  void isAnIdAndNeverTheSame() {
    var ids = new HashSet<String>();
    var keys = new EdgeKeys(InstantSource.system());
    for (int i = 0; i < 1000; i++) {
      var id = id(new RequestKey(keys.get()));
      assertThat(DocumentId.parse("/" + id)).isEqualTo(new DocumentId.Document(id));
      assertThat(id).hasSize(26);
      ids.add(id);
    }
    assertThat(ids).hasSize(1000);
  }

  @Test
  void aKeyMakesTheSameIdForTheSameClientAndCollectionOnly() {
    var id = NewId.of("docs", Optional.of("Bearer a"), key("k"));
    assertThat(id).hasSize(26).isEqualTo(NewId.of("docs", Optional.of("Bearer a"), key("k")));
    assertThat(id)
        .isNotEqualTo(NewId.of("docs", Optional.of("Bearer b"), key("k")))
        .isNotEqualTo(NewId.of("docs", Optional.empty(), key("k")))
        .isNotEqualTo(NewId.of("doc", Optional.of("Bearer a"), key("k")))
        .isNotEqualTo(NewId.of("docs", Optional.of("Bearer a"), key("l")));
  }

  @Test
  void theBordersBetweenItsPartsCount() {
    assertThat(NewId.of("a", Optional.of("b"), key("c")))
        .isNotEqualTo(NewId.of("a", Optional.of("bc"), key("")))
        .isNotEqualTo(NewId.of("ab", Optional.empty(), key("c")));
  }
}
