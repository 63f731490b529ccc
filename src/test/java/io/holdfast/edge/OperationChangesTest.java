package io.holdfast.edge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.edge.OperationsHandler.Asked;
import java.sql.SQLException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeoutException;
import org.apache.pekko.http.javadsl.model.HttpRequest;
import org.junit.jupiter.api.Test;

class OperationChangesTest {
  private static final Asked ASKED = new Asked(HttpRequest.DELETE("/operations/x"), "/", "");

  private static int status(Throwable failure) {
    return OperationChanges.notChanged(ASKED, new CompletionException(failure)).status().intValue();
  }

  @Test
  void onlyWhatCertainlyWasNotDoneIsSaidToBeUnavailable() {
    assertThat(status(new SQLException("not reached", "08001"))).isEqualTo(503);
    assertThat(status(new RejectedExecutionException("too many wait"))).isEqualTo(503);
    assertThat(status(new SQLException("broke off", "08006"))).isEqualTo(504);
    assertThat(status(new SQLException("broke off"))).isEqualTo(504);
    assertThat(status(new TimeoutException())).isEqualTo(504);
  }

  @Test
  void aMistakeIsNotPassedOffAsTheDatabases() {
    var mistake = new IllegalStateException("a mistake");
    assertThatThrownBy(() -> status(mistake)).hasCause(mistake);
  }
}
