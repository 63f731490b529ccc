package io.holdfast.edge;

import static org.assertj.core.api.Assertions.assertThat;

import org.apache.pekko.http.javadsl.model.ContentTypes;
import org.apache.pekko.http.javadsl.model.HttpEntities;
import org.apache.pekko.stream.javadsl.Source;
import org.apache.pekko.util.ByteString;
import org.junit.jupiter.api.Test;

class ContentBudgetTest {
  private final ContentBudget budget = new ContentBudget(1000);

  @Test
  void givesNoMoreThanThereIsUntilSomeComesBack() {
    assertThat(budget.reserve(600)).hasValue(600);
    assertThat(budget.reserve(401)).isEmpty();
    assertThat(budget.reserve(400)).hasValue(400);
    assertThat(budget.reserve(1)).isEmpty();
    budget.release(600);
    assertThat(budget.reserve(600)).hasValue(600);
  }

  @Test
  void contentCountsByItsLengthButNotForMoreThanIsTaken() {
    var entity = HttpEntities.create(ContentTypes.APPLICATION_JSON, new byte[300]);
    assertThat(budget.reserve(entity, 1000)).hasValue(300);
    assertThat(budget.reserve(entity, 100)).hasValue(100);
  }

  @Test
  void contentOfUnknownLengthCountsForAllThatIsTaken() {
    var chunked =
        HttpEntities.createChunked(
            ContentTypes.APPLICATION_JSON, Source.single(ByteString.fromString("1")));
    assertThat(budget.reserve(chunked, 700)).hasValue(700);
  }
}
