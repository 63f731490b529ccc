package io.holdfast.resource;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class CopiesTest {
  private final AtomicLong generation = new AtomicLong();
  private final List<String> lost = new ArrayList<>();
  private final Copies copies =
      new Copies(
          1 << 20,
          generation::get,
          (id, version, now) -> lost.add(id + " " + version.tag() + " " + now.tag()));

  private static Copies.Copy copy(long sequenceNr, long generation) {
    return new Copies.Copy(
        true,
        "1".getBytes(StandardCharsets.UTF_8),
        new DocumentVersion(sequenceNr, generation),
        Instant.EPOCH,
        Instant.EPOCH);
  }

  private String kept() {
    return copies.find("docs/a").orElseThrow().version().tag();
  }

  @Test
  void whatComesLateDoesNotReplaceWhatIsNewer() {
    copies.keep("docs/a", copy(2, 0));
    copies.keep("docs/a", copy(1, 0));
    assertThat(kept()).isEqualTo("2");
    copies.keep("docs/a", copy(3, 0));
    assertThat(kept()).isEqualTo("3");
    assertThat(lost).isEmpty();
  }

  @Test
  void underAnotherHistoryADocumentGoesBackAndTheLossIsTold() {
    copies.keep("docs/a", copy(2, 0));
    copies.keep("docs/b", copy(1, 0));
    generation.set(7);
    copies.keep("docs/a", copy(1, 0));
    copies.keep("docs/b", copy(1, 0));
    assertThat(kept()).isEqualTo("1");
    assertThat(lost).containsExactly("docs/a 2 1");
    copies.keep("docs/a", copy(2, 7));
    copies.keep("docs/a", copy(1, 0));
    assertThat(kept()).as("within it, it does not").isEqualTo("2-7");
    assertThat(lost).hasSize(1);
  }

  @Test
  void theOperatorIsToldOfEachLossAndByNameOfTheFirst() {
    var meters = new SimpleMeterRegistry();
    var versions = new LostVersions(meters);
    for (int i = 0; i < LostVersions.NAMED_MAX + 20; i++) {
      versions.found("docs/a", new DocumentVersion(2, 0), DocumentVersion.NONE);
    }
    assertThat(meters.get("holdfast.documents.lost").counter().count())
        .isEqualTo(LostVersions.NAMED_MAX + 20);
  }
}
