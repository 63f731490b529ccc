package io.holdfast.operation;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.database.Database;
import io.holdfast.database.OperationTable;
import io.holdfast.testing.OperationsDatabase;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Whoever waits for changes that somebody else makes. */
class WatchesTest {
  private static final Duration LONG = Duration.ofSeconds(30);

  private final OperationsDatabase database = new OperationsDatabase();
  private final Database own = Database.open(database.settings);
  private final OperationTable table = new OperationTable(own, () -> 1);
  private final Watches watches = new Watches(table);

  @AfterEach
  void stop() {
    watches.close();
    table.close();
    own.close();
    database.close();
  }

  private static Optional<Operation> get(CompletableFuture<Optional<Operation>> change)
      throws Exception {
    return change.get(20, TimeUnit.SECONDS);
  }

  @Test
  void hearsOfTheNextVersionAndOfOneThatIsThereAlready() throws Exception {
    var id = database.accept(1);
    var change = watches.after(id, 1, LONG);
    database.begin(id);
    assertThat(get(change).orElseThrow().version()).isEqualTo(2);
    assertThat(get(watches.after(id, 1, LONG)).orElseThrow().version()).isEqualTo(2);
    assertThat(get(watches.after(id, 2, Duration.ofMillis(200)))).isEmpty();
  }

  @Test
  void everybodyHasATurnHoweverManyWait() throws Exception {
    var waiting = new ArrayList<CompletableFuture<Optional<Operation>>>();
    for (int i = 0; i < 2500; i++) {
      waiting.add(watches.after(OperationsDatabase.id(i), 0, LONG));
    }
    for (int i = 0; i < 2500; i += 100) {
      database.accept(i);
    }
    for (int i = 0; i < 2500; i += 100) {
      assertThat(get(waiting.get(i))).isPresent();
    }
  }

  @Test
  void theEndIsTheEndForWhoeverWaitsAndForWhoeverWould() throws Exception {
    var id = database.accept(1);
    var waiting = watches.after(id, 1, LONG);
    watches.end();
    assertThat(get(waiting)).isEmpty();
    assertThat(get(watches.after(id, 0, LONG))).isEmpty();
    assertThat(watches.isOver()).isTrue();
  }
}
