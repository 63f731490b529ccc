package io.holdfast.resource;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ResidentsTest {
  private static final int CONTENT = 1024;
  private static final int ROOM_FOR = 10;

  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
  private final Residents residents =
      new Residents((long) ROOM_FOR * (CONTENT + Residents.DOCUMENT_BYTES)).bindTo(meters, "docs");
  private final List<String> leaving = new ArrayList<>();

  private void hold(String id) {
    residents.holds(id, CONTENT, () -> leaving.add(id));
  }

  @Test
  void asksForLeaveWhenThereIsNoRoom() {
    for (int i = 0; i < 3 * ROOM_FOR; i++) {
      hold("d" + i);
    }
    assertThat(residents.count()).isLessThanOrEqualTo(ROOM_FOR);
    assertThat(leaving).hasSize(2 * ROOM_FOR).doesNotHaveDuplicates();
    assertThat(
            meters
                .get("holdfast.limit.dropped")
                .tag("limit", "documents.docs.memory-max")
                .functionCounter()
                .count())
        .isEqualTo(2 * ROOM_FOR);
  }

  @Test
  void tellHowADocumentStands() {
    assertThat(residents.presence("a")).isEqualTo(Residents.Presence.NOT_IN_MEMORY);
    residents.begins("a");
    assertThat(residents.presence("a")).isEqualTo(Residents.Presence.RECOVERING);
    Runnable leave = () -> {};
    residents.holds("a", CONTENT, leave);
    assertThat(residents.presence("a")).isEqualTo(Residents.Presence.IN_MEMORY);
    residents.left("a", leave);
    assertThat(residents.presence("a")).isEqualTo(Residents.Presence.NOT_IN_MEMORY);
    residents.begins("b");
    residents.left("b", leave);
    assertThat(residents.presence("b")).isEqualTo(Residents.Presence.NOT_IN_MEMORY);
  }

  @Test
  void whatIsUsedOftenStays() {
    hold("hot");
    for (int i = 0; i < 10 * ROOM_FOR; i++) {
      residents.used("hot");
      hold("d" + i);
    }
    assertThat(leaving).doesNotContain("hot");
  }

  @Test
  void aLargerContentCountsForMore() {
    for (int i = 0; i < ROOM_FOR; i++) {
      hold("d" + i);
    }
    assertThat(leaving).isEmpty();
    residents.holds("d0", 5 * (CONTENT + Residents.DOCUMENT_BYTES), () -> leaving.add("d0"));
    residents.count();
    assertThat(leaving).isNotEmpty();
  }

  @Test
  void whoLeftMakesRoomAndIsNotAskedAgain() {
    Runnable leave = () -> leaving.add("a");
    residents.holds("a", CONTENT, leave);
    residents.left("a", leave);
    assertThat(residents.count()).isZero();
    for (int i = 0; i < ROOM_FOR; i++) {
      hold("d" + i);
    }
    assertThat(leaving).isEmpty();
  }

  @Test
  void whoHasComeBackDoesNotCountAsLeft() {
    Runnable former = () -> leaving.add("former");
    residents.holds("a", CONTENT, former);
    residents.holds("a", CONTENT, () -> leaving.add("a"));
    residents.left("a", former);
    assertThat(residents.count()).isOne();
    assertThat(leaving).isEmpty();
  }
}
