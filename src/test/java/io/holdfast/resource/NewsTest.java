package io.holdfast.resource;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.database.Changes.Row;
import io.holdfast.resource.News.Change;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class NewsTest {
  private static Row row(long incarnation, String id, String etag) {
    return new Row(incarnation, 1, "docs", id, etag, false);
  }

  @Test
  void aDocumentsChangesComeInTheOrderOfItsVersions() {
    assertThat(
            News.inOrder(
                List.of(
                    row(1, "a", "10"),
                    row(1, "b", "1"),
                    row(1, "a", "2-1"),
                    row(2, "c", "7"),
                    row(2, "a", "9"))))
        .containsExactly(
            new Change("a", "9", false),
            new Change("b", "1", false),
            new Change("a", "10", false),
            new Change("c", "7", false),
            new Change("a", "2-1", false));
  }

  @Test
  void manyChangesAreToldInPortionsOfWhichOnlyTheLastReachesTheEnd() {
    var before = new FeedPosition(Instant.EPOCH, 0, Map.of());
    var after = new FeedPosition(Instant.EPOCH, 0, Map.of(1L, 501L));
    var rows = IntStream.rangeClosed(1, 501).mapToObj(i -> row(1, "d" + i, "1")).toList();
    var news = News.of(rows, before, after);
    assertThat(news).extracting(it -> it.changes().size()).containsExactly(250, 250, 1);
    assertThat(news).extracting(News::before).containsOnly(before);
    assertThat(news).extracting(News::after).containsExactly(before, before, after);
    assertThat(news.stream().flatMap(it -> it.changes().stream()).map(Change::id))
        .containsExactlyElementsOf(rows.stream().map(Row::id).toList());
    assertThat(News.of(List.of(), before, after)).isEmpty();
  }
}
