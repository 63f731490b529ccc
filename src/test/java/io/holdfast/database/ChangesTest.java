package io.holdfast.database;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.database.WriteOutcome.Stored;
import io.holdfast.testing.TestDatabase;
import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ChangesTest {
  private static final String DOC = "document|docs/a";
  private static final Duration OLD = Duration.ofHours(1);

  @ParameterizedTest
  @EnumSource(TestDatabase.class)
  void givesAStreamsChangesInTheirOrder(TestDatabase kind) throws Exception {
    try (var node = Node.start(1, kind.fresh())) {
      node.own(DOC);
      var changes = new Changes(node.database);
      assertThat(changes.heads().positions()).isEmpty();
      for (int nr = 1; nr <= 5; nr++) {
        assertThat(node.written(DOC, nr)).isEqualTo(new Stored());
      }
      var heads = changes.heads().positions();
      assertThat(heads.values()).containsExactly(5L);
      long stream = heads.keySet().iterator().next();
      assertThat(changes.of(stream, 1, 4, 2))
          .containsExactly(
              new Changes.Row(stream, 2, "docs", "a", "0-2", false),
              new Changes.Row(stream, 3, "docs", "a", "0-3", false));
      assertThat(changes.of(stream, 3, 4, 10))
          .extracting(Changes.Row::position)
          .containsExactly(4L);
    }
  }

  @ParameterizedTest
  @EnumSource(TestDatabase.class)
  void aStreamOfWhichNothingIsKeptIsNotNamedAndComesBack(TestDatabase kind) throws Exception {
    try (var node = Node.start(1, kind.fresh())) {
      node.own(DOC);
      node.written(DOC, 1);
      var changes = new Changes(node.database);
      long stream = changes.heads().positions().keySet().iterator().next();
      allAreOld(node);
      assertThat(changes.expire(OLD)).isEqualTo(1);
      assertThat(changes.heads().positions()).isEmpty();
      assertThat(changes.expire(OLD)).isZero();
      node.written(DOC, 2);
      assertThat(changes.heads().positions()).containsEntry(stream, 2L);
    }
  }

  @ParameterizedTest
  @EnumSource(TestDatabase.class)
  void theStreamOfANodeThatHasGoneStaysAsLongAsTheNodeCanWrite(TestDatabase kind) throws Exception {
    var settings = kind.fresh();
    try (var gone = Node.start(1, settings);
        var successor = Node.start(2, settings)) {
      gone.own(DOC);
      gone.written(DOC, 1);
      var changes = new Changes(successor.database);
      allAreOld(successor);
      successor.execute("UPDATE incarnation SET gone = TRUE WHERE id = 1");
      changes.expire(OLD);
      assertThat(gone.written(DOC, 2)).as("its row was not taken yet").isEqualTo(new Stored());
      assertThat(changes.heads().positions().values()).containsExactly(2L);
      successor.own(DOC);
      changes.expire(OLD);
      assertThat(changes.heads().positions().values()).as("something is kept").containsExactly(2L);
      allAreOld(successor);
      changes.expire(OLD);
      assertThat(successor.number("SELECT COUNT(*) FROM change_stream")).isZero();
    }
  }

  private static void allAreOld(Node node) throws Exception {
    node.execute("UPDATE document_change SET changed_at = changed_at - INTERVAL '2' HOUR");
  }
}
