package io.holdfast.operation;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.database.Database;
import io.holdfast.database.OperationTable;
import io.holdfast.database.Slots;
import io.holdfast.route.Route;
import io.holdfast.testing.Services;
import io.holdfast.testing.TestDatabase;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class WaitingTest {
  private static final Route ROUTE =
      Services.settings(
              """
              upstreams.a.instances = ["http://127.0.0.1:1"]
              routes.a { path = "/a", upstream = a, async { mode = allowed, waiting-max = 5 } }
              """)
          .routes()
          .get(0);

  @Test
  void thoseThatComeAtTheSameTimeShareOneCountAndTheRoomThatThereIs() throws Exception {
    try (var database = Database.open(TestDatabase.H2.fresh())) {
      database.prepare("holdfast", new Slots(8));
      try (var table = new OperationTable(database, () -> 1)) {
        var waiting = new Waiting(table);
        var asked =
            IntStream.range(0, 20)
                .mapToObj(i -> waiting.tryAdd(ROUTE))
                .map(CompletionStage::toCompletableFuture)
                .toList();
        CompletableFuture.allOf(asked.toArray(CompletableFuture[]::new)).get(20, TimeUnit.SECONDS);
        assertThat(asked.stream().filter(CompletableFuture::join)).hasSize(5);
      }
    }
  }
}
