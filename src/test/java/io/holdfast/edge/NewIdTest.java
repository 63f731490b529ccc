package io.holdfast.edge;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.route.DocumentId;
import java.util.HashSet;
import java.util.Optional;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.Test;

class NewIdTest {
  private static final long TIME_MAX = (1L << 48) - 1;

  @Property(tries = 200)
  void laterOnesComeBehindEarlierOnes(@ForAll @LongRange(min = 0, max = TIME_MAX - 1) long millis) {
    assertThat(NewId.timeOrdered(millis)).isLessThan(NewId.timeOrdered(millis + 1));
  }

  @Test
  void isAnIdAndNeverTheSame() {
    var ids = new HashSet<String>();
    for (int i = 0; i < 1000; i++) {
      var id = NewId.timeOrdered();
      assertThat(DocumentId.parse("/" + id)).isEqualTo(new DocumentId.Document(id));
      assertThat(id).hasSize(26);
      ids.add(id);
    }
    assertThat(ids).hasSize(1000);
  }

  @Test
  void aKeyMakesTheSameIdForTheSameClientAndCollectionOnly() {
    var id = NewId.of("docs", Optional.of("Bearer a"), "k");
    assertThat(id).hasSize(26).isEqualTo(NewId.of("docs", Optional.of("Bearer a"), "k"));
    assertThat(id)
        .isNotEqualTo(NewId.of("docs", Optional.of("Bearer b"), "k"))
        .isNotEqualTo(NewId.of("docs", Optional.empty(), "k"))
        .isNotEqualTo(NewId.of("doc", Optional.of("Bearer a"), "k"))
        .isNotEqualTo(NewId.of("docs", Optional.of("Bearer a"), "l"));
  }

  @Test
  void theBordersBetweenItsPartsCount() {
    assertThat(NewId.of("a", Optional.of("b"), "c"))
        .isNotEqualTo(NewId.of("a", Optional.of("bc"), ""))
        .isNotEqualTo(NewId.of("ab", Optional.empty(), "c"));
  }
}
