package io.holdfast.database;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.testing.TestDatabase;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class HistoryTest {
  private static History.Of read(Database database, String id) throws Exception {
    return new History(database)
        .of("docs", id, "document|docs/" + id, 10)
        .toCompletableFuture()
        .get(10, TimeUnit.SECONDS);
  }

  private static void execute(Database database, String sql) {
    database
        .reading(
            connection -> {
              try (var statement = connection.createStatement()) {
                return statement.executeUpdate(sql);
              }
            })
        .toCompletableFuture()
        .join();
  }

  @ParameterizedTest
  @EnumSource(TestDatabase.class)
  void tellsOfTheLastEventsAndNotWhatIsInThem(TestDatabase kind) throws Exception {
    try (var database = Database.open(kind.fresh())) {
      database.prepare("holdfast", new Slots(4));
      for (int n = 1; n <= 12; n++) {
        execute(
            database,
            "INSERT INTO journal (incarnation, written_at, persistence_id, sequence_nr,"
                + " serializer_id, manifest, payload) VALUES (1, CURRENT_TIMESTAMP(3),"
                + " 'document|docs/a', %d, 33, 'x.DocumentEvent$Stored', CAST('' AS %s))"
                    .formatted(n, kind == TestDatabase.H2 ? "VARBINARY" : "BYTEA"));
      }
      execute(
          database,
          "INSERT INTO document (collection, id, etag, deleted) VALUES ('docs', 'a', '12', TRUE)");
      var history = read(database, "a");
      assertThat(history.etag()).hasValue("12");
      assertThat(history.deleted()).isTrue();
      assertThat(history.events())
          .extracting(History.Written::sequenceNr)
          .isEqualTo(LongStream.rangeClosed(3, 12).mapToObj(it -> 15 - it).toList());
      assertThat(history.events())
          .allMatch(it -> it.manifest().equals("x.DocumentEvent$Stored"))
          .allMatch(
              it ->
                  Duration.between(it.at(), Instant.now()).abs().compareTo(Duration.ofMinutes(1))
                      < 0);
      assertThat(read(database, "b")).isEqualTo(new History.Of(Optional.empty(), false, List.of()));
    }
  }
}
