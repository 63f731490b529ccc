package io.holdfast.database;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.testing.TestDatabase;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class OperationTableTest {
  @Test
  void thatAllConnectionsAreInUseIsNoRefusal() throws SQLException {
    try (var node = Node.start(1, TestDatabase.H2.fresh())) {
      assertThatThrownBy(() -> nested(node.database))
          .isInstanceOfSatisfying(
              SQLException.class,
              failure -> {
                assertThat(failure.getMessage()).contains("in use");
                assertThat(FailureKind.of(failure)).isEqualTo(FailureKind.BUSY);
                assertThat(OperationTable.isRefusal(failure)).isFalse();
              });
    }
  }

  @ParameterizedTest
  @EnumSource(TestDatabase.class)
  void aQuestionThatTakesLongHoldsNoOtherUp(TestDatabase kind) throws Exception {
    try (var node = Node.start(1, kind.fresh());
        var table = new OperationTable(node.database, () -> node.me)) {
      for (var id : List.of("held", "free")) {
        table.accept(OperationRowsTest.one(id)).toCompletableFuture().get(10, TimeUnit.SECONDS);
      }
      node.database.transaction(
          connection -> {
            try (var update = connection.createStatement()) {
              update.executeUpdate("UPDATE operation SET priority = 0 WHERE id = 'held'");
            }
            var slow = table.cancel("held", OptionalLong.empty()).toCompletableFuture();
            var quick = table.find("free").toCompletableFuture();
            assertThat(CompletableFuture.anyOf(slow, quick).join()).isEqualTo(quick.join());
            assertThat(quick.join()).isPresent();
            assertThat(slow).isNotDone();
            return 0;
          });
    }
  }

  /** What nobody waits for: not even all of it together may stand before what somebody asks. */
  @ParameterizedTest
  @EnumSource(TestDatabase.class)
  void tidyingHoldsNoQuestionUp(TestDatabase kind) throws Exception {
    try (var node = Node.start(1, kind.fresh());
        var table = new OperationTable(node.database, () -> node.me)) {
      table.accept(OperationRowsTest.one("old")).toCompletableFuture().get(10, TimeUnit.SECONDS);
      new OperationRows(node.database).cancel("old");
      node.database.transaction(
          connection -> {
            try (var update = connection.createStatement()) {
              update.executeUpdate("UPDATE operation SET priority = 0 WHERE id = 'old'");
            }
            var slow =
                Stream.generate(() -> table.expire("orders", Duration.ofHours(-1), 10))
                    .limit(3)
                    .map(CompletionStage::toCompletableFuture)
                    .toList();
            var quick = table.find("old").toCompletableFuture();
            assertThat(quick.join()).isPresent();
            assertThat(slow).noneMatch(CompletableFuture::isDone);
            return 0;
          });
    }
  }

  private static int nested(Database database) throws SQLException {
    return database.transaction(connection -> nested(database));
  }
}
