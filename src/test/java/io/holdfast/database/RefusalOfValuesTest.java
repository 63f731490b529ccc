package io.holdfast.database;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.SQLException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.RejectedExecutionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the database will never take is given up; anything else must not be. */
class RefusalOfValuesTest {

  @ParameterizedTest
  @CsvSource({
    "22001, true", // too long
    "22021, true", // not in the encoding
    "23514, true", // a check
    "54000, true", // a limit
    "23505, false", // somebody else was sooner
    "HYT00, false", // no connection was free in time
    "08006, false",
    "28P01, false", // the password is being changed
    "42501, false", // a right is missing
    "57014, false",
    ", false"
  })
  void isToldByItsState(String state, boolean refusal) {
    var failure = new SQLException("for the test", state);
    assertThat(OperationTable.isRefusal(failure)).isEqualTo(refusal);
    assertThat(OperationTable.isRefusal(new CompletionException(failure))).isEqualTo(refusal);
  }

  @Test
  void isNoRefusalThatTooManyWait() {
    assertThat(OperationTable.isRefusal(new RejectedExecutionException())).isFalse();
    assertThat(OperationTable.isRefusal(new IllegalArgumentException("of the driver"))).isTrue();
  }
}
